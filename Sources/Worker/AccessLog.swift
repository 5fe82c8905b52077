import Board
import Bytes
public import Kernel
public import Telemetry

/// Where the access log goes, as the process was given it.
public struct AccessLogOutput: ~Copyable {
    let file: Descriptor
    /// On which the supervisor sends the file that is open anew after USR1; nil where the output
    /// is none that can be.
    let renewals: MessageChannel?
    let format: AccessLogFormat

    public init(
        _ file: consuming Descriptor, renewals: consuming MessageChannel?, format: AccessLogFormat
    ) {
        self.file = file
        self.renewals = renewals
        self.format = format
    }
}

/// The loop's side of the access log: lines are put together here, and given away in batches to
/// `AccessLogDrain`, on a thread of its own, which may wait for a disk or for who reads a pipe.
///
/// Nothing here waits. When the other side takes no more, lines are kept up to a bound, then
/// dropped and counted: the log is never worth a request.
struct AccessLog: ~Copyable {
    /// A batch is given away when it has so many octets.
    private static let batchBytes = 16 * 1024
    /// And at the latest so long after its first line.
    private static let delayNanoseconds: UInt64 = 50_000_000
    /// Lines that wait beyond this are dropped: about a thousand.
    private static let waitingBytesMax = 512 * 1024

    private let output: AccessLogOutput
    /// To the drain; each message is some whole lines.
    private let channel: MessageChannel
    private let slot: Int
    private let lineBytesMax: Int
    private var lines = ByteBuffer(bytesMax: AccessLog.waitingBytesMax)
    /// When the first of the lines came.
    private var since = Instant.never

    /// Starts the drain.
    static func open(
        _ output: consuming AccessLogOutput, _ board: Board, slot: Int
    ) throws(SystemError) -> AccessLog {
        let pair = try Socket.messagePair("worker.log").release()
        let channel = MessageChannel(Descriptor(owning: pair.first))
        let number = output.file.number
        let isRegular = LogOutput.isRegularFile(number)
        let drain = AccessLogDrain(
            source: pair.second, output: number, isRegular: isRegular, board: board, slot: slot)
        do {
            try Companion.start("worker.log") { drain.run() }
        } catch {
            _ = Descriptor(owning: pair.second)
            throw error
        }
        return AccessLog(output, channel, slot, isRegular ? .max : LogOutput.pipeBytesMax)
    }

    private init(
        _ output: consuming AccessLogOutput, _ channel: consuming MessageChannel, _ slot: Int,
        _ lineBytesMax: Int
    ) {
        self.output = output
        self.channel = channel
        self.slot = slot
        self.lineBytesMax = lineBytesMax
    }

    /// What the poller is to watch; nil where no file will ever be sent.
    var renewals: CInt? {
        switch output.renewals {
        case .some(let channel): channel.descriptor.number
        case .none: nil
        }
    }

    var hasLines: Bool { !lines.isEmpty }

    mutating func append(
        _ record: AccessRecord, _ octets: borrowing ByteBuffer, _ board: Board, now: Instant
    ) {
        let before = lines.count
        output.format.write(record, octets.bytes, lineBytesMax: lineBytesMax, into: &lines)
        if lines.hasOverflowed {
            lines.truncate(to: before)
            lines.forgetOverflow()
            board.countLogLinesDropped(slot: slot, by: 1)
        }
        if since == .never { since = now }
    }

    /// Once a turn.
    mutating func giveAway(now: Instant) {
        guard !lines.isEmpty,
            lines.count >= Self.batchBytes || now.nanoseconds(since: since) >= Self.delayNanoseconds
        else { return }
        giveAwayAll()
        // What is left is tried again after a delay, not in every turn.
        since = lines.isEmpty ? .never : now
    }

    private mutating func giveAwayAll() {
        while !lines.isEmpty {
            let count = Self.wholeLines(lines.bytes)
            let transfer = Socket.send(
                "worker.log.pass", to: channel.descriptor.number,
                lines.bytes.extracting(0..<count))
            guard case .moved = transfer else { return }
            lines.consume(count)
        }
    }

    private static func millisecondsLeft(until end: Instant) -> Int {
        Int(end.nanoseconds(since: .now) / 1_000_000) + 1
    }

    private static func lineCount(_ octets: RawSpan) -> Int {
        (0..<octets.byteCount).count { octets[octet: $0] == UInt8(ascii: "\n") }
    }

    /// As many octets as one message carries and still end with a line.
    private static func wholeLines(_ octets: RawSpan) -> Int {
        var end = min(octets.byteCount, MessageChannel.messageBytesMax)
        while end > 0, octets[octet: end &- 1] != UInt8(ascii: "\n") { end &-= 1 }
        return end
    }

    /// The supervisor has opened the file anew: what is written from now on goes there.
    mutating func renew() {
        while let file = receiveRenewal() {
            do {
                try output.file.become("worker.log.renew", file)
            } catch {
                ThisProcess.write("bascule: worker \(slot): access log: \(error)\n")
            }
        }
    }

    private func receiveRenewal() -> Descriptor? {
        switch output.renewals {
        case .some(let channel):
            DescriptorPassing.receive(from: channel.descriptor.number)
        case .none: nil
        }
    }

    /// How long the end of the process waits for lines that are not written yet.
    private static let endMilliseconds = 1_000

    /// Gives all lines away and waits, within a bound, until they are written.
    mutating func end(_ board: Board) {
        let end = Instant.now.advanced(byNanoseconds: UInt64(Self.endMilliseconds) * 1_000_000)
        let number = channel.descriptor.number
        do {
            var poller = try Poller("worker.log.end", batch: 1)
            _ = poller.add(number, .writable, token: 0)
            giveAwayAll()
            while !lines.isEmpty, Instant.now < end {
                _ = poller.wait(milliseconds: Self.millisecondsLeft(until: end))
                giveAwayAll()
            }
            board.countLogLinesDropped(slot: slot, by: UInt64(Self.lineCount(lines.bytes)))
            Socket.shutdownWriting(number)
            // The drain closes its side when all is written: that is always reported.
            _ = poller.change(number, [], token: 0)
            _ = poller.wait(milliseconds: Self.millisecondsLeft(until: end))
        } catch {
            ThisProcess.write("bascule: worker \(slot): access log: \(error)\n")
        }
    }
}
