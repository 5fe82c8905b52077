import Testing

@testable import SharedDatabase

@Suite("What the gate decides, from facts alone")
struct GateJudgeTests {
    static let one = "20240101000000_Initial"
    static let two = "20240202000000_AddNotes"
    static let three = "20240303000000_AddBudget"

    private func verdict(
        applied: [String], _ stated: MigrationStatement, tables: Int = 3, tool: String? = "efcore",
        dirty: [DirtyMarker] = [], found: [String]? = nil,
        _ change: (inout GateRequest) -> Void = { _ in }
    ) -> GateJudgement {
        let facts = DatabaseFacts(
            tool: tool, found: found ?? tool.map { [$0] } ?? [], applied: applied,
            appliedCount: applied.count, dirty: dirty,
            fingerprint: "", tableCount: tables, schemaVersion: 1, sqliteVersion: "3.51.3",
            journalMode: "wal", pageBytes: 4096, pageCount: 1, freePageCount: 0)
        var request = GateRequest(stated: stated)
        change(&request)
        return GateJudge.judge(facts, request, path: "/data/app.db")
    }

    @Test("The same migrations on both sides match, in any letter case and any order")
    func match() {
        let answer = verdict(
            applied: [Self.one, Self.two], .known(ids: [Self.two.uppercased(), Self.one]))
        #expect(answer.verdict == .match)
        #expect(answer.verdict.passes(isFirstDeploy: false))
    }

    @Test("What a target states twice is counted once")
    func twice() {
        let answer = verdict(applied: [Self.one], .known(ids: [Self.one, Self.one.uppercased()]))
        #expect(answer.verdict == .match)
        #expect(answer.expected.hasPrefix("exactly the 1 migration that"), "\(answer.expected)")
    }

    @Test("A newer migration that is not applied means that the target would still migrate")
    func behind() {
        let answer = verdict(applied: [Self.one], .known(ids: [Self.one, Self.two]))
        #expect(answer.verdict == .databaseBehind)
        #expect(answer.expected.contains(Self.two))
        #expect(!answer.verdict.passes(isFirstDeploy: true))
    }

    @Test("An older migration that is not applied is out of order, although the latest agrees")
    func outOfOrder() {
        let answer = verdict(
            applied: [Self.one, Self.three], .known(ids: [Self.one, Self.two, Self.three]))
        #expect(answer.verdict == .outOfOrder)
        #expect(answer.saw.contains(Self.two))
    }

    @Test("A database that is newer than the target refuses until certificates come")
    func ahead() {
        let answer = verdict(applied: [Self.one, Self.two], .known(ids: [Self.one]))
        #expect(answer.verdict == .databaseAhead)
        #expect(!answer.verdict.passes(isFirstDeploy: true))
        #expect(answer.hint.contains("--override migrations"))
    }

