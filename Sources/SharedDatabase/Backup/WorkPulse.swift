internal import Foundation
internal import Kernel
internal import Synchronization

/// Says every second that a job is at work, for as long as it is: the check of a large database
/// takes minutes and has nothing to tell. A job that stands still says nothing, and is given up by
/// the controller (`DatabaseJob.silenceMax`).
final class WorkPulse: Sendable {
    private static let lookMilliseconds = 1_000
    /// Processor time between two words: less than whoever looks for something now and then needs,
    /// more than two clocks that are not read at once differ by.
    static let workNanosecondsMin: UInt64 = 50_000
    /// A disk may take minutes for what the machine has kept of it in memory; one that takes longer
    /// is broken.
    static let diskSeconds: UInt64 = 600

    private let socket: CInt
    /// One speaks at a time: what is long goes in several parts.
    private let isOver = Mutex(false)

    /// `socket` is used until `stop`.
    init(_ socket: CInt) { self.socket = socket }

    /// Lets no word in between.
    func speaking(_ body: () throws(SystemError) -> Void) throws(SystemError) {
        try isOver.withLock { _ throws(SystemError) in try body() }
    }

    /// Nothing of it touches the socket afterwards.
    func stop() { isOver.withLock { $0 = true } }

    func start() {
        let octets: [UInt8]
        do {
            octets = [UInt8](try JSONEncoder().encode(DatabaseNotice.working))
        } catch {
            preconditionFailure("a notice of plain values is JSON: \(error)")
        }
        Thread.detachNewThread { [self] in
            var meter = WorkMeter()
            var goesOn = true
            while goesOn {
                ThisProcess.pause(milliseconds: Self.lookMilliseconds)
                let isAtWork = meter.look(
                    worked: ThisProcess.workedNanoseconds,
                    waitsForDisk: ThisProcess.waitsForDisk, at: .now)
                goesOn = say(octets, isAtWork: isAtWork)
            }
        }
    }

    /// False once it is over.
    private func say(_ octets: [UInt8], isAtWork: Bool) -> Bool {
        isOver.withLock { isOver in
            guard !isOver, isAtWork else { return !isOver }
            do throws(SystemError) {
                try DatabaseMessages.send(
                    "database.pulse", to: socket, number: 0, octets, until: .now)
            } catch {
                // A controller that has not read what it has is told nothing more.
            }
            return true
        }
    }
}

/// Whether a process is at work, by looks at it.
struct WorkMeter {
    private var worked: UInt64 = 0
    private var since = Instant.now

    /// `worked`: its processor time so far.
    mutating func look(worked now: UInt64, waitsForDisk: Bool, at moment: Instant) -> Bool {
        if now >= worked + WorkPulse.workNanosecondsMin {
            worked = now
            since = moment
            return true
        }
        return waitsForDisk
            && moment.nanoseconds(since: since) < WorkPulse.diskSeconds * 1_000_000_000
    }
}
