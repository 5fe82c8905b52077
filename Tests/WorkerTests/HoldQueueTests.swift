import Board
import Bytes
import Testing

@testable import Worker

@Suite("The queue of a hold")
struct HoldQueueTests {
    private func handle(_ number: Int) -> Handle { Handle(index: number, generation: 1, tag: 1) }

    /// A queue in which so many wait.
    private func queue(_ count: Int, inFlight: Int = 0) -> HoldQueue {
        var queue = HoldQueue()
        for number in 0..<count { queue.append(handle(number), .write, inFlight: inFlight) }
        return queue
    }

    /// Starts as many as may; their numbers.
    private func release(_ queue: inout HoldQueue) -> [Int] {
        var started: [Int] = []
        while queue.budget > 0, let front = queue.front {
            queue.start(front)
            started.append(front.index)
        }
        return started
    }

    @Test("Four start at once, in the order in which they came, and one for each that finishes")
    func pacing() {
        var queue = queue(12)
        #expect(release(&queue) == [0, 1, 2, 3])
        #expect(release(&queue).isEmpty)
        for number in 4..<12 {
            queue.noteFinished()
            #expect(release(&queue) == [number])
        }
        #expect(queue.isEmpty)
    }

    @Test("As many start at once as were in flight before the hold, when those are more than four")
    func usedTo() {
        var atOnce = queue(12, inFlight: 9)
        #expect(release(&atOnce).count == 9)
        var noted = HoldQueue()
        noted.noteHold(inFlight: 6)
        for number in 0..<12 { noted.append(handle(number), .write, inFlight: 0) }
        #expect(release(&noted).count == 6)
    }

    @Test("What finishes while all wait makes no room beyond that")
    func drained() {
        var queue = queue(12, inFlight: 5)
        for _ in 0..<5 { queue.noteFinished() }
        #expect(release(&queue).count == 5)
    }

    @Test("Those that came since the release go two at a time, so that the queue gets empty")
    func getsEmpty() {
        var queue = queue(6)
        _ = release(&queue)
        var next = 6
        var rounds = 0
        // Every client whose request has finished asks again at once.
        while !queue.isEmpty, rounds < 100 {
            queue.append(handle(next), .write, inFlight: 4)
            next += 1
            queue.noteFinished()
            _ = release(&queue)
            rounds += 1
        }
        #expect(rounds < 10)
    }

    @Test("One that leaves in the middle keeps nobody waiting")
    func leaving() {
        var queue = queue(6)
        queue.remove(handle(0))
        queue.remove(handle(2))
        #expect(queue.count == 4)
        #expect(release(&queue) == [1, 3, 4, 5])
        #expect(queue.isEmpty)
    }

    @Test("Those that are refused take nothing from what may start")
    func refused() {
        var queue = queue(12)
        while let front = queue.front { queue.remove(front) }
        #expect(queue.isEmpty)
        #expect(queue.budget == 4)
    }

    @Test("A read is found behind writes, and only while one waits")
    func reads() {
        var queue = queue(3)
        #expect(queue.frontRead == nil)
        queue.append(handle(3), .read, inFlight: 0)
        queue.append(handle(4), .read, inFlight: 0)
        #expect(queue.frontRead == handle(3))
        queue.start(handle(3))
        #expect(queue.frontRead == handle(4))
        queue.remove(handle(4))
        #expect(queue.frontRead == nil)
        #expect(queue.count == 3)
    }
}
