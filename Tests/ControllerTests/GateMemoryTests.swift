import Board
import Control
import Testing

@testable import Controller
@testable import SharedDatabase

@Suite("What is remembered of earlier schemas, in the gate's answers")
struct GateMemoryTests {
    /// Remembers one set of migrations, and what older code survives.
    private struct Memory: GateMemory {
        var applied = ["1_A", "2_B"]
        var fingerprint = "aaaa"
        var survives = SchemaSurvival.refused(reason: "nothing is known of it")

        func fingerprint(of applied: [String]) async -> String? {
            applied == self.applied ? fingerprint : nil
        }

        func survival(of color: Color, on facts: DatabaseFacts) async -> SchemaSurvival { survives }
    }

    private func answer(_ verdict: GateVerdict, tool: String = "efcore") -> GateAnswer {
        GateAnswer(
            GateJudgement(verdict, saw: "this", expected: "that", hint: "do"),
            database: DatabaseFacts(
                tool: tool, applied: ["1_A", "2_B"], appliedCount: 2, dirty: [],
                fingerprint: "bbbb", tableCount: 1, schemaVersion: 1, sqliteVersion: "",
                journalMode: "wal", pageBytes: 4_096, pageCount: 1, freePageCount: 0))
    }

    @Test("The same migrations on another schema than was recorded are drift")
    func drift() async {
        let drifted = await answer(.match).remembering(Memory())
        #expect(drifted.verdict == .drift)
        #expect(drifted.saw.contains("bbbb"))
        #expect(drifted.expected.contains("aaaa"))
        #expect(await answer(.match).remembering(Memory(fingerprint: "bbbb")).verdict == .match)
        #expect(await answer(.match).remembering(Memory(applied: ["1_A"])).verdict == .match)
        #expect(await answer(.match).remembering(nil).verdict == .match)
        // What refuses already keeps its own word.
        #expect(await answer(.dirty).remembering(Memory()).verdict == .dirty)
    }

    @Test("A newer database passes with a certificate, where its tool starts on one")
    func ahead() {
        let gate = answer(.databaseAhead)
        let passed = Check.ahead(gate, .certified(reason: "every change is safe"))
        #expect(passed.state == .passed)
        #expect(passed.saw == "this; every change is safe")
        #expect(passed.hint == nil)
        #expect(Check.ahead(gate, .refused(reason: "a column went")).state == .refused)
        let alembic = answer(.databaseAhead, tool: "alembic")
        let refused = Check.ahead(alembic, .certified(reason: "every change is safe"))
        #expect(refused.state == .refused)
        #expect(refused.saw?.contains("alembic") == true)
        // The same schema is always compatible, whatever the versions say.
        #expect(Check.ahead(alembic, .sameSchema).state == .passed)
    }
}
