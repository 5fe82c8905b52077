import Kernel
import Testing

/// Requests that want to be read in two ways, through the executable to a strict app.
@Suite("Bad requests", .serialized, .timeLimit(.minutes(2)))
struct BadRequestTests {
    @Test("Every request of the project's table comes out as it says")
    func ownTable() throws {
        let cases = try OwnTable.load()
        #expect(cases.count > 300)
        try check(cases)
    }

    @Test(
        "Every request of a table from elsewhere comes out as it says",
        .enabled(if: SharedTable.path != nil, "BASCULE_CASES names no table"))
    func sharedTable() throws {
        let cases = try SharedTable.load()
        #expect(!cases.isEmpty)
        try check(cases)
    }

    private func check(_ cases: [RequestCase]) throws {
        let runner = try CaseRunner(cases)
        let workers = try ["worker 0", "worker 1"].map(runner.bascule.pid)
        let verdicts = try runner.run()
        for verdict in verdicts {
            if let problem = verdict.problem { Issue.record("\(verdict.id): \(problem)") }
        }
        for violation in runner.app.violations { Issue.record("at the app: \(violation)") }
        report(verdicts)
        // Nobody died of it, nobody keeps it in memory, and the next client is served.
        #expect(try ["worker 0", "worker 1"].map(runner.bascule.pid) == workers)
        for worker in workers {
            #expect(ProcessFacts.residentBytes(of: worker) < 64 * 1024 * 1024)
        }
        #expect(try runner.bascule.get("/next").status == 200)
    }

    /// The table of Tests/README.md.
    private func report(_ verdicts: [CaseRunner.Verdict]) {
        let kinds = Dictionary(grouping: verdicts, by: \.kind).sorted { $0.key < $1.key }
        for (kind, verdicts) in kinds {
            print("| \(kind) | \(verdicts.count) | \(verdicts.count { $0.problem == nil }) |")
        }
        print("| all | \(verdicts.count) | \(verdicts.count { $0.problem == nil }) |")
    }
}
