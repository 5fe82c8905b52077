internal import Control
internal import Foundation
internal import Kernel

/// The job's end of its channel.
struct WorkChannel: ~Copyable {
    /// How long the controller may take to read a notice. It does nothing but read; where it
    /// stands still, it is as good as gone.
    static let sendSeconds: UInt64 = 30

    private let socket: CInt
    private let pulse: WorkPulse

    /// `socket` stays open as long as this value lives.
    init(_ socket: CInt) {
        self.socket = socket
        pulse = WorkPulse(socket)
        pulse.start()
    }

    deinit { pulse.stop() }

    /// Throws `cancelled` where the controller is gone.
    func say(_ notice: DatabaseNotice) throws(WorkFailure) {
        let octets: [UInt8]
        do {
            octets = [UInt8](try JSONEncoder().encode(notice))
        } catch {
            preconditionFailure("a notice of plain values is JSON: \(error)")
        }
        let deadline = Instant.now.advanced(byNanoseconds: Self.sendSeconds * 1_000_000_000)
        do throws(SystemError) {
            try pulse.speaking { () throws(SystemError) in
                try DatabaseMessages.send(
                    "database.notice", to: socket, number: 0, octets, until: deadline)
            }
        } catch {
            throw WorkFailure(.cancelled, "the controller does not listen: \(error)")
        }
    }

    func progress(_ stage: String, _ done: Int = 0, of total: Int = 0) throws(WorkFailure) {
        try expectListener()
        try say(.progress(stage: stage, done: done, total: total))
    }

    /// Throws `cancelled` where the controller has closed its end.
    func expectListener() throws(WorkFailure) {
        if isClosed { throw WorkFailure(.cancelled, "the controller has left") }
    }

    /// Waits for the controller's next word, however long that takes. Throws `cancelled` where it
    /// leaves instead.
    func word() throws(WorkFailure) -> DatabaseWord {
        let message: [UInt8]?
        do throws(SystemError) {
            message = try DatabaseMessages.receive(
                "database.word", from: socket, until: .never)?.octets
        } catch {
            throw WorkFailure(.cancelled, "\(error)")
        }
        guard let message else { throw WorkFailure(.cancelled, "the controller has left") }
        do {
            return try JSONDecoder().decode(DatabaseWord.self, from: Data(message))
        } catch {
            throw WorkFailure(.cancelled, "a word that is not understood: \(error)")
        }
    }

    /// Waits for a word no longer than that; whether one has come, or the controller has left.
    func hears(within milliseconds: UInt64) -> Bool {
        let end = Instant.now.advanced(byNanoseconds: milliseconds * 1_000_000)
        return Waiting.wait(.readable, of: socket, until: end)
    }

    /// The next piece of what is sent through the controller. Throws `cancelled` where it leaves
    /// or nothing comes for so long.
    func octets(within seconds: UInt64) throws(WorkFailure) -> [UInt8] {
        do throws(SystemError) {
            let message = try DatabaseMessages.receive(
                "database.octets", from: socket,
                until: Instant.now.advanced(byNanoseconds: seconds * 1_000_000_000))
            if let message { return message.octets }
        } catch {
            throw WorkFailure(.cancelled, "what is sent broke off: \(error)")
        }
        throw WorkFailure(.cancelled, "the controller has left")
    }

    /// Whether the controller has closed its end. A word that waits is no closing.
    private var isClosed: Bool {
        guard Waiting.wait(.readable, of: socket, until: .now) else { return false }
        switch Socket.peek(socket) {
        case .end, .failed: return true
        case .moved, .wouldBlock: return false
        }
    }
}
