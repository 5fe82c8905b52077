import Bytes
import Kernel
import Testing

@testable import Worker

@Suite("The wheel of deadlines")
struct DeadlineWheelTests {
    private static let begin = Instant(nanoseconds: 1_000_000_000_000)
    private let handle = Handle(index: 1, generation: 1, tag: 1)

    private func after(_ seconds: Double) -> Instant {
        Self.begin.advanced(byNanoseconds: UInt64(seconds * 1_000_000_000))
    }

    /// Moves the wheel, and says whether the entry came up under its own tick.
    private func isMet(
        _ timer: DeadlineWheel.Timer, by wheel: inout DeadlineWheel, at now: Instant
    ) -> Bool {
        var due: [(Handle, UInt64)] = []
        wheel.advance(to: now, into: &due)
        return due.contains { $0.0 == handle && $0.1 == timer.tick }
    }

    @Test("A deadline comes up once it has passed, and not before")
    func passes() {
        var wheel = DeadlineWheel(now: Self.begin)
        var timer = DeadlineWheel.Timer()
        wheel.set(&timer, to: after(2), for: handle)
        #expect(!isMet(timer, by: &wheel, at: after(1.99)))
        #expect(isMet(timer, by: &wheel, at: after(2.1)))
        #expect(wheel.count == 0)
    }

    @Test(
        "A process that stood still meets what came due meanwhile",
        arguments: [100.0, 145, 100_000])
    func stoodStill(seconds: Double) {
        var wheel = DeadlineWheel(now: Self.begin)
        var timer = DeadlineWheel.Timer()
        wheel.set(&timer, to: after(2), for: handle)
        #expect(isMet(timer, by: &wheel, at: after(seconds)))
    }

    @Test(
        "After a rest of any length a new deadline is met", arguments: [150.0, 280, 3_600, 864_000])
    func rested(seconds: Double) {
        var wheel = DeadlineWheel(now: Self.begin)
        var timer = DeadlineWheel.Timer()
        // The loop has slept: a connection comes in before the wheel is moved.
        wheel.set(&timer, to: after(seconds + 2), for: handle)
        var now = seconds
        var isDue = false
        while !isDue, now < seconds + 4 {
            now += 0.5
            guard isMet(timer, by: &wheel, at: after(now)) else { continue }
            isDue = timer.deadline <= after(now)
            if !isDue { wheel.enter(&timer, handle) }
        }
        #expect(isDue)
        #expect(now <= seconds + 2.5)
    }

    @Test("A deadline beyond a turn of the wheel comes up early and is put in again")
    func far() {
        var wheel = DeadlineWheel(now: Self.begin)
        var timer = DeadlineWheel.Timer()
        wheel.set(&timer, to: after(300), for: handle)
        #expect(isMet(timer, by: &wheel, at: after(140)))
        wheel.enter(&timer, handle)
        #expect(isMet(timer, by: &wheel, at: after(280)))
        wheel.enter(&timer, handle)
        #expect(isMet(timer, by: &wheel, at: after(301)))
    }
}
