import Settings
import Testing

import enum Settings.Expectation

@testable import Health

@Suite struct StatedMigrationsTests {
    private let field = Expectation.healthField("migration")

    @Test("A target without an expectation is not asked")
    func notAsked() {
        #expect(stated("{}", nil) == .notAsked)
    }

    @Test("The field names the latest migration")
    func latest() {
        let stated = stated(#"{"status":"Healthy","migration":"2024_AddBudget"}"#, field)
        #expect(stated == .latest("2024_AddBudget"))
        #expect(stated.latest == "2024_AddBudget")
    }

    @Test("A list of migrations comes before the field")
    func known() {
        let stated = stated(#"{"migration":"b","migrations":["a","b"]}"#, field)
        #expect(stated == .known(["a", "b"]))
        #expect(stated.latest == "b")
    }

    @Test("A list under the field's own name is the set")
    func ownList() {
        let stated = stated(#"{"levels":["a"]}"#, .healthField("levels"))
        #expect(stated == .known(["a"]))
    }

    @Test(
        "What names no migration is nothing, with a reason",
        arguments: [
            "", "[]", "no json", "{}", "{", #"{"migration":7.5}"#, #"{"migration":""}"#,
            #"{"migration":true}"#, #"{"migration":null}"#, #"{"migrations":[]}"#,
            #"{"migrations":["a",null]}"#, #"{"migrations":["a",""]}"#,
        ])
    func nothing(_ body: String) {
        guard case .nothing(let reason) = stated(body, field) else {
            Issue.record("something is stated by \(body)")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test("A list of exactly the limit passes, one more does not")
    func namesMax() {
        let names = (0...StatedMigrations.namesMax).map { "\"\($0)\"" }
        let most = names.dropLast().joined(separator: ",")
        let tooMany = names.joined(separator: ",")
        guard
            case .known(let list) = stated("{\"migrations\":[\(most)]}", field)
        else {
            Issue.record("the limit does not pass")
            return
        }
        #expect(list.count == StatedMigrations.namesMax)
        #expect(stated("{\"migrations\":[\(tooMany)]}", field).latest == nil)
    }

    @Test("A header is found whatever its case")
    func header() {
        let answer = ProbeAnswer(
            .answered(
                status: 204, fields: [.init(name: "x-migration", value: "2024_A")], body: []),
            nanoseconds: 0)
        #expect(stated(answer, .header("X-Migration")) == .latest("2024_A"))
        #expect(stated(answer, .header("X-Other")).latest == nil)
    }

    @Test("An unhealthy answer states nothing")
    func unhealthy() {
        let answer = ProbeAnswer(
            .answered(status: 503, fields: [], body: Array(#"{"migration":"a"}"#.utf8)),
            nanoseconds: 0)
        #expect(stated(answer, field).latest == nil)
        #expect(stated(ProbeAnswer(.failed(.timedOut), nanoseconds: 0), field).latest == nil)
    }

    private func stated(_ body: String, _ expectation: Expectation?) -> StatedMigrations {
        stated(
            ProbeAnswer(
                .answered(status: 200, fields: [], body: Array(body.utf8)), nanoseconds: 1_000_000),
            expectation)
    }

    private func stated(_ answer: ProbeAnswer, _ expectation: Expectation?)
        -> StatedMigrations
    {
        TargetStatement(answer, expectation: expectation).migrations
    }
}
