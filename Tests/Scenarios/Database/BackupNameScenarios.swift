import Control
import Foundation
import GRDB
import Testing

/// Names of tables, and of backups, that are not what one expects.
@Suite("Names in backups", .serialized, .timeLimit(.minutes(4)))
struct BackupNameScenarios {
    private static func execute(_ sql: String, _ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test("A table with quotes in its names is backed up, compared row by row, and restored")
    func quoted() throws {
        let stage = try DatabaseStage { folder in
            try Self.execute(
                #"""
                CREATE TABLE "say ""hi""" ("c""d'e" INTEGER, "" TEXT COLLATE NOCASE);
                INSERT INTO "say ""hi""" VALUES (1, 'a'), (2, 'b');
                """#, Ledger.database(in: folder))
        }
        let backup = try stage.backUp()
        #expect(try stage.bascule.run("db", "verify", backup).code == 0)
        // The first row once more, and another letter in the second.
        try Self.execute(
            #"""
            INSERT INTO "say ""hi""" VALUES (1, 'a');
            UPDATE "say ""hi""" SET "" = 'B' WHERE "c""d'e" = 2;
            """#, stage.live)
        let dry = try stage.bascule.run("db", "restore", backup, "--dry-run", "--json")
        #expect(dry.code == 0, "\(dry.output)\(dry.errors)")
        let details = try #require(try dry.events().last?.details)
        let losses = try ControlJSON.decode([TableLoss].self, from: details["losses"] ?? .null)
        #expect(losses.contains(TableLoss(table: #"say "hi""#, live: 3, backup: 2, lost: 2)))
        #expect(details["exact"] == .bool(true))
        let restored = try stage.bascule.run("db", "restore", backup, "--yes")
        #expect(restored.code == 0, "\(restored.output)\(restored.errors)")
        let again = try stage.bascule.run("db", "restore", backup, "--dry-run")
        #expect(again.output.contains("no row would be lost"), "\(again.output)")
    }

    @Test("Two backups that were changed over are refused, unless the operator insists")
    func swapped() throws {
        let stage = try DatabaseStage()
        let names = [try stage.backUp(), try stage.backUp()]
        for suffix in ["", ".json"] {
            let (one, other) = (stage.file(names[0]) + suffix, stage.file(names[1]) + suffix)
            try FileManager.default.moveItem(atPath: one, toPath: one + "~")
            try FileManager.default.moveItem(atPath: other, toPath: one)
            try FileManager.default.moveItem(atPath: one + "~", toPath: other)
        }
        try FileManager.default.createSymbolicLink(
            atPath: stage.file("web-20200101-000000.db"), withDestinationPath: names[0])
        let words = "its manifest is that of \(names[1])"
        for verb in ["verify", "restore"] {
            let command = try stage.bascule.run("db", verb, names[0])
            #expect(command.code == 3)
            #expect(command.output.contains(words), "\(command.output)")
        }
        let entries = try stage.entries()
        #expect(Set(entries.map(\.file)) == Set(names))
        #expect(entries.allSatisfy { !$0.hasManifest && $0.problem != nil })
        let insisted = try stage.bascule.run(
            "db", "restore", names[0], "--override", "backup", "--yes")
        #expect(insisted.code == 0, "\(insisted.output)\(insisted.errors)")
    }
}
