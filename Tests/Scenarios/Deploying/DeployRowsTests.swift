import Board
import Control
import Foundation
import GRDB
import Kernel
import LoadClient
import Testing

/// A command that fails after it has written rows and no migration: the schema says that nothing
/// happened.
@Suite("Deploys whose command wrote rows", .serialized, .timeLimit(.minutes(3)))
struct DeployRowsTests {
    /// Runs SQL on the live database, then fails.
    private static func failing(_ sql: String) -> [String] {
        let sqlite = "sqlite3 -bail -cmd '.timeout 8000' '%FOLDER%/ledger.db'"
        return ["--", "/bin/sh", "-c", "\(sqlite) \"\(sql)\" && exit 9"]
    }

    private func deploy(_ stage: DeployStage, _ sql: String, _ flags: [String] = []) throws
        -> Command
    {
        let line = Self.failing(sql).map { $0.replacing("%FOLDER%", with: stage.folder.path) }
        return try Command(stage.bascule.start(["deploy", "green", "--json"] + flags + line))
    }

    private func names(_ stage: DeployStage) throws -> [String] {
        try stage.read { database in
            try String.fetchAll(database, sql: #"SELECT "Name" FROM "Categories" ORDER BY "Id""#)
        }
    }

    @Test(
        "It is taken back: the rows are those of the moment, and which tables it was is told",
        arguments: [
            ("UPDATE Categories SET Name = 'half done'", "Categories: 1 of 1 row)"),
            ("INSERT INTO Categories (Name) VALUES ('half done')", "Categories: 1 of 2 rows)"),
            ("DELETE FROM Categories", "Categories: 1 row removed)"),
        ])
    func takenBack(sql: String, named: String) throws {
        let stage = try DeployStage()
        let before = try names(stage)
        let command = try deploy(stage, sql)
        #expect(command.code == 3, "\(command.output)")
        let message = try command.events().last?.message ?? ""
        #expect(message.contains(named), "\(message)")
        #expect(message.contains("is restored"), "\(message)")
        #expect(!message.contains("every row is what it was"))
        #expect(try names(stage) == before)
        #expect(try stage.bascule.service().phase == .open)
        // What the command had made of it is kept.
        let backups = try stage.bascule.run("db", "backups", "--json").answer(BackupsAnswer.self)
        #expect(backups.backups.contains { $0.reason == .safety })
    }

    @Test("Rows that were written and are the same in the end: nothing is restored")
    func same() throws {
        let stage = try DeployStage()
        // As EF Core takes its migrations' lock and gives it back.
        let command = try deploy(
            stage,
            "INSERT INTO Categories (Id, Name) VALUES (9, 'x'); "
                + "DELETE FROM Categories WHERE Id = 9")
        #expect(command.code == 3, "\(command.output)")
        let message = try command.events().last?.message ?? ""
        #expect(message.contains("every row is what it was"), "\(message)")
        let backups = try stage.bascule.run("db", "backups", "--json").answer(BackupsAnswer.self)
        #expect(!backups.backups.contains { $0.reason == .safety })
        let untouched = try deploy(stage, "SELECT 1")
        let word = try untouched.events().last?.message ?? ""
        #expect(word.contains("nobody has written to the database"), "\(word)")
    }

    @Test("Where it cannot be taken back, that is not called as before: exit 1 and the commands")
    func stays() throws {
        let stage = try DeployStage(faults: "restore.lock=EIO")
        let command = try deploy(stage, "UPDATE Categories SET Name = 'half done'")
        #expect(command.code == 1, "\(command.output)")
        let message = try command.events().last?.message ?? ""
        for word in ["rows may have been written", "bascule db restore", "serves again"] {
            #expect(message.contains(word), "\(message)")
        }
        #expect(!message.contains("as before"), "\(message)")
        #expect(try names(stage) == ["half done"])
        #expect(try stage.bascule.service().phase == .open)
    }

    @Test("With --hold none nothing is taken back: others write, and nobody waits for their end")
    func nothingHeld() throws {
        let stage = try DeployStage()
        let load = try stage.startLoad("unheld", connections: 4)
        let command = try deploy(
            stage, "UPDATE Categories SET Name = 'written'", ["--hold", "none"])
        #expect(command.code == 3, "\(command.output)")
        #expect(try names(stage) == ["written"])
        let events = try command.events()
        #expect(events.last?.message.contains("nothing was held") == true)
        let settling = events.filter { $0.step == .settle }.map(\.time.milliseconds)
        let took = try #require(settling.max()) - (try #require(settling.min()))
        #expect(took < 8_000, "\(took) ms")
        let (report, missing) = try stage.finish(load)
        #expect(report.failed.isEmpty, "\(report.failed.prefix(2))")
        #expect(missing.isEmpty)
    }

    @Test("What a command of --hold none has migrated stays, and a person is told: exit 1")
    func unheldMigration() throws {
        let stage = try DeployStage()
        let command = try deploy(
            stage, "ALTER TABLE Categories ADD Color TEXT NULL", ["--hold", "none"])
        #expect(command.code == 1, "\(command.output)")
        let message = try command.events().last?.message ?? ""
        for word in ["the schema has changed", "blue serves on"] {
            #expect(message.contains(word), "\(message)")
        }
        #expect(message.contains("bascule switch web green"), "\(message)")
        #expect(try stage.bascule.service().phase == .open)
    }
}
