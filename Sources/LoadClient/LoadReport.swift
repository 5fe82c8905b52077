public import Kernel

/// All that a load has done and seen.
public struct LoadReport: Sendable {
    public let started: Instant
    public internal(set) var ended: Instant
    /// In the order in which they ended.
    public internal(set) var records: [LoadRecord] = []
    /// Those that the other side ended unannounced.
    public internal(set) var lostConnections: [LostConnection] = []
    /// Made in all, the first ones included.
    public internal(set) var connectionsMade = 0

    init(started: Instant) {
        self.started = started
        ended = started
    }

    /// Ids of transactions whose creation was acknowledged, in that order.
    public var acknowledged: [String] {
        records.lazy.filter { $0.kind == .create && $0.isAcknowledged }.map(\.id)
    }

    /// Requests that were not answered as they should have been.
    public var failed: [LoadRecord] { records.filter { !$0.isAcknowledged } }

    /// Everything about one transaction.
    public func records(of id: String) -> [LoadRecord] { records.filter { $0.id == id } }

    /// The longest time that a request took, in nanoseconds.
    public var longest: UInt64 { records.map(\.nanoseconds).max() ?? 0 }

    /// The time that this share of the requests took at most, in nanoseconds; 0.99 for p99.
    public func quantile(_ share: Double) -> UInt64 {
        let times = records.map(\.nanoseconds).sorted()
        guard !times.isEmpty else { return 0 }
        let index = Int(Double(times.count) * share)
        return times[min(max(0, index), times.count - 1)]
    }

    /// Answers of a color in each stretch of time from the start on; the last may be shorter.
    public func answers(of color: String, everyMilliseconds width: UInt64) -> [Int] {
        let width = width * 1_000_000
        let count = Int(ended.nanoseconds(since: started) / width) + 1
        var result = [Int](repeating: 0, count: count)
        for record in records where record.color == color {
            result[min(count - 1, Int(record.ended.nanoseconds(since: started) / width))] += 1
        }
        return result
    }
}
