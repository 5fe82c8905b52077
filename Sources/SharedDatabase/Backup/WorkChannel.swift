internal import Control
internal import Foundation
internal import Kernel

/// A notice as datagrams: the first octet of each says whether more of it follow.
public enum NoticePieces {
    private static let last: UInt8 = 0
    private static let more: UInt8 = 1
    /// No notice comes near; a longer one is no notice.
    static let bytesMax = 64 << 20

    static func split(_ octets: [UInt8]) -> [[UInt8]] {
        let size = DatabaseRole.datagramBytesMax - 1
        let starts = Array(stride(from: 0, to: max(1, octets.count), by: size))
        return starts.map { start in
            [start == starts.last ? last : more] + octets[start..<min(start + size, octets.count)]
        }
    }

    /// Adds a datagram to what came before; nil where more has to come. Throws what is no notice.
    public static func join(
        _ datagram: [UInt8], to before: inout [UInt8]
    ) throws(WorkFailure) -> DatabaseNotice? {
        guard let first = datagram.first, first <= more,
            before.count + datagram.count <= bytesMax
        else { throw WorkFailure(.failed, "a message of the job is not understood") }
        before += datagram.dropFirst()
        if first == more { return nil }
        let whole = before
        before = []
        do {
            return try JSONDecoder().decode(DatabaseNotice.self, from: Data(whole))
        } catch {
            throw WorkFailure(.failed, "a message of the job is not understood: \(error)")
        }
    }
}

/// The job's end of its channel.
struct WorkChannel: ~Copyable {
    /// How long the controller may take to read a notice. It does nothing but read; where it
    /// stands still, it is as good as gone.
    static let sendSeconds: UInt64 = 30

    private let socket: CInt

    /// `socket` stays open as long as this value lives.
    init(_ socket: CInt) { self.socket = socket }

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
            for piece in NoticePieces.split(octets) {
                try Message.send("database.notice", to: socket, piece, until: deadline)
            }
        } catch {
            throw WorkFailure(.cancelled, "the controller does not listen: \(error)")
        }
    }

    func progress(_ stage: String, _ done: Int = 0, of total: Int = 0) throws(WorkFailure) {
        if isClosed { throw WorkFailure(.cancelled, "the controller has left") }
        try say(.progress(stage: stage, done: done, total: total))
    }

    /// Waits for the controller's next word, however long that takes. Throws `cancelled` where it
    /// leaves instead.
    func word() throws(WorkFailure) -> DatabaseWord {
        let message: [UInt8]?
        do throws(SystemError) {
            message = try Message.receive(
                "database.word", from: socket, bytesMax: DatabaseRole.datagramBytesMax,
                until: .never)
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

    /// Whether the controller has closed its end. A word that waits is no closing.
    private var isClosed: Bool {
        guard Waiting.wait(.readable, of: socket, until: .now) else { return false }
        switch Socket.peek(socket) {
        case .end, .failed: return true
        case .moved, .wouldBlock: return false
        }
    }
}