    @Test("Migrations that each side has alone are another branch")
    func diverged() {
        #expect(
            verdict(applied: [Self.one, Self.two], .known(ids: [Self.one, Self.three])).verdict
                == .diverged)
        #expect(
            verdict(
                applied: [Self.one, Self.two, Self.three], .known(ids: [Self.one, Self.three])
            )
            .verdict == .diverged)
    }

    @Test("With only the latest stated, only the latest is compared")
    func latest() {
        let applied = [Self.one, Self.two]
        #expect(verdict(applied: applied, .latest(id: Self.two)).verdict == .match)
        #expect(verdict(applied: applied, .latest(id: Self.one)).verdict == .databaseAhead)
        #expect(verdict(applied: applied, .latest(id: Self.three)).verdict == .databaseBehind)
        #expect(verdict(applied: applied, .latest(id: "20240115000000_X")).verdict == .diverged)
    }

    @Test("A target that is not asked matches any clean database, one that says nothing none")
    func asked() {
        #expect(verdict(applied: [Self.one], .notAsked).verdict == .match)
        let silent = verdict(applied: [Self.one], .nothing(reason: "no field `migration`"))
        #expect(silent.verdict == .unstated)
        #expect(silent.saw.contains("no field `migration`"))
        #expect(verdict(applied: [Self.one], .known(ids: [])).verdict == .unstated)
    }

    @Test("What a target has still to apply counts beside a whole list too, unless it is applied")
    func pending() {
        let stated = MigrationStatement.known(ids: [Self.one])
        let answer = verdict(applied: [Self.one], stated) { $0.pending = [Self.two] }
        #expect(answer.verdict == .databaseBehind)
        #expect(answer.expected.contains(Self.two), "\(answer.expected)")
        let latest = verdict(applied: [Self.one], .latest(id: Self.one)) {
            $0.pending = [Self.two]
        }
        #expect(latest.verdict == .databaseBehind)
        // In the list, or in the database, it is no second one.
        let listed = verdict(applied: [Self.one], .known(ids: [Self.one, Self.two])) {
            $0.pending = [Self.two.uppercased()]
        }
        #expect(listed.verdict == .databaseBehind)
        let applied = verdict(applied: [Self.one], stated) { $0.pending = [Self.one] }
        #expect(applied.verdict == .match)
        let late = verdict(applied: [Self.one, Self.three], .known(ids: [Self.one, Self.three])) {
            $0.pending = [Self.two]
        }
        #expect(late.verdict == .outOfOrder)
    }

    @Test(
        "Where nothing is stated, what is expected and what helps are of the place that is asked",
        arguments: [
            (StatementSource.healthField("migration"), "`migration` or", "answer be JSON"),
            (.header("X-Migration"), "header `X-Migration`", "carry `X-Migration: \(one)`"),
            (.file("/srv/green"), "in /srv/green", "have /srv/green hold"),
            (.command("/bin/ask"), "output of /bin/ask", "have /bin/ask print"),
        ])
    func sources(source: StatementSource, expected: String, hint: String) {
        let answer = verdict(applied: [Self.one], .nothing(reason: "it is empty")) {
            $0.source = source
        }
        #expect(answer.verdict == .unstated)
        #expect(answer.expected.contains(expected), "\(answer.expected)")
        #expect(answer.hint.contains(hint), "\(answer.hint)")
    }

    @Test("A left-over lock row says which and how old, and wins over everything else")
    func lockRow() {
        let answer = verdict(
            applied: [Self.one], .known(ids: [Self.one]),
            dirty: [DirtyMarker(.lockRow, name: "__EFMigrationsLock", ageSeconds: 700)])
        #expect(answer.verdict == .dirty)
        #expect(
            answer.saw
                == "a row in __EFMigrationsLock, set 700 s ago; no process holds the write lock now"
        )
        #expect(answer.hint.contains("bascule db unlock"))
    }

    @Test(
        "What each tool does on a newer database stands in the verdict",
        arguments: [
            ("efcore", "starts on a newer database: it ignores"),
            ("flyway", "starts on a newer database: it warns"),
            ("golang-migrate", "does not start on a newer database: it stops"),
            ("knex", "stops with \"The migration directory is corrupt\""),
            ("sqlx", "stops with VersionMissing"),
            ("grdb", "unless it asks hasBeenSuperseded"),
        ])
    func newer(tool: String, words: String) {
        let answer = verdict(applied: ["1", "2"], .known(ids: ["1"]), tool: tool)
        #expect(answer.verdict == .databaseAhead, "\(answer)")
        #expect(answer.hint.contains("an application with \(tool) "))
        #expect(answer.hint.contains(words), "\(answer.hint)")
    }

    @Test("Tables without a history are unmanaged, with an empty history unbaselined")
    func withoutHistory() {
        #expect(verdict(applied: [], .notAsked, tool: nil).verdict == .unmanaged)
        #expect(verdict(applied: [], .notAsked).verdict == .unbaselined)
    }

    @Test("A database without tables is fresh, and passes for the first deploy only")
    func fresh() {
        for tool in [nil, "efcore"] {
            let answer = verdict(applied: [], .known(ids: [Self.one]), tables: 0, tool: tool)
            #expect(answer.verdict == .fresh)
            #expect(answer.verdict.passes(isFirstDeploy: true))
            #expect(!answer.verdict.passes(isFirstDeploy: false))
        }
    }

    @Test("Histories of two tools are ambiguous until the configuration names one")
    func ambiguous() {
        let found = ["efcore", "flyway"]
        let answer = verdict(applied: [], .notAsked, tool: nil, found: found)
        #expect(answer.verdict == .ambiguous)
        #expect(answer.saw.contains("__EFMigrationsHistory, flyway_schema_history"))
        let named = verdict(applied: [Self.one], .known(ids: [Self.one]), found: found) {
            $0.tool = "efcore"
        }
        #expect(named.verdict == .match)
    }

    @Test("A tool that is named and has no history is unmanaged, and its baseline is the hint")
    func named() {
        let answer = verdict(applied: [], .notAsked, tool: nil, found: ["efcore"]) {
            $0.tool = "flyway"
        }
        #expect(answer.verdict == .unmanaged)
        #expect(answer.saw.contains("a history of efcore alone"))
        #expect(answer.expected.contains("flyway_schema_history"))
        #expect(answer.hint.contains("flyway baseline"))
    }

    @Test("A target that says it is migrating is dirty; one that has pending ones is behind")
    func ownWord() {
        let migrating = verdict(applied: [Self.one], .latest(id: Self.one)) {
            $0.isMigrating = true
        }
        #expect(migrating.verdict == .dirty)
        #expect(migrating.saw.hasPrefix("the target says that it is migrating"))
        let pending = verdict(applied: [Self.one], .latest(id: Self.one)) {
            $0.pending = [Self.two]
        }
        #expect(pending.verdict == .databaseBehind)
        // What it said at its start counts no longer once it is applied.
        let applied = verdict(applied: [Self.one, Self.two], .latest(id: Self.two)) {
            $0.pending = [Self.two]
        }
        #expect(applied.verdict == .match)
    }

    @Test("Only match passes of the verdicts that a whole database gives after the first deploy")
    func passing() {
        for verdict in GateVerdict.allCases {
            #expect(verdict.passes(isFirstDeploy: false) == (verdict == .match))
        }
    }

    @Test("Another fingerprint than was recorded for the same migrations is drift")
    func drift() {
        let answer = GateAnswer(verdict(applied: [Self.one], .notAsked)).drift(recorded: "0123")
        #expect(answer.verdict == .drift)
        #expect(answer.expected.contains("0123"))
        #expect(!answer.verdict.passes(isFirstDeploy: true))
    }

    @Test("Of five names all are shown, of six the sixth is counted")
    func names() {
        let names = (1...6).map { "m\($0)" }
        #expect(GateWords.list(Array(names.prefix(5))) == "m1, m2, m3, m4, m5")
        #expect(GateWords.list(names) == "m1, m2, m3, m4, m5 and 1 more")
    }

    @Test("A quote in the path stays inside the command of the hint")
    func quotedPath() {
        let facts = DatabaseFacts(
            tool: "efcore", applied: [], appliedCount: 0,
            dirty: [DirtyMarker(.rebuildTable, name: "ef_temp_Notes")], fingerprint: "",
            tableCount: 0, schemaVersion: 0, sqliteVersion: "", journalMode: "", pageBytes: 0,
            pageCount: 0, freePageCount: 0)
        let answer = GateJudge.judge(
            facts, GateRequest(stated: .notAsked), path: "/d/o'clock.db")
        #expect(answer.hint.contains(#"'/d/o'\''clock.db'"#))
    }
}
