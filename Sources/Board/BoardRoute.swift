internal import Atomics
public import Kernel

/// The requests of one color that have started and not ended, over all processes.
public struct InFlight: Hashable, Sendable {
    public let reads: Int
    public let writes: Int

    public var total: Int { reads + writes }
}

extension Board {
    public func route(_ service: Int) -> RouteWord {
        RouteWord(
            rawValue: word(layout.service(service) + Layout.route).load(
                ordering: .sequentiallyConsistent))
    }

    /// When the hold of this service ends by itself; without meaning outside a hold.
    public func deadline(_ service: Int) -> Instant {
        Instant(
            nanoseconds: word(layout.service(service) + Layout.deadline).load(
                ordering: .sequentiallyConsistent))
    }

    /// Whether the hold of this service is an operation's: who waits in it waits to its end, which
    /// is bounded by its deadline. In a hold by hand nobody waits longer than `hold_timeout`.
    public func isWaitedToItsEnd(_ service: Int) -> Bool {
        word(layout.service(service) + Layout.waitsToItsEnd).load(
            ordering: .sequentiallyConsistent) != 0
    }

    /// Written before the word that begins the hold, so that who sees the word sees its deadline,
    /// and whether it is waited for.
    public func setDeadline(
        _ service: Int, _ deadline: Instant, isWaitedToItsEnd: Bool = false
    ) {
        word(layout.service(service) + Layout.waitsToItsEnd).store(
            isWaitedToItsEnd ? 1 : 0, ordering: .sequentiallyConsistent)
        word(layout.service(service) + Layout.deadline).store(
            deadline.nanoseconds, ordering: .sequentiallyConsistent)
    }

    /// Changes the route where it still is what the caller saw. The only way to change it.
    @discardableResult
    public func exchangeRoute(_ service: Int, from old: RouteWord, to new: RouteWord) -> Bool {
        precondition(new.epoch == old.epoch + 1 || !old.isDecided, "every change raises the epoch")
        return word(layout.service(service) + Layout.route).compareExchange(
            expected: old.rawValue, desired: new.rawValue, ordering: .sequentiallyConsistent
        ).exchanged
    }

    /// Asks to start a request. Call with the slot that this process owns.
    @inline(__always)
    public func admit(
        _ kind: RequestKind, service: Int, slot: Int, now: Instant
    ) -> Admission {
        var memory = SlotMemory(self, kind, service: service, slot: slot)
        var steps = AdmissionSteps(kind)
        while true {
            if let admission = steps.advance(&memory, now: now) { return admission }
        }
    }

    /// The app's last octet was read, or its connection is gone.
    public func finish(_ kind: RequestKind, service: Int, slot: Int, color: Color) {
        SlotMemory(self, kind, service: service, slot: slot).withdraw(color)
    }

    /// A request turned into a stream (a 101, or an answer of type text/event-stream): it leaves
    /// what a drain waits for. The stream is counted first, so that it is never uncounted.
    public func becomeStream(_ kind: RequestKind, service: Int, slot: Int, color: Color) {
        let row = layout.row(service: service, slot: slot)
        addAlone(row + Layout.streams + color.index, 1)
        if kind == .write { addAlone(row + Layout.tunnels + color.index, 1) }
        finish(kind, service: service, slot: slot, color: color)
    }

    /// `kind`: as it was when it became a stream.
    public func endStream(
        _ kind: RequestKind = .read, service: Int, slot: Int, color: Color
    ) {
        let row = layout.row(service: service, slot: slot)
        addAlone(row + Layout.streams + color.index, .max)
        if kind == .write { addAlone(row + Layout.tunnels + color.index, .max) }
    }

    /// Over all slots. A zero that is seen after the route was changed away from a color stays:
    /// what an admission adds for a moment never becomes a request.
    public func inFlight(service: Int, color: Color) -> InFlight {
        var reads = 0
        var writes = 0
        for slot in 0..<shape.slots {
            let one = inFlight(service: service, slot: slot, color: color)
            reads += one.reads
            writes += one.writes
        }
        return InFlight(reads: reads, writes: writes)
    }

    public func inFlight(service: Int, slot: Int, color: Color) -> InFlight {
        let row = layout.row(service: service, slot: slot) + Layout.inFlight + color.index * 2
        let reads = word(row + RequestKind.read.index).load(ordering: .sequentiallyConsistent)
        let writes = word(row + RequestKind.write.index).load(ordering: .sequentiallyConsistent)
        return InFlight(reads: Int(clamping: reads), writes: Int(clamping: writes))
    }

    /// Open WebSockets and event streams of a color, over all slots.
    public func streams(service: Int, color: Color) -> Int {
        (0..<shape.slots).reduce(0) { $0 + streams(service: service, slot: $1, color: color) }
    }

    /// Of the streams those that may write: WebSockets, and whatever else a 101 began.
    public func tunnels(service: Int, color: Color) -> Int {
        (0..<shape.slots).reduce(0) {
            let row = layout.row(service: service, slot: $1)
            return $0
                + Int(
                    clamping: word(row + Layout.tunnels + color.index).load(
                        ordering: .sequentiallyConsistent))
        }
    }

    public func streams(service: Int, slot: Int, color: Color) -> Int {
        let row = layout.row(service: service, slot: slot)
        return Int(
            clamping: word(row + Layout.streams + color.index).load(
                ordering: .sequentiallyConsistent))
    }
}

/// The shared memory, as the steps of an admission see it.
struct SlotMemory: RouteMemory {
    private let board: Board
    private let service: Int
    private let inFlight: Int

    @inline(__always)
    init(_ board: Board, _ kind: RequestKind, service: Int, slot: Int) {
        self.board = board
        self.service = service
        inFlight =
            board.layout.row(service: service, slot: slot) + Layout.inFlight + kind.index
    }

    @inline(__always)
    func loadRoute() -> RouteWord { board.route(service) }

    func loadDeadline() -> Instant { board.deadline(service) }

    func exchangeRoute(from old: RouteWord, to new: RouteWord) -> Bool {
        board.exchangeRoute(service, from: old, to: new)
    }

    @inline(__always)
    func announce(_ color: Color) {
        board.word(inFlight + color.index * 2).wrappingIncrement(
            ordering: .sequentiallyConsistent)
    }

    @inline(__always)
    func withdraw(_ color: Color) {
        board.word(inFlight + color.index * 2).wrappingDecrement(
            ordering: .sequentiallyConsistent)
    }
}

extension Board {
    /// An announcement without the second look. For the test alone that shows what the look is
    /// for: a request that starts this way may run on a color that was drained.
    package func announceUnchecked(_ kind: RequestKind, service: Int, slot: Int, color: Color) {
        SlotMemory(self, kind, service: service, slot: slot).announce(color)
    }
}
