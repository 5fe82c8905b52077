import Control
import Foundation
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
        holder.kill()
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
