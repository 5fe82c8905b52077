import Settings
import Testing

@testable import Health

@Suite struct StatedMigrationsTests {
    private let field = Expectation.healthField("migration")

    @Test("A target without an expectation is not asked")
    func notAsked() {
        #expect(StatedMigrations(answer("{}"), expectation: nil) == .notAsked)
    }

    @Test("The field names the latest migration")
    func latest() {
        let stated = StatedMigrations(
            answer(#"{"status":"Healthy","migration":"2024_AddBudget"}"#), expectation: field)
        #expect(stated == .latest("2024_AddBudget"))
        #expect(stated.latest == "2024_AddBudget")
    }

    @Test("A list of migrations comes before the field")
    func known() {
        let stated = StatedMigrations(
            answer(#"{"migration":"b","migrations":["a","b"]}"#), expectation: field)
        #expect(stated == .known(["a", "b"]))
        #expect(stated.latest == "b")
    }

    @Test("A list under the field's own name is the set")
    func ownList() {
        let stated = StatedMigrations(
            answer(#"{"levels":["a"]}"#), expectation: .healthField("levels"))
        #expect(stated == .known(["a"]))
    }

    @Test(
        "What names no migration is nothing, with a reason",
        arguments: [
            "", "[]", "no json", "{}", #"{"migration":7}"#, #"{"migration":""}"#,
            #"{"migration":null}"#, #"{"migrations":[]}"#, #"{"migrations":["a",7]}"#,
        ])
    func nothing(_ body: String) {
        let stated = StatedMigrations(answer(body), expectation: field)
        guard case .nothing(let reason) = stated else {
            Issue.record("\(stated)")
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
            case .known(let list) = StatedMigrations(
                answer("{\"migrations\":[\(most)]}"), expectation: field)
        else {
            Issue.record("the limit does not pass")
            return
        }
        #expect(list.count == StatedMigrations.namesMax)
        #expect(
            StatedMigrations(answer("{\"migrations\":[\(tooMany)]}"), expectation: field).latest
                == nil)
    }

    @Test("A header is found whatever its case")
    func header() {
        let answer = ProbeAnswer(
            .answered(
                status: 204, fields: [.init(name: "x-migration", value: "2024_A")], body: []),
            nanoseconds: 0)
        #expect(
            StatedMigrations(answer, expectation: .header("X-Migration")) == .latest("2024_A"))
        #expect(StatedMigrations(answer, expectation: .header("X-Other")).latest == nil)
    }

    @Test("An unhealthy answer states nothing")
    func unhealthy() {
        let answer = ProbeAnswer(
            .answered(status: 503, fields: [], body: Array(#"{"migration":"a"}"#.utf8)),
            nanoseconds: 0)
        #expect(StatedMigrations(answer, expectation: field).latest == nil)
        #expect(
            StatedMigrations(
                ProbeAnswer(.failed(.timedOut), nanoseconds: 0), expectation: field
            ).latest == nil)
    }

    private func answer(_ body: String) -> ProbeAnswer {
        ProbeAnswer(
            .answered(status: 200, fields: [], body: Array(body.utf8)), nanoseconds: 1_000_000)
    }
}
