internal import Control
internal import Journal
internal import Synchronization

/// Operations by service and outcome, and what they lost, as far back as the journal tells; and
/// the lengths of the holds since this controller started. What the metrics need and the board
/// does not count.
final class OperationCounts: Sendable {
    private struct Counts {
        var tallies: [String: OperationTally] = [:]
        var holdSeconds: [String: Double] = [:]
        var holds: [String: Int] = [:]
    }

    private let counts: Mutex<Counts>

    init(_ tallies: [String: OperationTally] = [:]) {
        counts = Mutex(Counts(tallies: tallies))
    }

    func add(_ outcome: Outcome, _ report: Report, didHold: Bool, service: String) {
        counts.withLock { counts in
            counts.tallies[service, default: OperationTally()].add(outcome, lost: report.lost)
            guard didHold else { return }
            counts.holdSeconds[service, default: 0] += report.switchMilliseconds / 1_000
            counts.holds[service, default: 0] += 1
        }
    }

    func tally(of service: String) -> OperationTally {
        counts.withLock { $0.tallies[service] ?? OperationTally() }
    }

    func holds(of service: String) -> (count: Int, seconds: Double) {
        counts.withLock { ($0.holds[service] ?? 0, $0.holdSeconds[service] ?? 0) }
    }
}
