import Control
import Foundation
import Kernel
import Testing

@testable import SharedDatabase

@Suite("A restore into the live file is whole or nothing", .timeLimit(.minutes(2)))
struct RestoreTests {
    /// The job, compared and waiting for `go`.
    private func start(
        _ bench: BackupBench, _ file: String, change: (inout RestoreOrder) -> Void = { _ in }
    ) throws -> (JobBench, [TableLoss]) {
        var order = bench.restoreOrder(file)
        change(&order)
        let job = try bench.start(.restore(order))
        return (job, try job.losses().losses)
    }

    @Test(
        "Applications that have it open see the old rows again, in the same file",
        arguments: ["WAL", "DELETE"])
    func live(mode: String) throws {
        let bench = try BackupBench(mode: mode)
        let backup = try bench.backUp()
        // An application that has read already and stays connected.
        let holder = try Holder(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('SELECT count(*) FROM Categories').fetchone()
            """, path: bench.path)
        try bench.change("DELETE FROM Categories WHERE Id > 10")
        try bench.change("INSERT INTO Categories (Name) VALUES ('new')")
        let before = try #require(FileIdentity(at: bench.path))
        let (job, losses) = try start(bench, backup.file)
        #expect(losses == [TableLoss(table: "Categories", live: 11, backup: 2_000, lost: 1)])
        let safety = try job.ready()
        let facts = try job.commit()
        #expect(facts.applied == GateTests.ids)
        try job.keep()
        #expect(try bench.value("SELECT count(*) FROM Categories") == "2000")
        #expect(FileIdentity(at: bench.path)?.inode == before.inode)
        #expect(
            try bench.value("SELECT count(*) FROM Categories", of: bench.folder.file(safety))
                == "11")
        #expect(try bench.value("PRAGMA journal_mode") == mode.lowercased())
        holder.release()
    }

    @Test("A controller that leaves before the commit leaves the live database as it was")
    func left() throws {
        let bench = try BackupBench()
        let backup = try bench.backUp()
        try bench.change("DELETE FROM Categories")
        let (job, _) = try start(bench, backup.file)
        try job.ready()
        job.hangUp()
        try job.waitForEnd()
        #expect(try bench.value("SELECT count(*) FROM Categories") == "0")
        // And it can be written at once.
        try bench.change("INSERT INTO Categories (Name) VALUES ('after')")
    }

    @Test("What was restored is taken back on the word undo")
    func undone() throws {
        let bench = try BackupBench()
        let backup = try bench.backUp()
        try bench.change("DELETE FROM Categories WHERE Id > 5")
        let (job, _) = try start(bench, backup.file)
        try job.ready()
        try job.commit()
        try job.say(.undo)
        #expect(try job.next() == .undone)
        #expect(try bench.value("SELECT count(*) FROM Categories") == "5")
    }

    @Test("Who writes between the safety copy and the lock makes it refuse; nothing of it is lost")
    func writer() throws {
        let bench = try BackupBench(extra: ChainWriter.table)
        let backup = try bench.backUp()
        let writer = try ChainWriter(bench.path, pause: 2)
        let (job, _) = try start(bench, backup.file)
        try job.say(.go)
        let failure = try job.failure()
        #expect(failure.kind == .refused)
        #expect(failure.message.contains("wrote"), "\(failure.message)")
        writer.stop()
        #expect(try bench.value(ChainWriter.isWhole) == "1")
    }

    @Test("A writer that does not let go of its lock is named")
    func locked() throws {
        let bench = try BackupBench()
        let backup = try bench.backUp()
        let holder = try Holder(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('BEGIN IMMEDIATE')
            """, path: bench.path)
        let (job, _) = try start(bench, backup.file) { $0.lockMilliseconds = 200 }
        try job.say(.go)
        let failure = try job.failure()
        #expect(failure.kind == .locked)
        #expect(failure.message.contains("process \(holder.pid)"), "\(failure.message)")
        holder.release()
    }

    @Test("A left-over lock row stays in the archive and does not come into the live database")
    func lockRow() throws {
        let bench = try BackupBench(
            extra: """
                db.execute('''INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01')''')
                """)
        let backup = try bench.backUp()
        let rows = #"SELECT count(*) FROM "__EFMigrationsLock""#
        #expect(try bench.value(rows, of: bench.folder.file(backup.file)) == "1")
        let (job, _) = try start(bench, backup.file)
        try job.ready()
        try job.commit()
        try job.keep()
        #expect(try bench.value(rows) == "0")
        #expect(try bench.value(rows, of: bench.folder.file(backup.file)) == "1")
        #expect(BackupVerification.run(path: bench.folder.file(backup.file)).verified)
        #expect(try !bench.names.contains { $0.hasPrefix(".") })
    }

    @Test("A file that is not what its manifest says is refused unless the operator insists")
    func manifest() throws {
        let bench = try BackupBench()
        let backup = try bench.backUp()
        try FileManager.default.removeItem(
            atPath: bench.folder.file(backup.file) + ".json")
        let failure = try bench.start(.restore(bench.restoreOrder(backup.file))).failure()
        #expect(failure.kind == .manifest)
        #expect(failure.hint.contains("--override backup"))
        let (job, _) = try start(bench, backup.file) { $0.isUnchecked = true }
        job.hangUp()
    }

    @Test("A corrupt file under a good name is refused, whoever insists")
    func corrupt() throws {
        let bench = try BackupBench()
        let backup = try bench.backUp()
        let path = bench.folder.file(backup.file)
        try Data(repeating: 0x41, count: backup.bytes).write(to: URL(filePath: path))
        for isUnchecked in [false, true] {
            let order = bench.restoreOrder(backup.file, isUnchecked: isUnchecked)
            _ = try bench.start(.restore(order)).failure()
        }
        #expect(try bench.value("SELECT count(*) FROM Categories") == "2000")
    }

