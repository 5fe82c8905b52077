internal import Board
internal import Control

/// What the board had counted for a service at one moment. A report is a difference of two.
struct BoardTotals: Sendable {
    private let totals: [UInt64]

    init(_ board: Board, service: Int) {
        totals = Counter.allCases.map { board.total($0, service: service) }
    }

    /// With how many wait at the same moment.
    static func withWaiting(
        _ board: Board, service: Int
    ) -> (totals: BoardTotals, waiting: Int) {
        var totals = BoardTotals(board, service: service)
        // Who comes or goes between the two looks would be counted twice, or not at all. Few do
        // within microseconds, so that this is soon over; the bound is for a board that lies.
        for _ in 0..<1_000 {
            let waiting = board.sum(.heldNow, service: service)
            let again = BoardTotals(board, service: service)
            if again.waits == totals.waits { return (again, waiting) }
            totals = again
        }
        return (totals, board.sum(.heldNow, service: service))
    }

    /// What moves when one begins to wait, or waits no more.
    private var waits: [UInt64] {
        let moving: [Counter] = [.held, .released, .expired, .gone, .refused, .heldLostWithWorker]
        return zip(Counter.allCases, totals).filter { moving.contains($0.0) }.map(\.1)
    }

    private func since(_ earlier: BoardTotals, _ counter: Counter) -> Int {
        let index = Counter.allCases.firstIndex(of: counter) ?? 0
        // A worker's counts are moved when its slot is freed, and a sum that is taken meanwhile
        // may lack them.
        return max(0, Int(Int64(bitPattern: totals[index] &- earlier.totals[index])))
    }

    /// Those that an app may still be at work on: one that waited was never sent.
    func lostWithWorkers(since earlier: BoardTotals) -> Int { since(earlier, .lostWithWorker) }

    func finished(since earlier: BoardTotals) -> Int { since(earlier, .finished) }

    /// Everything that is counted up; `finished` is taken when the drain ends.
    func report(since earlier: BoardTotals) -> Report {
        Report(
            held: since(earlier, .held), released: since(earlier, .released),
            expired: since(earlier, .expired) + since(earlier, .refused),
            cut: since(earlier, .cut), gone: since(earlier, .gone),
            retried: since(earlier, .retried),
            upstreamFailures: since(earlier, .upstreamFailures),
            lostWithWorker: since(earlier, .lostWithWorker)
                + since(earlier, .heldLostWithWorker))
    }
}
