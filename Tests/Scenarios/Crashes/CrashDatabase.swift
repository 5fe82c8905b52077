import Control
import Foundation
import GRDB
import Kernel

/// The database of a crash test's service: one migration is applied, targets are not asked, and a
/// copy is made before every switch.
struct CrashDatabase {
    private let folder: Scratch

    init(in folder: Scratch) throws {
        self.folder = folder
        let queue = try DatabaseQueue(path: folder.file("app.db"))
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(
                sql: """
                    CREATE TABLE "__EFMigrationsHistory" (
                        "MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory"
                            PRIMARY KEY,
                        "ProductVersion" TEXT NOT NULL);
                    INSERT INTO "__EFMigrationsHistory" VALUES ('20240115093000_First', '9.0.0');
                    CREATE TABLE "Notes" ("Id" INTEGER PRIMARY KEY, "Text" TEXT);
                    INSERT INTO "Notes" ("Text") VALUES ('one'), ('two');
                    """)
        }
        try queue.close()
    }

    /// Of the service's `database`.
    var keys: [String] {
        ["sqlite: \(folder.file("app.db"))", "backup: {directory: \(folder.file("backups"))}"]
    }

    /// What is wrong after all: the live file is whole, nothing half is left beside good copies.
    func judge(_ bascule: Bascule) throws -> [String] {
        var wrong: [String] = []
        // These stop themselves too, where copying is a step to stop at.
        let resumer = Resumer { bascule.jobs }
        defer { resumer.end() }
        let last = try bascule.run("db", "backup", "--json")
        if last.code != 0 { wrong.append("a backup afterwards: \(last.output)\(last.errors)") }
        for name in try Files.names("test.names", in: folder.file("backups"))
        where !name.hasSuffix(".db") && !name.hasSuffix(".db.json") {
            wrong.append("left in the backups: \(name)")
        }
        for entry in try bascule.run("db", "backups", "--json").answer(BackupsAnswer.self).backups
        where !entry.hasManifest {
            wrong.append("a copy without a manifest: \(entry.file)")
        }
        let check = try DatabaseQueue(path: folder.file("app.db")).read {
            try String.fetchAll($0, sql: "PRAGMA integrity_check")
        }
        if check != ["ok"] { wrong.append("the live database: \(check)") }
        return wrong
    }
}

extension Bascule {
    /// The processes that work on a database.
    var jobs: [Int32] { roles.filter { $0.title == "bascule: database web" }.map(\.pid) }
}
