import Board
import Control
import GRDB
import Kernel
import Testing

/// Where an app states what it expects, and what becomes of a file that is not the one it holds.
@Suite("What a color states", .serialized, .timeLimit(.minutes(2)))
struct StatementTests {
    private static let first = "20240115093000_Initial"
    private static let second = "20240220141500_AddBudget"

    /// A database with both migrations of EF Core, in this journal mode, and nobody at it.
    static func database(in folder: Scratch, mode: String = "wal") throws -> String {
        let path = folder.file("app.db")
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA journal_mode = \(mode)")
            try database.execute(
                sql: """
                    CREATE TABLE "__EFMigrationsHistory" (
                        "MigrationId" TEXT NOT NULL PRIMARY KEY, "ProductVersion" TEXT NOT NULL);
                    INSERT INTO "__EFMigrationsHistory" VALUES
                        ('\(first)', '9'), ('\(second)', '9');
                    CREATE TABLE "Notes" ("Id" INTEGER PRIMARY KEY, "Text" TEXT);
                    """)
        }
        try queue.close()
        return path
    }

    private func colors(
        _ folder: Scratch, expect: String, greens: [String] = []
    ) throws -> TwoColors {
        let path = try Self.database(in: folder)
        return try TwoColors {
            $0.services[0].database = ["sqlite: \(path)", "expect: \(expect)"]
            $0.services[0].green += greens
        }
    }

    private func finding(
        _ bascule: Bascule, _ name: CheckName = .migrations
    ) throws -> Check {
        let answer = try bascule.run("check", "--to", "green", "--json").answer(CheckAnswer.self)
        return try #require(answer.checks.first { $0.name == name })
    }

    @Test("A file for each color is read anew at every check")
    func file() throws {
        let folder = try Scratch()
        let colors = try colors(folder, expect: "{file: \"\(folder.path)/expects-{color}\"}")
        let missing = try finding(colors.bascule)
        #expect(missing.verdict == "unstated")
        #expect(missing.saw?.contains("expects-green") == true)
        #expect(missing.expected == "migrations in \(folder.path)/expects-green")
        #expect(missing.hint?.contains("health answer") == false, "\(missing)")
        try folder.write("\(Self.first)\n", to: "expects-green")
        #expect(try finding(colors.bascule).verdict == "database-ahead")
        try folder.write("\(Self.first)\n\(Self.second)\n", to: "expects-green")
        #expect(try finding(colors.bascule).verdict == "match")
        #expect(try colors.bascule.run("switch", "green").code == 0)
        let green = try colors.bascule.service().colors.first { $0.name == .green }
        #expect(green?.expects == Self.second)
    }

    @Test("A command is run for the color, and tells neither its words nor what it printed")
    func command() throws {
        let folder = try Scratch()
        try folder.write(
            "printf '{\"migration\":\"%s\"}' \"$(cat \(folder.path)/$BASCULE_COLOR)\"; "
                + "exit \"$(cat \(folder.path)/code)\"", to: "script")
        try folder.write("0", to: "code")
        try folder.write(Self.second, to: "green")
        let colors = try colors(
            folder, expect: "{command: [\"sh\", \"\(folder.path)/script\", \"hush\"]}")
        #expect(try finding(colors.bascule).verdict == "match")
        try folder.write("9", to: "code")
        let failed = try finding(colors.bascule)
        #expect(failed.verdict == "unstated")
        #expect(failed.saw?.contains("the command sh ended with exit code 9") == true)
        #expect(failed.expected == "migrations in the output of sh, which ends with 0")
        let journal = folder.text(of: "journal") + (failed.saw ?? "") + (failed.hint ?? "")
        #expect(!journal.contains("hush"))
    }

    @Test("ASP.NET's formats: the bare word says what to add, the health UI's entries are read")
    func aspNet() throws {
        let folder = try Scratch()
        let colors = try colors(folder, expect: "{health_field: migration}")
        colors.green.health = "Healthy"
        let word = try finding(colors.bascule)
        #expect(word.verdict == "unstated")
        #expect(word.saw?.contains("plain text, \"Healthy\"") == true)
        #expect(word.hint?.contains("\"migration\": \"\(Self.second)\"") == true)
        let data =
            "{\"tool\":\"efcore\",\"known\":[\"\(Self.first)\",\"\(Self.second)\"],"
            + "\"sqlite\":\"3.40.1\",\"migrating\":"
        func entries(_ migrating: Bool) -> String {
            "{\"status\":\"Healthy\",\"entries\":{\"db\":{\"data\":\(data)\(migrating)}}}}"
        }
        colors.green.health = entries(true)
        #expect(try finding(colors.bascule).verdict == "dirty")
        colors.green.health = entries(false)
        #expect(try finding(colors.bascule).verdict == "match")
        // What is still to be applied counts beside a whole list too.
        colors.green.health =
            "{\"migrations\":[\"\(Self.first)\",\"\(Self.second)\"],\"pending\":[\"2025_More\"]}"
        #expect(try finding(colors.bascule).verdict == "database-behind")
        colors.green.health = entries(false)
        // A library that can lose commits is said, and no reason to stop.
        let library = try finding(colors.bascule, .database)
        #expect(library.state == .warned)
        #expect(library.saw?.contains("uses SQLite 3.40.1") == true)
    }

    @Test("Two targets of a color that state different migrations state nothing, and are named")
    func disagreement() throws {
        let folder = try Scratch()
        let other = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let colors = try colors(
            folder, expect: "{health_field: migration}", greens: [other.address.description])
        colors.green.health = "{\"migration\":\"\(Self.second)\"}"
        other.health = "{\"migration\":\"\(Self.first)\"}"
        let found = try finding(colors.bascule)
        #expect(found.verdict == "unstated")
        #expect(found.saw?.contains("\(other.address) states \(Self.first)") == true)
        other.health = colors.green.health
        #expect(try finding(colors.bascule).verdict == "match")
    }

    @Test("A color that holds another file is split, which nobody can override")
    func split() throws {
        let folder = try Scratch()
        let colors = try colors(folder, expect: "{health_field: migration}")
        let file = try #require(Files.place(folder.file("app.db")))
        func health(_ inode: UInt64) -> String {
            "{\"migration\":\"\(Self.second)\",\"dbDev\":\(file.device),\"dbIno\":\(inode)}"
        }
        colors.green.health = health(file.inode)
        // The other color counts too: both write.
        colors.blue.health = health(file.inode + 1)
        try Wait.until("blue's probe was read") {
            try finding(colors.bascule, .database).verdict == "split"
        }
        #expect(try finding(colors.bascule, .database).saw?.contains("blue at") == true)
        let forced = try colors.bascule.run(
            "switch", "green", "--override", "database", "--override", "migrations")
        #expect(forced.code == 3)
        #expect(try colors.bascule.get("/").text == "blue")
        colors.blue.health = health(file.inode)
        try Wait.until("blue holds the same file") {
            try finding(colors.bascule, .database).state == .passed
        }
        #expect(try colors.bascule.run("switch", "green").code == 0)
    }
}
