import HTTP2
import Testing

@Suite("What frames may cost")
struct FrameBudgetTests {
    @Test("All points may be spent at once, and one more is too much")
    func bound() {
        var budget = FrameBudget()
        let all = budget.spend(FrameBudget.pointsMax, now: 1)
        let more = budget.spend(1, now: 1)
        #expect(all)
        #expect(!more)
    }

    @Test("A second gives back so many points, and never more than there were")
    func refill() {
        var budget = FrameBudget()
        _ = budget.spend(FrameBudget.pointsMax, now: 1)
        _ = budget.spend(0, now: 1_000_000_001)
        let afterSecond = budget.points
        #expect(afterSecond == FrameBudget.pointsPerSecond)
        _ = budget.spend(0, now: 3_600_000_000_000)
        let afterHour = budget.points
        #expect(afterHour == FrameBudget.pointsMax)
    }
}
