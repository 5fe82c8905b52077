import Board
import Control
import Foundation
import Testing

/// `bascule db lint`, as a pipeline runs it.
@Suite("Lint of a migration", .serialized, .timeLimit(.minutes(2)))
struct LintScenarios {
    @Test("safe and warn pass, break and SQL that fails are exit 3, no file is exit 64")
    func exits() throws {
        let stage = try DatabaseStage()
        func lint(_ sql: String, _ more: String...) throws -> Command {
            let file = stage.folder.file("change.sql")
            try Data(sql.utf8).write(to: URL(fileURLWithPath: file))
            return try Command(stage.bascule.start(["db", "lint", file] + more))
        }
        let mark = "\u{feff}"
        let safe = try lint(mark + "CREATE TABLE Budgets (Id INTEGER PRIMARY KEY);")
        #expect(safe.code == 0, "\(safe.output)\(safe.errors)")
        #expect(safe.output.contains("change.sql: safe: 1 change;"))
        let warn = try lint("PRAGMA user_version = 7;", "web")
        #expect(warn.code == 0, "\(warn.output)\(warn.errors)")
        #expect(warn.output.contains("warn user-version-changed"), "\(warn.output)")
        let breaks = try lint(#"ALTER TABLE "Transactions" RENAME TO "T2";"#, "--json")
        #expect(breaks.code == 3)
        let answer = try breaks.answer(LintAnswer.self)
        #expect(!answer.passed)
        #expect(answer.verdict == "break")
        #expect(answer.findings.first?.id == "table-renamed:transactions")
        #expect(answer.findings.first?.color == .blue)
        let wrong = try lint("SELECT 1;\nALTER TABLE Nobody ADD X;")
        #expect(wrong.code == 3)
        #expect(wrong.output.contains("change.sql:2:"), "\(wrong.output)")
        #expect(wrong.output.contains("no such table: Nobody"))
        let none = try stage.bascule.run("db", "lint", stage.folder.file("none.sql"))
        #expect(none.code == 64)
        #expect(none.errors.contains("none.sql cannot be read"), "\(none.errors)")
    }
}
