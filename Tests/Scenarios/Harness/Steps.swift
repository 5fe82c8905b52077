import Synchronization

/// Steps that one thread reaches and another waits for.
final class Steps: Sendable {
    private let last = Mutex(-1)

    /// The highest step that was reached; -1 before the first.
    var reached: Int { last.withLock { $0 } }

    func reach(_ step: Int) { last.withLock { $0 = max($0, step) } }

    /// An app waits so for its test, which may wait for several things before it lets it go on.
    func wait(for step: Int) throws {
        try Wait.until("step \(step)", seconds: 60) { reached >= step }
    }
}
