import Foundation
import GRDB
import Kernel

/// Two scripted versions of one app on a database of its own: blue knows the first migration, green
/// the second as well. What either does to the database is a test's to play.
struct TwoVersions {
    static let first = "20240101000000_First"
    static let second = "20240201000000_Second"

    let folder: Scratch
    let blue: ScriptedUpstream
    let green: ScriptedUpstream
    let bascule: Bascule
    /// Open as long as the stage lives, as an app has it: SQLite removes the log's files with the
    /// last connection, which may be one too early for whoever is just opening them.
    private let database: DatabaseQueue

    /// `expect`: how the versions state their migrations, `{folder}` being the stage's; `lines`:
    /// further keys of the top level.
    init(
        expect: String = "{health_field: migration}",
        switchover: [String] = ["watch: 0s", "hold_timeout: 10s", "drain_timeout: 8s"],
        lines: [String] = []
    ) throws {
        let folder = try Scratch()
        self.folder = folder
        blue = try ScriptedUpstream()
        green = try ScriptedUpstream()
        blue.health = Self.health([Self.first])
        green.health = Self.health([Self.first, Self.second])
        database = try DatabaseQueue(path: folder.file("app.db"))
        try Self.write(
            """
            PRAGMA journal_mode = WAL;
            CREATE TABLE "__EFMigrationsHistory" (
                "MigrationId" TEXT PRIMARY KEY, "ProductVersion" TEXT NOT NULL);
            INSERT INTO "__EFMigrationsHistory" VALUES ('\(Self.first)', '9.0.0');
            CREATE TABLE Notes (Id INTEGER PRIMARY KEY, Text TEXT NOT NULL, Old TEXT);
            """, to: database)
        var service = Configuration.Service()
        service.blue = [blue.address.description]
        service.green = [green.address.description]
        service.switchover = switchover
        service.database = [
            "sqlite: \(folder.file("app.db"))",
            "expect: \(expect.replacing("{folder}", with: folder.path))",
            "backup: {directory: \(folder.file("backups"))}",
        ]
        for color in ["blue", "green"] { try folder.write(Self.first + "\n", to: color) }
        var configuration = Configuration([service], apps: [blue, green])
        configuration.lines = lines
        bascule = try Bascule(configuration, folder: folder)
        try bascule.waitForHealth()
        try Wait.until("the schema is recorded") { !sightings.isEmpty }
    }

    private static func health(_ ids: [String]) -> String {
        let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
        return #"{"status":"Healthy","migrations":[\#(list)],"migration":"\#(ids.last ?? "")"}"#
    }

    private static func write(_ sql: String, to database: DatabaseQueue) throws {
        try database.writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    /// The second migration: a column goes away that blue uses.
    func contract() throws {
        try Self.write(
            """
            ALTER TABLE Notes DROP COLUMN Old;
            INSERT INTO "__EFMigrationsHistory" VALUES ('\(Self.second)', '9.0.0');
            """, to: database)
    }

    /// A page of a table that holds many rows becomes noise; none that the schema is read from.
    func damage() throws {
        let root = try database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO Notes (Text) WITH RECURSIVE n(i) AS (
                        VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500)
                        SELECT 'a note of some length, number ' || i FROM n
                    """)
            return try Int.fetchOne(
                database, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'Notes'")
        }
        // What the log still had would be read instead of the noise.
        try database.emptyLog()
        guard let root, let handle = FileHandle(forUpdatingAtPath: folder.file("app.db")) else {
            throw Wait.TimedOut(what: "a page to damage", seconds: 0)
        }
        handle.seek(toFileOffset: UInt64(root - 1) * 4_096)
        handle.write(Data(repeating: 0xff, count: 4_096))
        handle.closeFile()
    }

    /// The journal's lines about what the schema was seen to be.
    var sightings: [Substring] {
        folder.text(of: "state/journal.jsonl").split(separator: "\n")
            .filter { $0.contains("\"sighting\"") }
    }
}
