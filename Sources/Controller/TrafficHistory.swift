internal import Board
internal import Control
internal import Kernel
internal import Synchronization

/// What a color had answered up to one moment.
struct ColorTraffic: Sendable {
    let answered: UInt64
    let failed: UInt64
    let timed: UInt64
    let nanoseconds: UInt64

    init(_ board: Board, service: Int, _ color: Color) {
        (answered, failed) = board.outcomes(service: service, color: color)
        let durations = board.durations(service: service, color: color)
        timed = durations.counts.reduce(0, &+)
        nanoseconds = durations.sumNanoseconds
    }

    func since(_ earlier: ColorTraffic) -> WatchReport.Figures {
        let answers = Int(clamping: answered &- earlier.answered)
        let failures = Int(clamping: failed &- earlier.failed)
        let timed = timed &- earlier.timed
        let nanoseconds = Double(nanoseconds &- earlier.nanoseconds)
        return WatchReport.Figures(
            answers: answers, failures: failures,
            share: answers == 0 ? 0 : Double(failures) / Double(answers),
            meanMilliseconds: timed == 0 ? 0 : nanoseconds / Double(timed) / 1_000_000)
    }
}

/// What both colors of a service had answered, second by second, as far back as a watch looks.
final class TrafficHistory: Sendable {
    private struct Sample {
        let time: Instant
        let colors: [ColorTraffic]
    }

    static let intervalNanoseconds: UInt64 = 1_000_000_000
    /// A command may ask for a longer watch than the configuration does.
    static let keptMin = TimeSpan.seconds(60)

    private let board: Board
    private let service: Int
    private let keptNanoseconds: UInt64
    private let samples = Mutex<[Sample]>([])

    /// `kept`: how far back is looked at the most.
    init(_ board: Board, service: Int, kept: TimeSpan) {
        self.board = board
        self.service = service
        keptNanoseconds = kept.nanoseconds + 2 * Self.intervalNanoseconds
    }

    /// Called often; takes a sample when one is due.
    func note(now: Instant = .now) {
        samples.withLock { samples in
            if let last = samples.last?.time,
                now.nanoseconds(since: last) < Self.intervalNanoseconds
            {
                return
            }
            samples.append(
                Sample(
                    time: now,
                    colors: Color.allCases.map { ColorTraffic(board, service: service, $0) }))
            let old = samples.firstIndex {
                now.nanoseconds(since: $0.time) <= keptNanoseconds
            }
            samples.removeFirst(old ?? 0)
        }
    }

    /// What the color answered in about this time before now; less where less is known.
    func recent(_ color: Color, _ time: Duration, now: Instant = .now) -> WatchReport.Figures {
        let present = ColorTraffic(board, service: service, color)
        return samples.withLock { samples in
            let start = samples.last { now.duration(since: $0.time) >= time } ?? samples.first
            return present.since(start?.colors[Int(color.rawValue)] ?? present)
        }
    }
}
