import Board
import Kernel

/// What a worker remembers of a service between two looks at the board: since when a color does not
/// serve any more, which orders it has carried out, and what it did not know yet.
///
/// The grace is counted here and not by the controller, so that streams end in time although the
/// controller may be dead. A color that serves again keeps its streams.
struct StreamWatch {
    /// Per color; `.never` while it serves.
    private var leftAt = [Instant](repeating: .never, count: Color.allCases.count)
    /// Whose streams have all ended.
    private var settledStreams: EndOrder?
    /// Whose requests were cut.
    private var settledCut: EndOrder?
    private var seenEpoch: UInt64 = 0
    /// A drain waits for an answer that was not read on when it was looked at last.
    var lacksRoom = false

    mutating func note(_ route: RouteWord, now: Instant) {
        leftAt[Int(route.active.rawValue)] = .never
        let other = Int(route.active.other.rawValue)
        if leftAt[other] == .never { leftAt[other] = now }
    }

    /// Streams of this color that started before this epoch have to end now; 0: none have to.
    func endsBefore(
        _ color: Color, _ order: EndOrder?, grace: UInt64, isEnding: Bool, now: Instant
    ) -> UInt64 {
        let left = leftAt[Int(color.rawValue)]
        if isEnding || left != .never && now.nanoseconds(since: left) >= grace { return .max }
        guard let order, order != settledStreams, order.color == color, now >= order.streamsEnd
        else { return 0 }
        return order.epoch
    }

    mutating func settleStreams(_ order: EndOrder) { settledStreams = order }

    /// The order, where it cuts requests and has not been carried out: once.
    mutating func takeCut(_ order: EndOrder?) -> EndOrder? {
        guard let order, order.cutsRequests, order != settledCut else { return nil }
        settledCut = order
        return order
    }

    /// Whether this is the first look at what the service does now.
    mutating func isNew(_ route: RouteWord) -> Bool {
        defer { seenEpoch = route.epoch }
        return seenEpoch != route.epoch
    }
}
