import Control
import Foundation
import Synchronization
import Testing

@testable import Controller

@Suite(.timeLimit(.minutes(1)))
struct EventBatchTests {
    private func event(_ number: Int) -> Event {
        Event(
            time: Timestamp(milliseconds: 1), operation: nil, service: "web", step: .drain,
            state: .progress, message: "\(number)")
    }

    @Test("Whoever asks late gets all that has come, in its order, and the end after the last")
    func together() async {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        let batches = EventBatches(events)
        var iterator = batches.makeAsyncIterator()
        continuation.yield(event(0))
        #expect(await iterator.next()?.map(\.message) == ["0"])
        for number in 1...100 { continuation.yield(event(number)) }
        continuation.finish()
        var rest: [String] = []
        while let batch = await iterator.next() {
            #expect(!batch.isEmpty)
            rest += batch.map(\.message)
        }
        #expect(rest == (1...100).map(String.init))
        batches.end()
    }
}

@Suite(.timeLimit(.minutes(1)))
struct OwnThreadTests {
    /// Lets nobody pass before so many have come.
    private final class Gate: Sendable {
        private let missing: Mutex<Int>
        private let count: Int
        private let open = DispatchSemaphore(value: 0)

        init(_ count: Int) {
            self.count = count
            missing = Mutex(count)
        }

        func pass() {
            let isLast = missing.withLock { missing in
                missing -= 1
                return missing == 0
            }
            if isLast { for _ in 0..<count { open.signal() } }
            open.wait()
        }
    }

    @Test("Work on threads of its own waits for no other, however much there is")
    func atOnce() async {
        let gate = Gate(40)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<40 {
                group.addTask { await OwnThread.run { gate.pass() } }
            }
        }
    }

    @Test("A thread that is done takes the next work")
    func again() async {
        let mark = "test.was-here"
        var new = 0
        for _ in 0..<200 {
            let isNew = await OwnThread.run {
                defer { Thread.current.threadDictionary[mark] = true }
                return Thread.current.threadDictionary[mark] == nil
            }
            if isNew { new += 1 }
            // It has to be done before it can take more.
            await sleep(.milliseconds(1))
        }
        #expect(new < 100)
    }
}
