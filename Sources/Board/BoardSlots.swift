internal import Atomics
public import Kernel

/// How far the worker in a slot is.
public enum SlotStage: UInt64, Hashable, Sendable {
    case free = 0
    case starting = 1
    case accepting = 2
    /// It takes no new connections and finishes what it has.
    case draining = 3
}

/// The worker in a slot.
public struct SlotState: Hashable, Sendable {
    /// 0 while the slot is free.
    public let pid: Int32
    /// Rises with every worker that the slot belonged to.
    public let generation: UInt32
    public let stage: SlotStage
    /// Client connections.
    public let connections: Int
    /// When its loop last turned; 0 before the first turn.
    let turn: Instant

    /// Longer than a worker that runs ever waits for something to happen, with room for a machine
    /// that is overloaded.
    static let stallNanoseconds: UInt64 = 3_000_000_000

    /// Whether it would take connections, but has stood still: stopped, or in a loop that does not
    /// end.
    public func isStalled(at now: Instant) -> Bool {
        stage == .accepting && turn.nanoseconds > 0
            && now.nanoseconds(since: turn) > Self.stallNanoseconds
    }
}

extension Board {
    /// Gives a free slot to a worker; called by the supervisor.
    public func claim(slot: Int, pid: Int32, generation: UInt32) {
        let start = layout.slot(slot)
        word(start + Layout.stage).store(SlotStage.starting.rawValue, ordering: .relaxed)
        word(start + Layout.credentials).store(0, ordering: .relaxed)
        word(start + Layout.turn).store(0, ordering: .relaxed)
        word(start + Layout.process).store(
            UInt64(generation) << 32 | UInt64(UInt32(bitPattern: pid)),
            ordering: .sequentiallyConsistent)
    }

    public func slot(_ slot: Int) -> SlotState {
        let start = layout.slot(slot)
        let process = word(start + Layout.process).load(ordering: .sequentiallyConsistent)
        let stage = word(start + Layout.stage).load(ordering: .sequentiallyConsistent)
        let connections = word(start + Layout.connections).load(ordering: .relaxed)
        return SlotState(
            pid: Int32(bitPattern: UInt32(truncatingIfNeeded: process)),
            generation: UInt32(process >> 32), stage: SlotStage(rawValue: stage) ?? .free,
            connections: Int(clamping: connections),
            turn: Instant(
                nanoseconds: word(start + Layout.turn).load(ordering: .relaxed)))
    }

    /// The worker in a slot runs: said once a turn of its loop, at least once a second.
    public func noteTurn(slot: Int, at now: Instant) {
        word(layout.slot(slot) + Layout.turn).store(now.nanoseconds, ordering: .relaxed)
    }

    public func setStage(slot: Int, _ stage: SlotStage) {
        word(layout.slot(slot) + Layout.stage).store(
            stage.rawValue, ordering: .sequentiallyConsistent)
    }

    /// Which version of certificates and keys the worker in a slot uses for new connections.
    public func credentials(slot: Int) -> UInt64 {
        word(layout.slot(slot) + Layout.credentials).load(ordering: .acquiring)
    }

    public func setCredentials(slot: Int, version: UInt64) {
        word(layout.slot(slot) + Layout.credentials).store(version, ordering: .releasing)
    }

    /// A client connection came or went; `listener` counts as the configuration lists them.
    public func adjustConnections(slot: Int, listener: Int, by amount: Int) {
        precondition(0..<BoardShape.listenersMax ~= listener, "no such listener")
        let change = UInt64(bitPattern: Int64(amount))
        addAlone(layout.slot(slot) + Layout.connections, change)
        addAlone(layout.slot(slot) + Layout.listenerConnections + listener, change)
    }

    /// Client connections of a listener over all slots.
    public func connections(listener: Int) -> Int {
        precondition(0..<BoardShape.listenersMax ~= listener, "no such listener")
        return (0..<shape.slots).reduce(0) {
            $0
                + Int(
                    clamping: word(layout.slot($1) + Layout.listenerConnections + listener).load(
                        ordering: .relaxed))
        }
    }

    /// Frees the slot of a worker that has ended. Call it only once that process is reaped, for
    /// until then it may still write.
    ///
    /// Its totals are kept; what it had in flight and what waited in it counts as lost, each by its
    /// own counter; its gauges are gone with it. Returns what was lost, over all services.
    @discardableResult
    public func clear(slot: Int) -> Int {
        let start = layout.slot(slot)
        var lost = 0
        for service in 0...layout.unrouted { lost += retire(service: service, slot: slot) }
        for index in [Layout.connections]
            + (0..<BoardShape.listenersMax).map({ Layout.listenerConnections + $0 })
        {
            word(start + index).store(0, ordering: .relaxed)
        }
        word(start + Layout.stage).store(SlotStage.free.rawValue, ordering: .relaxed)
        let process = word(start + Layout.process)
        let generation = process.load(ordering: .relaxed) >> 32
        process.store(generation << 32, ordering: .sequentiallyConsistent)
        return lost
    }

    /// Workers that were started again after they died, since this board was made.
    public var workerRestarts: UInt64 {
        word(Layout.workerRestarts).load(ordering: .relaxed)
    }

    public func countWorkerRestart() {
        word(Layout.workerRestarts).wrappingIncrement(ordering: .relaxed)
    }

    /// Connections to targets that could not be made: the controller resolves names again when
    /// this moves.
    public var connectFailures: UInt64 {
        word(Layout.connectFailures).load(ordering: .relaxed)
    }

    public func countConnectFailure() {
        word(Layout.connectFailures).wrappingIncrement(ordering: .relaxed)
    }

    /// Connections of HTTP/2 that were ended because they asked for much that was of no use.
    public var calmed: UInt64 { word(Layout.calmed).load(ordering: .relaxed) }

    public func countCalmed() {
        word(Layout.calmed).wrappingIncrement(ordering: .relaxed)
    }

    private func retire(service: Int, slot: Int) -> Int {
        let from = layout.row(service: service, slot: slot)
        let into = layout.row(service: service, slot: layout.retired)
        // Lost is counted before the counts of now are taken away, so that a drain or a release
        // that sees them gone also sees why.
        let lost = Color.allCases.reduce(0) {
            $0 + inFlight(service: service, slot: slot, color: $1).total
        }
        // A worker that died as it let one go may have had it among both: one, at the most.
        let waiting = word(from + Layout.gauges + Gauge.heldNow.rawValue)
        let held = max(0, Int(Int64(bitPattern: waiting.load(ordering: .sequentiallyConsistent))))
        for (counter, count) in [(Counter.lostWithWorker, lost), (.heldLostWithWorker, held)] {
            word(into + Layout.counters + counter.rawValue).wrappingIncrement(
                by: UInt64(count), ordering: .sequentiallyConsistent)
        }
        let codesEnd = Layout.codes + 2 * Layout.codeCount
        for index in Layout.counters..<codesEnd {
            let value = word(from + index).exchange(0, ordering: .relaxed)
            if value != 0 { word(into + index).wrappingIncrement(by: value, ordering: .relaxed) }
        }
        let longest = word(from + Layout.longestHold).exchange(0, ordering: .relaxed)
        let kept = word(into + Layout.longestHold)
        kept.store(max(kept.load(ordering: .relaxed), longest), ordering: .relaxed)
        for index in Layout.inFlight..<Layout.longestHold {
            word(from + index).store(0, ordering: .sequentiallyConsistent)
        }
        return lost + held
    }
}
