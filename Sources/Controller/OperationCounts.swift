internal import Control
internal import Synchronization

/// Operations by service and outcome since this controller started, and the holds' lengths: what
/// the metrics need and the board does not count.
final class OperationCounts: Sendable {
    private struct Counts {
        var outcomes: [String: [Outcome: Int]] = [:]
        var lost: [String: Int] = [:]
        var holdSeconds: [String: Double] = [:]
        var holds: [String: Int] = [:]
    }

    private let counts = Mutex(Counts())

    func add(_ outcome: Outcome, _ report: Report, didHold: Bool, service: String) {
        counts.withLock { counts in
            counts.outcomes[service, default: [:]][outcome, default: 0] += 1
            counts.lost[service, default: 0] += report.lost
            guard didHold else { return }
            counts.holdSeconds[service, default: 0] += report.switchMilliseconds / 1_000
            counts.holds[service, default: 0] += 1
        }
    }

    func outcomes(of service: String) -> [Outcome: Int] {
        counts.withLock { $0.outcomes[service] ?? [:] }
    }

    func lost(of service: String) -> Int {
        counts.withLock { $0.lost[service] ?? 0 }
    }

    func holds(of service: String) -> (count: Int, seconds: Double) {
        counts.withLock { ($0.holds[service] ?? 0, $0.holdSeconds[service] ?? 0) }
    }
}
