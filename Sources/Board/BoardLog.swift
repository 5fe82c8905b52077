internal import Atomics

extension Board {
    /// Lines of the access log that a worker in this slot could not keep or write.
    ///
    /// Two threads of the worker count here, so this is an exchange; it stays when the slot is
    /// cleared, so that the sum never falls.
    public func countLogLinesDropped(slot: Int, by count: UInt64) {
        word(layout.slot(slot) + Layout.logLinesDropped).wrappingIncrement(
            by: count, ordering: .relaxed)
    }

    public func logLinesDropped(slot: Int) -> UInt64 {
        word(layout.slot(slot) + Layout.logLinesDropped).load(ordering: .relaxed)
    }

    /// Over all workers, since this board was made.
    public var logLinesDropped: UInt64 {
        (0..<shape.slots).reduce(0) { $0 &+ logLinesDropped(slot: $1) }
    }
}
