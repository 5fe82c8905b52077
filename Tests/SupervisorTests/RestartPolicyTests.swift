import Kernel
import Testing

@testable import Supervisor

@Suite("Restart policy")
struct RestartPolicyTests {
    private func at(_ milliseconds: UInt64) -> Instant {
        Instant(nanoseconds: 1_000_000_000_000 + milliseconds * 1_000_000)
    }

    @Test("Five deaths in ten seconds are restarted at once, the sixth after a pause")
    func sixthDeathIsPaused() {
        var policy = RestartPolicy()
        for death in 0..<5 { #expect(policy.died(at: at(UInt64(death) * 100)) == .atOnce) }
        #expect(policy.died(at: at(500)) == .after(nanoseconds: 500_000_000))
    }

    @Test("The pause doubles with every further death and stops growing at its bound")
    func pauseDoubles() {
        var policy = RestartPolicy()
        for _ in 0..<5 { _ = policy.died(at: at(0)) }
        let pauses = (0..<6).map { _ in policy.died(at: at(0)) }
        #expect(
            pauses
                == [500, 1_000, 2_000, 4_000, 8_000, 8_000].map {
                    .after(nanoseconds: $0 * 1_000_000)
                })
    }

    @Test("A death that is alone in ten seconds begins a new row")
    func oldDeathsAreForgotten() {
        var policy = RestartPolicy()
        for _ in 0..<7 { _ = policy.died(at: at(0)) }
        #expect(policy.died(at: at(10_001)) == .atOnce)
    }

    @Test("A death exactly ten seconds before still counts")
    func windowIsInclusive() {
        var policy = RestartPolicy()
        for _ in 0..<5 { _ = policy.died(at: at(0)) }
        #expect(policy.died(at: at(10_000)) == .after(nanoseconds: 500_000_000))
    }
}

@Suite("Role start")
struct RoleStartTests {
    @Test(
        "What the supervisor writes the role reads",
        arguments: [Role.controller, .worker(slot: 7), .database(service: 2, name: "web")])
    func roundTrip(role: Role) {
        let start = RoleStart(role: role, generation: 9, supervisor: 4_711)
        #expect(RoleStart(text: start.text) == start)
    }

    @Test(
        "A damaged text is no role",
        arguments: ["", "worker", "worker 1 2", "worker 1 2 x", "janitor 1 2", "database 1 2 3"])
    func damaged(text: String) {
        #expect(RoleStart(text: text) == nil)
    }

    @Test("The title is what ps shows")
    func titles() {
        #expect("\(Role.worker(slot: 0))" == "worker 0")
        #expect("\(Role.database(service: 0, name: "web"))" == "database web")
    }
}
