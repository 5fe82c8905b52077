import Switchover
import Testing

@Suite struct WatchJudgeTests {
    private func judge(before failures: Int = 0, of answers: Int = 1_000) -> WatchJudge {
        WatchJudge(
            before: AnswerCount(answers: answers, failures: failures), maxErrorRate: 0.01)
    }

    @Test("Nineteen failures say nothing, twenty do")
    func fewAnswers() {
        let judge = judge()
        #expect(judge.verdict(AnswerCount(answers: 19, failures: 19), isHealthy: true) == .quiet)
        #expect(judge.verdict(AnswerCount(answers: 20, failures: 20), isHealthy: true) == .failing)
    }

    @Test("A share may exceed the old color's by the rate, and not by more")
    func rate() {
        let judge = judge()
        #expect(judge.verdict(AnswerCount(answers: 100, failures: 1), isHealthy: true) == .quiet)
        #expect(judge.verdict(AnswerCount(answers: 100, failures: 2), isHealthy: true) == .failing)
    }

    @Test("By exactly the rate passes, whatever the share before: 6 % and 1 % are 7 %")
    func exactly() {
        for failures in 0..<99 {
            let judge = judge(before: failures, of: 100)
            let at = AnswerCount(answers: 100, failures: failures + 1)
            #expect(judge.verdict(at, isHealthy: true) == .quiet, "\(failures) %")
            let past = AnswerCount(answers: 100_000, failures: 1_000 * (failures + 1) + 1)
            #expect(judge.verdict(past, isHealthy: true) == .failing, "\(failures) %")
        }
    }

    @Test("A color that always failed a little is compared with that")
    func oldShare() {
        let judge = judge(before: 100)
        #expect(judge.verdict(AnswerCount(answers: 100, failures: 11), isHealthy: true) == .quiet)
        #expect(judge.verdict(AnswerCount(answers: 100, failures: 12), isHealthy: true) == .failing)
    }

    @Test("Without answers before, any failures beyond the rate count")
    func nothingBefore() {
        let judge = judge(before: 0, of: 0)
        #expect(judge.verdict(AnswerCount(answers: 20, failures: 0), isHealthy: true) == .quiet)
        #expect(judge.verdict(AnswerCount(answers: 20, failures: 1), isHealthy: true) == .failing)
    }

    @Test("Health that is gone needs no answers")
    func health() {
        #expect(
            judge().verdict(AnswerCount(answers: 0, failures: 0), isHealthy: false) == .unhealthy)
    }
}
