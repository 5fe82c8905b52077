import Control
import Foundation
import Kernel
import Testing

@testable import SharedDatabase

/// A new version that is started once against a clone; here a script that migrates it.
@Suite("Rehearsal", .timeLimit(.minutes(2)))
struct RehearsalTests {
    private static let order = """
        db.executescript('''CREATE TABLE Orders (Id INTEGER PRIMARY KEY, Name TEXT NOT NULL,
            Amount INTEGER NOT NULL, Note TEXT DEFAULT 'none', State TEXT NOT NULL);
        INSERT INTO Orders (Name, Amount, State) VALUES ('a', 1, 'new'), ('b', 2, 'new'),
            ('c', 2, 'old')''')

        """

    /// Statements that a new version runs, and how it ends.
    private func start(
        _ bench: BackupBench, _ sql: String, end: String = "", milliseconds: Int = 20_000
    ) throws -> JobBench {
        let script = """
            import os, sqlite3, sys, time
            assert os.environ['BASCULE_REHEARSAL'] == '1'
            db = sqlite3.connect(os.environ['BASCULE_DATABASE'], isolation_level=None)
            assert db.execute('PRAGMA journal_mode').fetchone()[0] == 'wal'
            db.executescript('''\(sql)''')
            \(end)
            """
        let order = RehearsalOrder(service: "web", milliseconds: milliseconds, tool: nil)
        return try bench.start(.rehearse(order), rehearse: ["python3", "-c", script])
    }

    private func finding(_ bench: BackupBench, _ sql: String, end: String = "") throws
        -> RehearsalFinding
    {
        let notice = try start(bench, sql, end: end).next()
        guard case .rehearsed(let finding) = notice else {
            Issue.record("no finding: \(notice)")
            throw CancellationError()
        }
        return finding
    }

    private func scratchIsGone(_ bench: BackupBench) throws -> Bool {
        try !bench.names.contains { $0.contains("rehearsal") }
    }

    @Test("An addition is safe; what was applied is known; the live database is untouched")
    func safe() throws {
        let bench = try BackupBench(extra: Self.order)
        let before = try bench.value("SELECT group_concat(sql) FROM sqlite_schema")
        let finding = try finding(
            bench,
            """
            CREATE TABLE Budgets (Id INTEGER PRIMARY KEY);
            INSERT INTO __EFMigrationsHistory VALUES ("20250101000000_Budgets", "9.0.0");
            """)
        #expect(finding.findings.map(\.id) == ["table-added:budgets"])
        #expect(finding.findings.verdict == .safe)
        #expect(finding.before.applied == GateTests.ids)
        #expect(finding.after.applied == GateTests.ids + ["20250101000000_Budgets"])
        #expect(finding.tablesTried == 2)
        #expect(finding.rowsTried == 23)
        #expect(try bench.value("SELECT group_concat(sql) FROM sqlite_schema") == before)
        #expect(try scratchIsGone(bench))
    }

    @Test(
        "What only a statement of older code shows is found",
        arguments: [
            (
                "CREATE TRIGGER T BEFORE INSERT ON Orders BEGIN SELECT RAISE(ABORT, \"ice\"); END;",
                "old-insert-fails:orders", "ice"
            ),
            (
                "CREATE TRIGGER T BEFORE UPDATE ON Orders BEGIN SELECT RAISE(ABORT, \"ice\"); END;",
                "old-update-fails:orders", "ice"
            ),
            (
                "CREATE TRIGGER T BEFORE DELETE ON Orders BEGIN SELECT RAISE(ABORT, \"own\"); END;",
                "old-delete-fails:orders", "own"
            ),
            (
                "ALTER TABLE Orders RENAME COLUMN Note TO Remark;", "old-read-fails:orders",
                "no such column"
            ),
        ])
    func statements(sql: String, id: String, message: String) throws {
        let bench = try BackupBench(extra: Self.order)
        let finding = try finding(bench, sql)
        let found = try #require(finding.findings.first { $0.id == id }, "\(finding.findings)")
        #expect(found.verdict == .breaks)
        #expect(found.sentence.contains(message))
    }

    @Test("What older code could not do before either is not the migration's doing")
    func alarms() throws {
        let trigger = """
            db.execute('CREATE TRIGGER T BEFORE DELETE ON Orders BEGIN SELECT RAISE(ABORT, "kept"); END')

            """
        let bench = try BackupBench(extra: Self.order + trigger)
        #expect(
            try finding(bench, "CREATE TABLE More (Id);").findings.map(\.id) == [
                "table-added:more"
            ])
    }

    @Test("Rows that read otherwise are counted, although the schema is the same")
    func data() throws {
        let bench = try BackupBench(extra: Self.order)
        let finding = try finding(bench, "UPDATE Orders SET State = \"NEW\" WHERE State = \"new\";")
        #expect(finding.findings.map(\.id) == ["rows-changed:orders"])
        #expect(finding.findings.verdict == .warn)
        #expect(finding.findings.first?.sentence.hasPrefix("2 of 3 rows of Orders") == true)
        #expect(finding.before.fingerprint == finding.after.fingerprint)
    }

    @Test("A program that fails is refused with what it printed")
    func failing() throws {
        let bench = try BackupBench()
        let failure = try start(bench, "", end: "sys.exit('no such plan')").failure()
        #expect(failure.kind == .refused)
        #expect(failure.message.contains("exit code 1"))
        #expect(failure.hint.contains("no such plan"))
        #expect(try scratchIsGone(bench))
    }

    @Test("One that does not end is killed with everything that it started")
    func hanging() throws {
        let bench = try BackupBench()
        let mark = bench.scratch.folder.path + "/child"
        let end = """
            child = os.fork()
            if child: open('\(mark)', 'w').write(str(child))
            time.sleep(1000)
            """
        let job = try start(bench, "", end: end, milliseconds: 5_000)
        #expect(try job.failure().message.contains("did not end within 5000 ms"))
        let child = try #require(
            Int32(try String(contentsOfFile: mark, encoding: .utf8)))
        let limit = Instant.now.advanced(byNanoseconds: 5_000_000_000)
        // Whoever takes orphans in takes its status, too.
        func isRunning() -> Bool {
            let status = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
            return status.map { !$0.contains(") Z ") } ?? false
        }
        while isRunning(), Instant.now < limit { ThisProcess.pause(milliseconds: 5) }
        #expect(!isRunning())
        #expect(try scratchIsGone(bench))
    }

    @Test("A controller that leaves ends it at once")
    func left() throws {
        let bench = try BackupBench()
        let mark = bench.scratch.folder.path + "/mark"
        let job = try start(bench, "", end: "open('\(mark)', 'w'); time.sleep(1000)")
        let limit = Instant.now.advanced(byNanoseconds: 10_000_000_000)
        while Files.kind(mark) == nil, Instant.now < limit { ThisProcess.pause(milliseconds: 5) }
        job.hangUp()
        try job.waitForEnd()
        #expect(try scratchIsGone(bench))
    }

    @Test("A rebuild that was left half done is refused")
    func halfDone() throws {
        let bench = try BackupBench()
        let failure = try start(bench, "CREATE TABLE ef_temp_Categories (Id INTEGER);").failure()
        #expect(failure.message.contains("half done: ef_temp_Categories"), "\(failure)")
    }

    @Test("Without a program there is no rehearsal")
    func unconfigured() throws {
        let bench = try BackupBench()
        let order = RehearsalOrder(service: "web", milliseconds: 1_000, tool: nil)
        let failure = try bench.start(.rehearse(order)).failure()
        #expect(failure.message == "no rehearsal is configured")
    }
}
