import Board
import Control
import Foundation
import GRDB
import Kernel
import Testing

/// The schema's memory: what a migration does to the color that is left, and whether there is a
/// way back.
@Suite("The schema's memory", .serialized, .timeLimit(.minutes(2)))
struct SchemaTests {
    private static let first = "20240115093000_Initial"
    private static let second = "20240220141500_Change"

    /// Blue knows the first migration, and serves on it.
    private struct Stage {
        let folder: Scratch
        let colors: TwoColors

        /// `leaves`: what a migration that was killed has left when Bascule starts.
        init(asks: Bool = true, leaves: String? = nil) throws {
            let folder = try Scratch()
            self.folder = folder
            let queue = try DatabaseQueue(path: folder.file("app.db"))
            try queue.write { database in
                try database.execute(
                    sql: """
                        CREATE TABLE "__EFMigrationsHistory" (
                            "MigrationId" TEXT NOT NULL PRIMARY KEY,
                            "ProductVersion" TEXT NOT NULL);
                        INSERT INTO "__EFMigrationsHistory" VALUES ('\(first)', '9.0.0');
                        CREATE TABLE "Notes" ("Id" INTEGER PRIMARY KEY, "Text" TEXT,
                            "Kind" TEXT NOT NULL DEFAULT 'plain');
                        """ + (leaves ?? ""))
            }
            colors = try TwoColors {
                $0.services[0].database = ["sqlite: \(folder.file("app.db"))"]
                if asks { $0.services[0].database += ["expect: {health_field: migration}"] }
            }
            colors.blue.health = Self.health([first])
            colors.green.health = Self.health([first])
            guard leaves == nil else { return }
            try Wait.until("the schema that blue serves with is recorded") {
                journal.contains(#""servedBy":"blue""#)
            }
        }

        var journal: String { colors.bascule.folder.text(of: "state/journal.jsonl") }

        static func health(_ known: [String]) -> String {
            let list = known.map { "\"\($0)\"" }.joined(separator: ",")
            return "{\"status\":\"Healthy\",\"migration\":\"\(known.last ?? "")\","
                + "\"migrations\":[\(list)]}"
        }

        func execute(_ statement: String) throws {
            try DatabaseQueue(path: folder.file("app.db"), configuration: .patient).write {
                try $0.execute(sql: statement)
            }
        }

        /// Green starts in a version that migrates by itself.
        func migrate(_ statement: String) throws {
            try execute(
                statement
                    + #"; INSERT INTO "__EFMigrationsHistory" VALUES ('\#(second)', '9.0.0')"#)
            colors.green.health = Self.health([first, second])
            try Wait.until("green states what it knows") {
                try colors.bascule.service().colors.last?.expects == second
            }
        }

        func check(_ name: CheckName, to color: String) throws -> Check {
            let command = try colors.bascule.run("check", "--to", color, "--json")
            let answer = try command.answer(CheckAnswer.self)
            return try #require(answer.checks.first { $0.name == name })
        }

        func bascule(_ arguments: String...) throws -> Command {
            try Command(colors.bascule.start(arguments + ["--json"]))
        }
    }

    @Test("After a change that older code survives the way back is open, even after a kill")
    func expand() throws {
        let stage = try Stage()
        try stage.migrate(#"ALTER TABLE "Notes" ADD "Payee" TEXT"#)
        #expect(try stage.bascule("switch", "green").code == 0)
        let bascule = stage.colors.bascule
        let advice = try bascule.service().rollback
        #expect(advice.possible)
        #expect(advice.reason.contains("column-added:notes.payee (safe)"), "\(advice.reason)")
        let controller = try bascule.pid(of: "controller")
        ChildProcess.send(.kill, to: controller)
        try Wait.until("another controller answers") {
            try bascule.run("status", "--json").code == 0
                && bascule.pid(of: "controller") != controller
        }
        try bascule.waitForHealth()
        let migrations = try stage.check(.migrations, to: "blue")
        #expect(migrations.state == .passed)
        #expect(migrations.verdict == "database-ahead")
        #expect(try stage.check(.schema, to: "blue").verdict == "safe")
        #expect(stage.journal.contains(#""kind":"certificate""#))
        #expect(try stage.bascule("rollback").code == 0)
        #expect(try bascule.get("/").text == "blue")
    }

    @Test("What only the color being left does not survive refuses nothing forward, and is told")
    func contract() throws {
        let stage = try Stage()
        try stage.migrate(#"ALTER TABLE "Notes" DROP COLUMN "Text""#)
        let forward = try stage.check(.schema, to: "green")
        #expect(forward.state == .passed)
        #expect(forward.findings?.map(\.id) == ["column-dropped:notes.text"])
        #expect(forward.findings?.first?.color == .blue)
        #expect(try stage.bascule("switch", "green").code == 0)
        let advice = try stage.colors.bascule.service().rollback
        #expect(!advice.possible)
        #expect(advice.reason.contains("Notes.Text is gone"), "\(advice.reason)")
        let back = try stage.check(.schema, to: "blue")
        #expect(back.state == .refused)
        #expect(back.verdict == "break")
        #expect(back.findings?.first?.remedy?.isEmpty == false)
        #expect(try stage.check(.migrations, to: "blue").state == .refused)
        #expect(try stage.bascule("rollback").code == 3)
        #expect(try stage.bascule("rollback", "--accept", "column-dropped:notes.text").code == 3)
        #expect(try stage.bascule("rollback", "--override", "schema").code == 0)
        #expect(try stage.colors.bascule.get("/").text == "blue")
    }

    @Test("A doubtful change is accepted by its name, which the journal keeps")
    func warn() throws {
        let stage = try Stage()
        try stage.migrate(
            """
            CREATE TABLE "ef_temp_Notes" ("Id" INTEGER PRIMARY KEY, "Text" TEXT,
                "Kind" TEXT NOT NULL DEFAULT 'fancy');
            INSERT INTO "ef_temp_Notes" SELECT * FROM "Notes";
            DROP TABLE "Notes";
            ALTER TABLE "ef_temp_Notes" RENAME TO "Notes"
            """)
        #expect(try stage.bascule("switch", "green").code == 0)
        let id = "default-changed:notes.kind"
        let advice = try stage.colors.bascule.service().rollback
        #expect(advice.possible)
        #expect(advice.accept == [id])
        let refused = try stage.check(.schema, to: "blue")
        #expect(refused.state == .refused)
        #expect(refused.verdict == "warn")
        #expect(refused.hint?.contains("--accept \(id)") == true)
        #expect(try stage.bascule("rollback").code == 3)
        let slip = "default-changed:notes.text"
        let vain = try stage.bascule("rollback", "--accept", slip)
        #expect(vain.code == 3)
        let word = "accepted, and no change has that ID: \(slip)"
        #expect((vain.output + vain.errors).contains(word), "\(vain.output)")
        let back = try stage.bascule("rollback", "--accept", id)
        #expect(back.code == 0)
        #expect(stage.journal.contains(#""accepts":["\#(id)"]"#))
    }

    @Test("What changed of the file as a whole is told to the color that served before, and passes")
    func traits() throws {
        let stage = try Stage()
        #expect(try stage.check(.schema, to: "green").verdict == nil)
        #expect(try stage.bascule("switch", "green").code == 0)
        try stage.execute("PRAGMA user_version = 3; PRAGMA application_id = 9")
        let back = try stage.check(.schema, to: "blue")
        #expect(back.state == .warned)
        #expect(back.verdict == "warn")
        let ids = ["user-version-changed", "application-id-changed"]
        #expect(Set((back.findings ?? []).map(\.id)) == Set(ids), "\(back)")
        let advice = try stage.colors.bascule.service().rollback
        #expect(advice.possible)
        #expect(advice.reason.contains("user-version-changed (warn)"), "\(advice.reason)")
        // The same schema is always compatible.
        #expect(try stage.bascule("rollback").code == 0)
        // Blue has served with it since, and so has green.
        for color in ["blue", "green"] {
            #expect(try stage.check(.schema, to: color).findings?.isEmpty != false, "\(color)")
        }
    }

    @Test("A database that has lost all that was in it is no first deploy's")
    func lost() throws {
        let stage = try Stage()
        #expect(try stage.bascule("check", "--to", "green").code == 0)
        try stage.execute(#"DROP TABLE "Notes"; DROP TABLE "__EFMigrationsHistory""#)
        let found = try stage.check(.migrations, to: "green")
        #expect(found.state == .refused)
        #expect(found.verdict == "fresh")
        #expect(
            found.saw == "an empty database; when it was last seen it had 1 migration applied, "
                + "the latest \(Self.first)", "\(found)")
        #expect(found.hint?.contains("bascule db restore FILE") == true)
        #expect(try stage.bascule("switch", "green").code == 3)
        let deploy = try stage.bascule("deploy", "green", "--hold", "none", "--", "true")
        #expect(deploy.code == 3, "\(deploy.output)")
        #expect(deploy.output.contains("an empty database; when"), "\(deploy.output)")
        #expect(try stage.bascule("switch", "green", "--override", "migrations").code == 0)
    }

    @Test("A schema changed by hand under the same migrations is drift, until it is taken as it is")
    func drift() throws {
        let stage = try Stage()
        try stage.execute(#"ALTER TABLE "Notes" DROP COLUMN "Text""#)
        let migrations = try stage.check(.migrations, to: "green")
        #expect(migrations.state == .refused)
        #expect(migrations.verdict == "drift")
        let schema = try stage.check(.schema, to: "green")
        #expect(schema.state == .refused)
        #expect(schema.findings?.first?.id == "column-dropped:notes.text")
        #expect(try stage.bascule("switch", "green").code == 3)
        let taken = try stage.bascule(
            "switch", "green", "--override", "migrations", "--override", "schema")
        #expect(taken.code == 0)
        #expect(try stage.check(.migrations, to: "blue").verdict == "match")
        #expect(try stage.bascule("rollback").code == 0)
    }

    @Test("A rebuild that was killed before its row in the history is drift: the schema says so")
    func rebuildWithoutRow() throws {
        let stage = try Stage()
        // EF Core's rebuild is three transactions; the third, with the row, never came.
        try stage.execute(
            #"CREATE TABLE "ef_temp_Notes" ("Id" INTEGER PRIMARY KEY, "Text" TEXT NOT NULL);"#
                + #"INSERT INTO "ef_temp_Notes" SELECT "Id", IFNULL("Text", '') FROM "Notes""#)
        try stage.execute(
            #"DROP TABLE "Notes"; ALTER TABLE "ef_temp_Notes" RENAME TO "Notes""#)
        for color in Color.allCases {
            let migrations = try stage.check(.migrations, to: color.name)
            #expect(migrations.state == .refused)
            #expect(migrations.verdict == "drift")
        }
        #expect(try stage.bascule("switch", "green").code == 3)
    }

    @Test("A rebuild that was cut before the first look is nobody's schema")
    func cutRebuild() throws {
        let stage = try Stage(
            asks: false, leaves: #"CREATE TABLE "ef_temp_Notes" ("Id" INTEGER)"#)
        for color in Color.allCases {
            #expect(try stage.check(.migrations, to: color.name).verdict == "dirty")
        }
        try stage.execute(#"DROP TABLE "ef_temp_Notes""#)
        #expect(try stage.bascule("switch", "green").code == 0)
        #expect(try stage.check(.schema, to: "blue").findings?.isEmpty != false)
        #expect(try stage.bascule("rollback").code == 0)
    }

    @Test("Of a color that is not asked the schema counts with which it began to serve")
    func notAsked() throws {
        let stage = try Stage(asks: false)
        try stage.execute(
            #"ALTER TABLE "Notes" DROP COLUMN "Text";"#
                + #"INSERT INTO "__EFMigrationsHistory" VALUES ('\#(Self.second)', '9.0.0')"#)
        #expect(try stage.check(.schema, to: "green").state != .refused)
        #expect(try stage.bascule("switch", "green").code == 0)
        #expect(try !stage.colors.bascule.service().rollback.possible)
        #expect(try stage.bascule("rollback").code == 3)
        #expect(try stage.bascule("rollback", "--override", "schema").code == 0)
    }

    @Test("A person reads what the change does and how it is done without harm")
    func shown() throws {
        let stage = try Stage()
        try stage.migrate(#"ALTER TABLE "Notes" DROP COLUMN "Text""#)
        #expect(try stage.bascule("switch", "green").code == 0)
        let shown = try stage.colors.bascule.run("check", "--to", "blue")
        #expect(shown.code == 3)
        for part in [
            "column-dropped:notes.text (break)", "drop it in a later deploy", "--override schema",
        ] {
            #expect(shown.output.contains(part), "\(part): \(shown.output)")
        }
    }
}
