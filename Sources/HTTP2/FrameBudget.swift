/// How much a client may ask of a connection that is of no use to anybody: points that frames cost,
/// that come back with time, and that are earned by requests and content.
///
/// It bounds every flood of frames in the same way: resets, resets that we are provoked to make,
/// pings, settings, priorities, window updates, empty frames, frames of kinds nobody knows
/// (RFC 9113 section 10.5).
public struct FrameBudget: Sendable {
    /// A page with 128 requests that is left at once costs less than this.
    public static let pointsMax = 2_000
    /// As many resets a second as nghttp2 allows on its own, at their cost.
    public static let pointsPerSecond = 330
    /// For a request that was answered: more than its head cost.
    public static let answered = 10
    /// A point for so many octets of content, which windows have to be opened for.
    public static let bytesPerPoint = 1_024

    public private(set) var points = pointsMax
    private var refilledAt: UInt64 = 0

    public init() {}

    public mutating func earn(_ earned: Int) {
        points = min(Self.pointsMax, points + earned)
    }

    /// `now` in nanoseconds. False where there is nothing left: the connection has to end.
    public mutating func spend(_ cost: Int, now: UInt64) -> Bool {
        if refilledAt == 0 { refilledAt = now }
        let since = Swift.max(now, refilledAt) - refilledAt
        // A minute refills it many times over, and its product cannot overflow.
        let refill = Int(Swift.min(since, 60_000_000_000)) * Self.pointsPerSecond / 1_000_000_000
        if refill > 0 {
            earn(refill)
            refilledAt = now
        }
        points -= cost
        return points >= 0
    }

    /// What a frame costs, by its type (RFC 9113 section 6).
    static func cost(ofFrame type: UInt8, flags: UInt8, length: Int) -> Int {
        switch type {
        // DATA: free, but for one that says nothing.
        case 0x0: isEmpty(flags: flags, length: length) ? 2 : 0
        case 0x1: 2
        // PRIORITY, WINDOW_UPDATE, PRIORITY_UPDATE (RFC 9218): a browser at work sends them.
        case 0x2, 0x8, 0x10: 1
        case 0x3: 10
        case 0x4: 10
        case 0x6: 2
        // CONTINUATION: one that carries nothing is no use at all.
        case 0x9: length == 0 ? 50 : 2
        // Of no use to anybody: the frame, and each KiB that has to be passed over.
        case _: 2 + length / 1_024
        }
    }

    /// A DATA frame that neither ends its stream nor has to carry more than padding.
    private static func isEmpty(flags: UInt8, length: Int) -> Bool {
        let isLast = flags & 0x1 != 0
        let isPadded = flags & 0x8 != 0
        return !isLast && length <= (isPadded ? paddingMax : 0)
    }

    /// An octet for its length, and what that can say.
    private static let paddingMax = 256

    /// A frame that made us end a stream.
    static let provokedReset = 10
}
