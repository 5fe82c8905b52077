internal import Control
internal import Synchronization

/// An operation's events, those together that have come by the time that somebody asks: each
/// write wakes the network's thread and a client, and steps come faster than that.
struct EventBatches: AsyncSequence, Sendable {
    /// What was told and not asked for yet.
    fileprivate final class Pending: Sendable {
        private let events = Mutex<[Event]>([])

        func add(_ event: Event) { events.withLock { $0.append(event) } }

        func take() -> [Event] {
            events.withLock { events in
                defer { events = [] }
                return events
            }
        }
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var told: AsyncStream<Void>.Iterator
        fileprivate let pending: Pending

        /// At least one; nil after the last.
        mutating func next() async -> [Event]? {
            while await told.next() != nil {
                let events = pending.take()
                // A word may come for what was taken with the one before.
                if !events.isEmpty { return events }
            }
            return nil
        }
    }

    private let told: AsyncStream<Void>
    private let pending = Pending()
    private let listening: Task<Void, Never>

    init(_ events: AsyncStream<Event>) {
        let (told, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.told = told
        let pending = pending
        listening = Task {
            for await event in events {
                pending.add(event)
                continuation.yield()
            }
            continuation.finish()
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(told: told.makeAsyncIterator(), pending: pending)
    }

    /// Nobody asks any more.
    func end() { listening.cancel() }
}