    @Test(
        "A name that leads out of the folder is refused",
        arguments: ["../app.db", "/etc/passwd", ".hidden.db", "a/b.db", "", "missing.db", "a\n.db"])
    func names(name: String) throws {
        let bench = try BackupBench()
        _ = try bench.backUp()
        let failure = try bench.start(.restore(bench.restoreOrder(name))).failure()
        #expect(failure.kind == .refused)
    }

    /// A backup with pages of 8 KiB, which no log of 4 KiB pages takes.
    private func largePages(_ bench: BackupBench) throws -> RestoreOrder {
        let backup = try bench.backUp()
        try Python.run(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('PRAGMA page_size = 8192')
            db.execute('VACUUM')
            db.close()
            """, path: bench.folder.file(backup.file))
        return bench.restoreOrder(backup.file, isUnchecked: true)
    }

    @Test("Pages of another size: refused with the process that has the file open")
    func heldOffline() throws {
        let bench = try BackupBench()
        let order = try largePages(bench)
        let holder = try Holder(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('SELECT count(*) FROM Categories').fetchone()
            """, path: bench.path)
        let failure = try bench.start(.restore(order)).failure()
        #expect(failure.kind == .refused)
        #expect(failure.message.contains("\(holder.pid)"), "\(failure.message)")
        holder.release()
    }

    @Test("Where not every process can be seen, a file is not replaced")
    func blind() throws {
        let bench = try BackupBench()
        let holders = FileHolders(of: bench.path, isContained: true)
        #expect(holders.processes.isEmpty)
        #expect(holders.blindness != nil)
    }

    @Test("A corrupt file that nobody has open is moved aside, whole, and replaced")
    func offline() throws {
        let bench = try BackupBench()
        let backup = try bench.backUp()
        try Data(repeating: 0x5a, count: 20_000).write(to: URL(filePath: bench.path))
        try Tool.run("chmod", "664", bench.path)
        if ThisProcess.isRoot { try Tool.run("chgrp", "12345", bench.path) }
        let before = FileAccess(of: bench.path)
        let job = try bench.start(.restore(bench.restoreOrder(backup.file)))
        let notice = try job.next()
        guard FileHolders(of: bench.path).blindness == nil else {
            // Here it cannot be proven that nobody holds it.
            guard case .failed(let failure) = notice else {
                Issue.record("not refused: \(notice)")
                return
            }
            #expect(failure.kind == .refused)
            return
        }
        guard case .losses(let seen) = notice, seen.isOffline else {
            Issue.record("not offline: \(notice)")
            return
        }
        #expect(seen.unreadable?.contains("not a database") == true, "\(seen)")
        #expect(!seen.isExact)
        let aside = try job.ready()
        try job.commit()
        try job.keep()
        #expect(try bench.value("SELECT count(*) FROM Categories") == "2000")
        #expect(Files.facts(aside)?.bytes == 20_000)
        // The applications can go on with it.
        #expect(before?.mode == 0o664)
        #expect(FileAccess(of: bench.path) == before)
        #expect(FileAccess(of: aside) == before)
    }

    @Test("What replaces a file in WAL mode is in WAL mode, and nothing is left beside it")
    func offlineLog() throws {
        let bench = try BackupBench()
        let order = try largePages(bench)
        guard FileHolders(of: bench.path).blindness == nil else { return }
        let job = try bench.start(.restore(order))
        guard case .losses(let seen) = try job.next(), seen.isOffline else {
            Issue.record("not offline")
            return
        }
        // It can be read, and so it is said what would be lost.
        #expect(seen.unreadable == nil)
        #expect(seen.isExact)
        try job.ready()
        try job.commit()
        try job.keep()
        #expect(try bench.value("PRAGMA page_size") == "8192")
        #expect(try bench.value("PRAGMA journal_mode") == "wal")
        #expect(Files.kind(bench.path + ".restoring") == nil)
    }

    @Test("Where a person has to replace it, the command says whom it has to belong to")
    func byHand() throws {
        let scratch = try Scratch()
        try Data("x".utf8).write(to: URL(filePath: scratch.path))
        let offline = OfflineRestore(
            path: scratch.path, source: scratch.path, sourceName: nil, name: "web.db",
            moment: "20260102-030405", isContained: true)
        let failure = #expect(throws: WorkFailure.self) { try offline.proveUnused() }
        let access = try #require(FileAccess(of: scratch.path))
        #expect(
            failure?.hint.contains(
                "install -o \(access.user) -g \(access.group) -m "
                    + "\(String(access.mode, radix: 8)) FILE \(scratch.path), FILE being the "
                    + "web.db that was sent") == true, "\(failure?.hint ?? "")")
    }

    @Test("Without a name the newest that fits is taken, and the preferred snapshot before it")
    func choice() throws {
        let bench = try BackupBench()
        let old = try bench.backUp(.drained, operation: "A")
        let known = try bench.backUp()
        try bench.change(
            #"INSERT INTO "__EFMigrationsHistory" VALUES ('20250101000000_New', '9.0.0')"#)
        _ = try bench.backUp()
        var order = bench.restoreOrder("")
        order.file = nil
        order.fit = .known(ids: GateTests.ids)
        #expect(try RestoreChoice(order, in: bench.folder).name == known.file)
        order.preferred = "A"
        #expect(try RestoreChoice(order, in: bench.folder).name == old.file)
        order.fit = .latest(id: GateTests.ids[1])
        order.preferred = nil
        #expect(try RestoreChoice(order, in: bench.folder).name == known.file)
        order.fit = .unknown
        #expect(throws: WorkFailure.self) { try RestoreChoice(order, in: bench.folder) }
    }
}
