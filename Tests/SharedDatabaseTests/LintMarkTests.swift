import Control
import Foundation
import Testing

@testable import SharedDatabase

/// Statements that change no table of the application, or that only other builds of SQLite take.
@Suite("Lint: marks and dialect", .timeLimit(.minutes(1)))
struct LintMarkTests {
    private func lint(_ sql: String, on bench: BackupBench) throws -> LintFinding {
        let job = try bench.start(.lint(LintOrder(sql: sql)))
        guard case .linted(let finding) = try job.next() else { throw CancellationError() }
        try job.waitForEnd()
        return finding
    }

    @Test(
        "What the gate would refuse afterwards breaks",
        arguments: [
            ("CREATE TABLE ef_temp_Categories (Id INTEGER)", "left-half-done:ef_temp_categories"),
            ("DROP TABLE __EFMigrationsHistory", "history-lost:__efmigrationshistory"),
            ("DELETE FROM __EFMigrationsHistory", "history-lost:__efmigrationshistory"),
        ])
    func marks(statement: String, id: String) throws {
        let finding = try lint(statement, on: BackupBench())
        #expect(finding.problem == nil)
        let worst = try #require(finding.findings.first)
        #expect(worst.id == id)
        #expect(worst.verdict == .breaks)
        #expect(!worst.remedy.isEmpty)
    }

    @Test("A migration that is taken back in the history, or a mark of before, is no finding")
    func known() throws {
        let bench = try BackupBench()
        try bench.change("CREATE TABLE ef_temp_Old (Id INTEGER)")
        let finding = try lint(
            """
            DELETE FROM __EFMigrationsHistory WHERE MigrationId =
                (SELECT max(MigrationId) FROM __EFMigrationsHistory)
            """, on: bench)
        #expect(finding.problem == nil)
        #expect(finding.findings.isEmpty)
    }

    @Test("A text in double quotes is one, and a VACUUM is tried, as in an application")
    func dialect() throws {
        let finding = try lint(
            #"UPDATE Categories SET Name = "lit"; VACUUM; vacuum main;"#, on: BackupBench())
        #expect(finding.problem == nil)
        #expect(finding.statements == 3)
    }

    @Test(
        "A VACUUM into a file stays forbidden, and the reason is told",
        arguments: [
            "VACUUM INTO '%'", "vacuum \"main\" /* ; */ into '%'", "VACUUM; ATTACH '%' AS a",
        ])
    func elsewhere(statement: String) throws {
        let bench = try BackupBench()
        let other = bench.path + ".copy"
        let problem = try #require(
            try lint(statement.replacing("%", with: other), on: bench).problem)
        #expect(problem.message.hasPrefix("no other file is opened here: too many attached"))
        #expect(!FileManager.default.fileExists(atPath: other))
    }
}
