internal import Atomics
public import Kernel

/// What workers are to end on a color on which nothing starts any more.
///
/// One a service. Workers look at it whenever they are woken: a word that they have not followed
/// yet is followed once. It stands only while nothing can start on its color, so that a worker
/// that comes late ends nothing that began later: whoever lets the color serve again takes the
/// order back first. The one exception is an order for tunnels alone: reads go on beside it, which
/// it does not touch, and no tunnel can start while it stands.
public struct EndOrder: Hashable, Sendable {
    public let color: Color
    /// Of the route word that ended the starts on the color; tells this order from an earlier one.
    public let epoch: UInt64
    /// Requests in flight are broken off now, on both sides, and counted as `cut`.
    public let cutsRequests: Bool
    /// From this moment on WebSocket and SSE are ended cleanly; `never`: they are left alone.
    public let streamsEnd: Instant

    /// Streams that only read, like SSE, are left alone.
    public let sparesReads: Bool

    public init(
        color: Color, epoch: UInt64, cutsRequests: Bool, streamsEnd: Instant,
        sparesReads: Bool = false
    ) {
        precondition(epoch < 1 << 56, "an epoch has 56 bits")
        self.sparesReads = sparesReads
        self.color = color
        self.epoch = epoch
        self.cutsRequests = cutsRequests
        self.streamsEnd = streamsEnd
    }

    /// Bit 0: color; bit 1: requests are cut; bit 2: always set, so that no order is 0; bit 3:
    /// reads are spared; bits 8 to 63: the epoch.
    fileprivate var word: UInt64 {
        epoch << 8 | (sparesReads ? 8 : 0) | 4 | (cutsRequests ? 2 : 0)
            | UInt64(color.rawValue)
    }

    fileprivate init?(word: UInt64, streamsEnd: Instant) {
        guard word & 4 != 0 else { return nil }
        self.init(
            color: word & 1 == 0 ? .blue : .green, epoch: word >> 8, cutsRequests: word & 2 != 0,
            streamsEnd: streamsEnd, sparesReads: word & 8 != 0)
    }
}

extension Board {
    /// Only the controller gives orders. Wake the workers afterwards.
    public func order(_ order: EndOrder, service: Int) {
        let start = layout.service(service)
        // The moment first, as with a hold's deadline: who sees the order sees its moment, or that
        // of a later order for streams that may end by then anyway.
        word(start + Layout.streamsEnd).store(
            order.streamsEnd.nanoseconds, ordering: .sequentiallyConsistent)
        word(start + Layout.endOrder).store(order.word, ordering: .sequentiallyConsistent)
    }

    /// nil where nothing is to be ended.
    public func endOrder(_ service: Int) -> EndOrder? {
        let start = layout.service(service)
        let value = word(start + Layout.endOrder).load(ordering: .sequentiallyConsistent)
        let end = word(start + Layout.streamsEnd).load(ordering: .sequentiallyConsistent)
        return EndOrder(word: value, streamsEnd: Instant(nanoseconds: end))
    }

    /// Nothing is to be ended any more. Called before the order's color may serve again.
    public func takeBackEndOrder(_ service: Int) {
        word(layout.service(service) + Layout.endOrder).store(0, ordering: .sequentiallyConsistent)
    }
}
