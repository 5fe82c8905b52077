internal import Control
internal import Foundation
internal import Kernel
internal import Settings

/// Who may do what over the control socket.
struct Permission: Sendable {
    private let operators: Set<UInt32>
    private let group: UInt32?

    init(_ settings: Settings) {
        var operators: Set<UInt32> = [0, ThisProcess.userIdentifier]
        if let user = Identity(user: settings.user)?.user { operators.insert(user) }
        self.operators = operators
        group =
            settings.control.group.isEmpty ? nil : Identity.group(named: settings.control.group)
    }

    /// Root, `user`, and members of `control.group`: by what their process has, or by what the
    /// machine knows of their user, whose session may be older. It looks users up, which may wait.
    private func mayOperate(_ peer: PeerCredentials, at socket: CInt) -> Bool {
        if operators.contains(peer.user) { return true }
        guard let group else { return false }
        return peer.group == group || Socket.peerGroups(socket).contains(group)
            || Identity.groups(ofUser: peer.user).contains(group)
    }

    /// What is known of whoever is at the other end of a connection; nil where it is unknown.
    func visitor(at socket: CInt) -> Visitor? {
        guard let peer = Socket.peerCredentials(socket) else { return nil }
        let name = Identity.userName(peer.user)
        return Visitor(
            caller: Caller(
                peer: Peer(
                    uid: peer.user, pid: peer.process,
                    user: name == "\(peer.user)" ? nil : name),
                command: Self.command(of: peer.process)),
            mayOperate: mayOperate(peer, at: socket))
    }

    /// What is kept of a command: long enough to see what was run.
    private static let commandLengthMax = 256
    /// A kernel's limit for one argument; more is not read.
    private static let commandBytesMax = 128 * 1_024

    /// Empty where the process is gone already or hidden.
    private static func command(of process: Int32) -> String {
        do throws(SystemError) {
            let octets = try Files.contents(
                "controller.command", "/proc/\(process)/cmdline", bytesMax: commandBytesMax)
            let words = octets.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return String(words.joined(separator: " ").prefix(commandLengthMax))
        } catch {
            return ""
        }
    }
}

/// Somebody at the control socket.
struct Visitor: Sendable {
    let caller: Caller
    let mayOperate: Bool
}
