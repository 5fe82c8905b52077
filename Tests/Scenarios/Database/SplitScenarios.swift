import Board
import Control
import Foundation
import GRDB
import Kernel
import Testing

/// A database whose file was replaced under running applications, is damaged, or has backups that
/// nobody may reach.
@Suite("A database that is not what it was", .serialized, .timeLimit(.minutes(4)))
struct SplitScenarios {
    private func warnings(_ stage: DatabaseStage) throws -> [DatabaseWarning] {
        try stage.bascule.run("db", "status", "--json").answer(DatabaseReport.self).warnings ?? []
    }

    @Test("Nothing is backed up, restored or optimized while a process holds the file of before")
    func split() throws {
        let stage = try DatabaseStage()
        let backup = try stage.backUp()
        let script = """
            import sqlite3, sys, time
            old = sqlite3.connect(sys.argv[1], isolation_level=None)
            old.execute('SELECT count(*) FROM Chain').fetchone()
            open(sys.argv[2], 'w').close()
            time.sleep(100)
            """
        let mark = stage.folder.file("held")
        let holder = try Program("/usr/bin/python3", ["-c", script, stage.live, mark])
        try Wait.until("it has the file open") { Files.kind(mark) != nil }
        let copy = stage.live + ".copy"
        try FileManager.default.copyItem(atPath: stage.file(backup), toPath: copy)
        try Files.rename("test.replace", from: copy, to: stage.live)
        for words in [
            ["db", "backup"], ["db", "restore", backup, "--yes"], ["db", "optimize"],
            ["db", "unlock"],
        ] {
            let command = try Command(stage.bascule.start(words))
            #expect(command.code == 3, "\(words): \(command.output)\(command.errors)")
            #expect(
                command.output.contains("split: process")
                    && command.output.contains("process \(holder.pid) (python3) holds"),
                "\(words): \(command.output)")
        }
        #expect(try stage.backups == [backup])
        let told = try #require(try warnings(stage).first { $0.name == .split })
        #expect(told.message.contains("process \(holder.pid)"), "\(told.message)")
        let status = try stage.bascule.run("status")
        #expect(status.output.contains("gone from its folder"), "\(status.output)")
        let check = try stage.bascule.run("check", "--to", "green", "--json")
            .answer(CheckAnswer.self)
        #expect(!check.rollback.possible)
        #expect(check.rollback.reason.hasPrefix("database: split: "), "\(check.rollback)")
        holder.kill()
    }

    @Test("What a check sees of it is what status warns of next, and so is that it is over")
    func seenByCheck() throws {
        let folder = try Scratch()
        let path = try StatementTests.database(in: folder)
        let colors = try TwoColors { $0.services[0].database = ["sqlite: \(path)"] }
        func isWarned() throws -> Bool {
            try colors.bascule.service().database?.warnings?.contains { $0.name == .split } == true
        }
        let script = """
            import sqlite3, sys, time
            old = sqlite3.connect(sys.argv[1], isolation_level=None)
            old.execute('SELECT count(*) FROM Notes').fetchone()
            open(sys.argv[2], 'w').close()
            time.sleep(60)
            """
        let mark = folder.file("held")
        let holder = try Program("/usr/bin/python3", ["-c", script, path, mark])
        try Wait.until("it has the file open") { Files.kind(mark) != nil }
        try FileManager.default.copyItem(atPath: path, toPath: path + ".copy")
        try Files.rename("test.replace", from: path + ".copy", to: path)
        let refused = try colors.bascule.run("check", "--to", "green")
        #expect(refused.code == 3, "\(refused.output)")
        #expect(try isWarned())
        holder.kill()
        try Wait.until("it is gone") { !ProcessFacts.isRunning(holder.pid) }
        let passed = try colors.bascule.run("check", "--to", "green")
        #expect(passed.code == 0, "\(passed.output)")
        #expect(try !isWarned())
    }

    @Test("A damaged page is the database's fault: warned of, refused by every switch, restored")
    func damaged() throws {
        let stage = try DatabaseStage()
        try stage.add(3, "kept")
        let backup = try stage.backUp()
        #expect(try stage.blue.stop() == 0)
        #expect(try stage.green.stop() == 0)
        let queue = try DatabaseQueue(path: stage.live)
        try queue.emptyLog()
        let root = try queue.read { database in
            try Int.fetchOne(
                database, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'Chain'")
        }
        try queue.close()
        let handle = try #require(FileHandle(forUpdatingAtPath: stage.live))
        handle.seek(toFileOffset: UInt64(try #require(root) - 1) * 4_096)
        handle.write(Data(repeating: 0xff, count: 4_096))
        handle.closeFile()
        let made = try stage.bascule.run("db", "backup")
        #expect(made.code == 3, "\(made.output)")
        #expect(made.output.contains("the database is corrupt: "), "\(made.output)")
        #expect(try stage.backups == [backup])
        #expect(try stage.bascule.service().database?.warnings?.first?.name == .corrupt)
        let check = try stage.bascule.run("check", "--to", "green", "--json")
            .answer(CheckAnswer.self)
        let found = try #require(check.checks.first { $0.name == .database })
        #expect(found.verdict == "corrupt" && found.state == .refused, "\(found)")
        #expect(!found.isOverridable)
        #expect(!check.rollback.possible)
        guard ThisProcess.isRoot else { return }
        let restored = try stage.bascule.run("db", "restore", backup, "--json")
        guard restored.code == 0 else {
            // Only where every process can be seen a file is replaced.
            #expect(restored.output.contains("cannot be proven"), "\(restored.output)")
            return
        }
        let events = try restored.events()
        let aside = try #require(events.first { $0.step == .backup && $0.state == .passed })
        #expect(aside.message.contains("not verified"), "\(aside.message)")
        #expect(aside.details["verified"] == .bool(false))
        let seen = try #require(events.first { $0.step == .preflight && $0.state == .passed })
        #expect(seen.message.contains("what would be lost is unknown"), "\(seen.message)")
        #expect(seen.details["losses"] == .null)
        #expect(try stage.bascule.service().database?.warnings == nil)
        #expect(try DatabaseStage.isWhole(stage.live))
    }

    @Test("No override takes a switch through a database that its own backup finds damaged")
    func damagedInSwitch() throws {
        let stage = try TwoVersions()
        stage.green.health = stage.blue.health
        try stage.damage()
        let command = try stage.bascule.run(
            "switch", "green", "--override", "backup", "--override", "database",
            "--override", "health")
        #expect(command.code == 3, "\(command.output)")
        #expect(command.output.contains("the database is corrupt: "), "\(command.output)")
        #expect(try stage.bascule.service().active == .blue)
    }

    @Test("A replaced file is told within seconds, although nobody asks for the database")
    func seenByItself() throws {
        let stage = try DatabaseStage()
        let backup = try stage.backUp()
        // The first look has been at the file of before.
        _ = try warnings(stage)
        let copy = stage.live + ".copy"
        try FileManager.default.copyItem(atPath: stage.file(backup), toPath: copy)
        try Files.rename("test.replace", from: copy, to: stage.live)
        try Wait.until("status warns", seconds: 40) {
            try stage.bascule.service().database?.warnings?.contains { $0.name == .split } == true
        }
    }

    @Test("A drill that fails is a warning until one goes well")
    func drill() throws {
        let stage = try DatabaseStage()
        let backup = try stage.backUp()
        let handle = try #require(FileHandle(forUpdatingAtPath: stage.file(backup)))
        handle.seek(toFileOffset: 5_000)
        handle.write(Data([0x41, 0x42]))
        handle.closeFile()
        #expect(try stage.bascule.run("db", "drill").code == 3)
        let told = try #require(try warnings(stage).first)
        #expect(told.name == .drillFailed)
        #expect(told.message.contains(backup), "\(told.message)")
        _ = try stage.backUp()
        #expect(try stage.bascule.run("db", "drill").code == 0)
        #expect(try warnings(stage).isEmpty)
    }

    /// Whoever may not do so: root's jobs run as the owner of the database.
    private func forbid(_ stage: DatabaseStage, mode: Int) throws {
        let files = FileManager.default
        if ThisProcess.userIdentifier == 0 {
            let nobody = 65_534
            for side in ["", "-wal", "-shm"] where Files.kind(stage.live + side) != nil {
                try files.setAttributes(
                    [.ownerAccountID: nobody, .posixPermissions: 0o666],
                    ofItemAtPath: stage.live + side)
            }
            try files.setAttributes(
                [.posixPermissions: 0o777],
                ofItemAtPath: (stage.live as NSString).deletingLastPathComponent)
        }
        try files.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: stage.folder.file("backups"))
    }

    @Test("A folder of backups that may not be written is named, before anything is held")
    func unwritable() throws {
        let stage = try DatabaseStage()
        let backup = try stage.backUp()
        for name in [backup, backup + ".json"] {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: stage.file(name))
        }
        try forbid(stage, mode: 0o555)
        for words in [["db", "backup"], ["db", "restore", backup, "--yes"]] {
            let command = try Command(stage.bascule.start(words + ["--json"]))
            #expect(command.code == 3, "\(words): \(command.output)\(command.errors)")
            let events = try command.events()
            let last = try #require(events.last)
            #expect(last.message.contains(stage.folder.file("backups")), "\(last.message)")
            #expect(last.message.contains("install -d -o"), "\(last.message)")
            #expect(!events.contains { $0.step == .hold }, "\(words)")
        }
    }

    @Test("A folder of backups that may not be read is no folder without backups")
    func unreadable() throws {
        let stage = try DatabaseStage()
        _ = try stage.backUp()
        try forbid(stage, mode: 0o000)
        let command = try stage.bascule.run("db", "backups")
        #expect(command.code == 3, "\(command.output)\(command.errors)")
        #expect(command.errors.contains(stage.folder.file("backups")), "\(command.errors)")
        #expect(command.errors.contains("ermission denied"), "\(command.errors)")
    }
}
