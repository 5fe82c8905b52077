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

    /// `expect`: how the versions state their migrations, `{folder}` being the stage's.
    init(
        expect: String = "{health_field: migration}",
        switchover: [String] = ["watch: 0s", "hold_timeout: 10s", "drain_timeout: 8s"]
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
        bascule = try Bascule(Configuration([service], apps: [blue, green]), folder: folder)
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

    /// The journal's lines about what the schema was seen to be.
    var sightings: [Substring] {
        folder.text(of: "state/journal.jsonl").split(separator: "\n")
            .filter { $0.contains("\"sighting\"") }
    }
}
