import Board
import Kernel

/// The other side of the access log: writes what the loop gives away, and waits where it must. Runs
/// on a thread of its own (`Companion`) until the loop has ended its side.
///
/// What cannot be written is dropped and counted, for an old line is worth less than the next one.
/// What was dropped is said on standard error: at once when it begins, and with its number when
/// lines are written again.
struct AccessLogDrain: Sendable {
    /// Ours: closed at the end, which is what the loop waits for.
    let source: CInt
    /// The loop's, which may make it mean another file at any moment.
    let output: CInt
    /// Whole batches are written in one piece; else pieces of `LogOutput.pipeBytesMax`, which
    /// other workers' lines cannot come into.
    let isRegular: Bool
    let board: Board
    let slot: Int

    private struct Progress {
        /// The output ended within a line.
        var isWithinLine = false
        var isFailing = false
        /// As far as was said.
        var droppedSaid: UInt64
        var saidAt = Instant(nanoseconds: 0)
    }

    private static let sayNanoseconds: UInt64 = 1_000_000_000

    func run() {
        let source = Descriptor(owning: source)
        var progress = Progress(droppedSaid: board.logLinesDropped(slot: slot))
        while let lines = next(source) { write(lines[...], &progress) }
        sayDropped(&progress, isLast: true)
    }

    /// nil at the loop's end.
    private func next(_ source: borrowing Descriptor) -> [UInt8]? {
        do {
            return try Message.receive(
                "worker.log.take", from: source.number, bytesMax: MessageChannel.messageBytesMax,
                until: .never)
        } catch {
            return nil
        }
    }

    private func write(_ lines: ArraySlice<UInt8>, _ progress: inout Progress) {
        var rest = lines
        while !rest.isEmpty {
            let piece = isRegular ? rest : Self.piece(of: rest)
            guard write(piece: piece, &progress) else {
                let lost = rest.count { $0 == UInt8(ascii: "\n") }
                return board.countLogLinesDropped(slot: slot, by: UInt64(lost))
            }
            rest = rest[piece.endIndex...]
        }
        sayDropped(&progress, isLast: false)
    }

    /// Whole lines, as many as a pipe takes in one piece; the first one in any case.
    private static func piece(of lines: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let newline = UInt8(ascii: "\n")
        guard lines.count > LogOutput.pipeBytesMax else { return lines }
        let most = lines.prefix(LogOutput.pipeBytesMax)
        guard let end = most.lastIndex(of: newline) ?? lines.firstIndex(of: newline) else {
            return lines
        }
        return lines[...end]
    }

    /// False where not all of it could be written.
    private func write(piece: ArraySlice<UInt8>, _ progress: inout Progress) -> Bool {
        // After a write that ended within a line the next line begins one of its own.
        var rest = progress.isWithinLine ? [UInt8(ascii: "\n")] + piece : piece
        while !rest.isEmpty {
            switch LogOutput.write("worker.log.write", to: output, rest) {
            case .moved(let count):
                rest = rest.dropFirst(count)
                progress.isWithinLine = !rest.isEmpty
            case .end, .wouldBlock:
                return false
            case .failed(let code):
                sayFailing(code, &progress)
                return false
            }
        }
        progress.isFailing = false
        return true
    }

    private func sayFailing(_ code: Errno, _ progress: inout Progress) {
        guard !progress.isFailing else { return }
        progress.isFailing = true
        say("\(code.message); lines are dropped until it can be written again")
    }

    private func sayDropped(_ progress: inout Progress, isLast: Bool) {
        let dropped = board.logLinesDropped(slot: slot)
        let now = Instant.now
        guard dropped > progress.droppedSaid,
            isLast || now.nanoseconds(since: progress.saidAt) >= Self.sayNanoseconds
        else { return }
        say("\(dropped - progress.droppedSaid) lines were dropped")
        progress.droppedSaid = dropped
        progress.saidAt = now
    }

    private func say(_ text: String) {
        ThisProcess.write("bascule: worker \(slot): access log: \(text)\n")
    }
}
