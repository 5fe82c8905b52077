import Board
import Control
import Testing

/// The plan, the board's protocol and the gate's answer under random faults and commands, in
/// virtual time. A seed that fails is printed, and does the same again.
@Suite("Random schedules of a switch")
struct ScheduleTests {
    private static let seedsAtOnce: UInt64 = 5_000

    @Test(
        "In 100 000 schedules one color serves, nothing is forgotten, nobody is told wrong",
        arguments: 0..<UInt64(20))
    func schedules(part: UInt64) {
        var outcomes: [Outcome: Int] = [:]
        for number in 0..<Self.seedsAtOnce {
            let seed = part * Self.seedsAtOnce + number
            var world = SimulatedWorld(seed: seed)
            world.run()
            if let violation = world.violation {
                Issue.record("seed \(seed): \(violation), after \(world.steps) steps")
                return
            }
            outcomes.merge(world.outcomes) { $0 + $1 }
        }
        // Every way to end was taken, so the properties were not empty.
        for outcome in [Outcome.done, .refused, .timedOut, .lost, .rolledBack, .failed] {
            #expect(outcomes[outcome, default: 0] > 10, "\(outcomes)")
        }
    }

    @Test("Whatever is applied and known, the gate passes what fits, and nothing else")
    func gate() {
        for number in 0..<256 {
            var outside = Surroundings()
            outside.applied = UInt8(number & 7)
            outside.known[0] = UInt8(number >> 3 & 7)
            outside.isDirty = number >> 6 & 1 == 1
            outside.isCertified = number >> 7 == 1
            #expect(outside.passes(.blue) == outside.fits(.blue), "\(outside)")
        }
    }

    @Test("A seed gives the same schedule every time")
    func sameAgain() {
        for seed: UInt64 in 0..<50 {
            var first = SimulatedWorld(seed: seed)
            var second = SimulatedWorld(seed: seed)
            first.run()
            second.run()
            #expect(first.steps == second.steps)
            #expect(first.outcomes == second.outcomes)
        }
    }
}
