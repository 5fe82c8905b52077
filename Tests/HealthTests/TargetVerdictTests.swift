import Testing

@testable import Health

@Suite struct TargetVerdictTests {
    @Test("A target is healthy from its rise-th pass in a row on, not before")
    func rise() {
        var verdict = TargetVerdict(rise: 3, fall: 2)
        for _ in 0..<2 { verdict.passed() }
        #expect(verdict.state == .unknown)
        verdict.passed()
        #expect(verdict.state == .healthy)
    }

    @Test("A target is unhealthy from its fall-th failure in a row on, not before")
    func fall() {
        var verdict = TargetVerdict(rise: 1, fall: 3, state: .healthy)
        for _ in 0..<2 { verdict.failed() }
        #expect(verdict.state == .healthy)
        verdict.failed()
        #expect(verdict.state == .unhealthy)
    }

    @Test("One probe that says otherwise starts the count again")
    func streaks() {
        var verdict = TargetVerdict(rise: 2, fall: 2, state: .unhealthy)
        for _ in 0..<10 {
            verdict.passed()
            verdict.failed()
        }
        #expect(verdict.state == .unhealthy)
        var healthy = TargetVerdict(rise: 2, fall: 2, state: .healthy)
        for _ in 0..<10 {
            healthy.failed()
            healthy.passed()
        }
        #expect(healthy.state == .healthy)
    }
}
