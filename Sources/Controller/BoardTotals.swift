internal import Board
internal import Control

/// What the board had counted for a service at one moment. A report is a difference of two.
struct BoardTotals: Sendable {
    private let totals: [UInt64]

    init(_ board: Board, service: Int) {
        totals = Counter.allCases.map { board.total($0, service: service) }
    }

    private func since(_ earlier: BoardTotals, _ counter: Counter) -> Int {
        let index = Counter.allCases.firstIndex(of: counter) ?? 0
        // A worker's counts are moved when its slot is freed, and a sum that is taken meanwhile
        // may lack them.
        return max(0, Int(Int64(bitPattern: totals[index] &- earlier.totals[index])))
    }

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
            lostWithWorker: since(earlier, .lostWithWorker))
    }
}
