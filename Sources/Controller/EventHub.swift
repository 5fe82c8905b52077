internal import Control

/// Everybody who watches: every event of every service goes to each of them.
actor EventHub {
    /// A watcher that falls this far behind misses the oldest.
    static let backlogMax = 1_000

    private var watchers: [Int: AsyncStream<Event>.Continuation] = [:]
    private var nextWatcher = 0
    private var isClosed = false

    func publish(_ event: Event) {
        for watcher in watchers.values { watcher.yield(event) }
    }

    /// Ends when its reader is cancelled, or when the hub closes.
    func watch() -> Watch {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(Self.backlogMax))
        guard !isClosed else {
            continuation.finish()
            return Watch(events: stream, continuation: continuation)
        }
        let watcher = nextWatcher
        nextWatcher += 1
        watchers[watcher] = continuation
        continuation.onTermination = { _ in
            Task { await self.forget(watcher) }
        }
        return Watch(events: stream, continuation: continuation)
    }

    /// No more comes: every stream ends behind what it has.
    func close() {
        isClosed = true
        for watcher in watchers.values { watcher.finish() }
    }

    private func forget(_ watcher: Int) { watchers[watcher] = nil }
}

/// A stream of events and the means to end it from outside.
struct Watch: Sendable {
    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    init(events: AsyncStream<Event>, continuation: AsyncStream<Event>.Continuation) {
        self.events = events
        self.continuation = continuation
    }

    func end() { continuation.finish() }
}
