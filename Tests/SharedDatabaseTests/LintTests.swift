import Control
import Foundation
import Testing

@testable import SharedDatabase

/// What statements do to a copy of a database that another process made.
@Suite("Lint", .timeLimit(.minutes(1)))
struct LintTests {
    private func lint(_ sql: String, on bench: BackupBench, milliseconds: Int = 20_000) throws
        -> LintFinding
    {
        let job = try bench.start(.lint(LintOrder(sql: sql, milliseconds: milliseconds)))
        let notice = try job.next()
        guard case .linted(let finding) = notice else {
            Issue.record("no finding: \(notice)")
            throw CancellationError()
        }
        try job.waitForEnd()
        return finding
    }

    @Test("A table that is dropped breaks, one that is added is safe, and the live one keeps both")
    func verdicts() throws {
        let bench = try BackupBench()
        let before = try bench.value("SELECT group_concat(sql) FROM sqlite_schema")
        let finding = try lint(
            """
            -- A migration in two parts.
            BEGIN;
            CREATE TABLE Budgets (Id INTEGER PRIMARY KEY, Amount INTEGER NOT NULL);
            DROP TABLE Categories; /* gone */
            COMMIT;

            """, on: bench)
        #expect(finding.problem == nil)
        #expect(finding.statements == 4)
        #expect(finding.copy == .rows)
        #expect(
            finding.findings.map(\.id) == ["table-dropped:categories", "table-added:budgets"])
        #expect(finding.findings.verdict == .breaks)
        #expect(try bench.value("SELECT group_concat(sql) FROM sqlite_schema") == before)
    }

    @Test("A statement that only fails on the rows that are there fails")
    func rows() throws {
        let bench = try BackupBench()
        try bench.change("INSERT INTO Categories (Name) VALUES ('twice'), ('twice')")
        let finding = try lint(
            "SELECT 1;\n  CREATE UNIQUE INDEX Names ON Categories (Name);\n", on: bench)
        let problem = try #require(finding.problem)
        #expect(problem.line == 2)
        #expect(problem.column == 3)
        #expect(problem.message.contains("UNIQUE"))
        #expect(problem.statement == "CREATE UNIQUE INDEX Names ON Categories (Name);")
        #expect(finding.findings.isEmpty)
    }

    @Test("A word that is wrong is named by line, column and octet")
    func place() throws {
        let bench = try BackupBench()
        let sql = "-- one\nCREATE TABLE A (Id);\nALTER TABEL A ADD B;\n"
        let problem = try #require(try lint(sql, on: bench).problem)
        #expect(problem.line == 3)
        #expect(problem.column == 7)
        #expect(problem.offset == 34)
        #expect(problem.message.contains("TABEL"))
    }

    @Test(
        "Pages of another size are told where a VACUUM would make them",
        arguments: [
            ("DELETE", "PRAGMA page_size = 8192; VACUUM;", true),
            ("DELETE", "pragma main.page_size(8192); vacuum main", true),
            ("DELETE", "PRAGMA page_size = 4096; VACUUM;", false),
            ("DELETE", "PRAGMA page_size = 8192;", false),
            ("DELETE", "PRAGMA page_size = 8000; VACUUM;", false),
            ("WAL", "PRAGMA page_size = 8192; VACUUM;", false),
            (
                "WAL",
                "PRAGMA journal_mode = 'delete'; PRAGMA page_size = 8192; VACUUM;"
                    + "PRAGMA journal_mode = WAL", true
            ),
        ])
    func pageSize(mode: String, sql: String, changes: Bool) throws {
        let bench = try BackupBench(mode: mode)
        let finding = try lint(sql, on: bench)
        #expect(finding.problem == nil)
        #expect(finding.findings.map(\.id) == (changes ? ["page-size-changed"] : []))
        #expect(finding.findings.verdict == (changes ? .warn : .safe))
        // As SQLite has it.
        try bench.change(sql.split(separator: ";").map { "\($0) ''')\ndb.execute('''" }.joined())
        #expect(try bench.value("PRAGMA page_size") == (changes ? "8192" : "4096"))
    }

    @Test(
        "A statement is named to its own end",
        arguments: [
            "INSERT INTO Gone VALUES ('a;b', \"c;\", [d;], `e;`);", "DROP TABLE Gone /* ; */;",
            "DROP TABLE -- ;\n Gone;", "DROP TABLE Gone", "INSERT INTO Gone VALUES ('it''s;');",
        ])
    func statement(sql: String) throws {
        let bench = try BackupBench()
        let rest = sql.hasSuffix(";") ? " SELECT 2; SELECT 3;\n" : ""
        let problem = try #require(try lint("SELECT 1; " + sql + rest, on: bench).problem)
        #expect(problem.statement == sql.replacing("\n", with: ""))
    }

    @Test(
        "No statement reaches another file",
        arguments: ["ATTACH DATABASE '%' AS live", "VACUUM INTO '%.copy'"])
    func otherFiles(statement: String) throws {
        let bench = try BackupBench()
        let sql = statement.replacing("%", with: bench.path) + "; DROP TABLE live.Categories;"
        let problem = try #require(try lint(sql, on: bench).problem)
        #expect(problem.line == 1)
        #expect(problem.message.contains("too many attached databases"))
        #expect(try bench.value("SELECT count(*) FROM Categories") == "2000")
        #expect(!FileManager.default.fileExists(atPath: bench.path + ".copy"))
    }

    @Test("A file that ends inside a transaction changes nothing, and is told so")
    func openTransaction() throws {
        let bench = try BackupBench()
        let problem = try #require(try lint("BEGIN; DROP TABLE Categories;", on: bench).problem)
        #expect(problem.message.contains("inside a transaction"))
    }

    @Test("A statement without an end is ended")
    func endless() throws {
        let bench = try BackupBench()
        let sql =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            + "SELECT count(*) FROM n;"
        let problem = try #require(try lint(sql, on: bench, milliseconds: 200).problem)
        #expect(problem.message == "it does not end in time")
    }

    @Test("Nothing at all, comments and an empty file change nothing", arguments: ["", " ;;-- x"])
    func nothing(sql: String) throws {
        let finding = try lint(sql, on: BackupBench())
        #expect(finding.problem == nil)
        #expect(finding.statements == 0)
        #expect(finding.findings.isEmpty)
    }

    @Test("A zero octet is no SQL; what stands before it does not hide what stands behind")
    func zero() throws {
        let problem = try #require(
            try lint("SELECT 1;\u{0}DROP TABLE Categories;", on: BackupBench()).problem)
        #expect(problem.offset == 9)
    }

    @Test("A request of more than the channel's buffers holds is taken")
    func large() throws {
        let bench = try BackupBench()
        let row =
            "INSERT INTO Categories (Name) VALUES ('" + String(repeating: "x", count: 1_000)
            + "');\n"
        let finding = try lint(String(repeating: row, count: 1_500), on: bench)
        #expect(finding.problem == nil)
        #expect(finding.statements == 1_500)
    }
}
