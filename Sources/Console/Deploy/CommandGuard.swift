internal import Control
internal import Kernel

/// What ends a deploy's command when its command line is gone, however that came about: SIGKILL
/// and the kernel's lack of memory leave nobody a last word, and a command that goes on alone
/// could still migrate after the controller has let writes go.
///
/// A process of its own that waits for the end of a channel. Not the kernel's signal at a parent's
/// death (PR_SET_PDEATHSIG): that reaches neither what the command has started nor, say, sudo. A
/// command that has ended, such as `docker compose up -d`, is left alone with what it started.
public final class CommandGuard {
    private static let operationName = "BASCULE_GUARD"
    private static let socketName = "BASCULE_SOCKET"
    private static let channelNumber: Int32 = 3
    private static let over = "over"
    private static let pauseMilliseconds = 50

    private let channel: MessageChannel

    /// Starts it, before there is anything to guard. Throws what starting it reported.
    init(_ line: LeaseLine) throws(SystemError) {
        let pair = try Socket.messagePair("command.guard").release()
        channel = MessageChannel(Descriptor(owning: pair.first))
        let theirs = Descriptor(owning: pair.second)
        let names = [Self.operationName, Self.socketName]
        _ = try ChildProcess.start(
            "command.guard", executable: ChildProcess.thisExecutable,
            arguments: ["bascule: guards the command of \(line.operation)"],
            environment: ThisProcess.environment(without: names) + [
                "\(Self.operationName)=\(line.operation)",
                "\(Self.socketName)=\(line.client.socket)",
            ], descriptors: [theirs.number])
    }

    /// From now on it is this process, and what that starts, that must not go on alone.
    func begin(_ group: ProcessGroup) { channel.send("command.guard.say", "\(group.leader)") }

    /// The command has ended.
    func end() { channel.send("command.guard.say", Self.over) }

    // MARK: The guard itself

    /// Whether this process was started as one.
    public static var isThisProcess: Bool { ThisProcess.environment(operationName) != nil }

    public static func run() -> Never {
        ThisProcess.leaveTerminal()
        if let group = watched(), group.isRunning { endAlone(group) }
        ThisProcess.exit(0)
    }

    /// Waits until the command line is gone. Returns what it has left; nil for nothing.
    private static func watched() -> ProcessGroup? {
        guard let inherited = Descriptor.inherited(channelNumber) else { return nil }
        let channel = MessageChannel(inherited)
        var group: ProcessGroup?
        while true {
            _ = Waiting.wait(.readable, of: channel.descriptor.number, until: .never)
            guard let message = channel.receive("guard.receive") else { return group }
            group = Int32(String(decoding: message, as: UTF8.self))
                .flatMap { $0 > 1 ? ProcessGroup(leader: $0) : nil }
        }
    }

    /// TERM, and KILL where it takes too long; the controller hears how far that is, as it would
    /// from the command line.
    private static func endAlone(_ group: ProcessGroup) {
        let line = LeaseLine(
            client: ControlClient(socket: ThisProcess.environment(socketName) ?? ""),
            operation: ThisProcess.environment(operationName) ?? "")
        group.send(.terminate)
        let kill = Instant.now.advanced(byNanoseconds: CommandRun.killNanoseconds)
        let end = kill.advanced(byNanoseconds: LeaseLine.pauseNanoseconds)
        var next = Instant.now
        var isKilled = false
        while group.isRunning {
            let now = Instant.now
            // What we may not end, the controller sees for itself.
            if now >= end { return }
            if now >= kill, !isKilled {
                isKilled = true
                group.send(.kill)
            }
            if now >= next {
                next = now.advanced(byNanoseconds: LeaseLine.pauseNanoseconds)
                line.say(LeaseBody(.running, pid: group.leader))
            }
            ThisProcess.pause(milliseconds: pauseMilliseconds)
        }
        var body = LeaseBody(.ended, pid: group.leader)
        body.reason = "its command line is gone"
        line.say(body)
    }
}
