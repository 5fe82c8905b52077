import Control
import Foundation
import Kernel
import Testing

@testable import SharedDatabase

/// What a job says of files that are not as they should be, and of who stands in its way.
@Suite("Refusals of jobs", .timeLimit(.minutes(2)))
struct JobRefusalTests {
    @Test("A backup that was cut is named, not the live database, whoever insists")
    func cutBackup() throws {
        let bench = try BackupBench()
        let file = try bench.backUp().file
        let handle = try #require(FileHandle(forUpdatingAtPath: bench.backups + "/" + file))
        try handle.truncate(atOffset: 9_000)
        try handle.close()
        let failure = try bench.start(.restore(bench.restoreOrder(file, isUnchecked: true)))
            .failure()
        #expect(failure.message.contains(file), "\(failure.message)")
        #expect(!failure.message.contains(bench.path), "\(failure.message)")
        let job = try bench.start(.verify(file: file))
        guard case .verified(let finding) = try job.next() else {
            Issue.record("not looked at")
            return
        }
        #expect(!finding.verified)
        #expect(!finding.problems.contains { $0.contains("the database is corrupt") })
    }

    @Test("A restore of a database that is not there says what puts one there")
    func missing() throws {
        let bench = try BackupBench()
        let file = try bench.backUp().file
        for side in ["", "-wal", "-shm"] {
            try Files.remove("test.remove", bench.path + side)
        }
        let failure = try bench.start(.restore(bench.restoreOrder(file))).failure()
        #expect(failure.kind == .refused)
        #expect(failure.message == "\(bench.path) is not there")
        #expect(failure.hint.contains("cp \(bench.backups)/\(file) \(bench.path)"))
    }

    @Test("A look at a database that is not there says so, and shows no size of a link to nowhere")
    func nowhere() throws {
        let bench = try BackupBench()
        for side in ["", "-wal", "-shm"] {
            try Files.remove("test.remove", bench.path + side)
        }
        func seen() throws -> DatabaseInspection? {
            guard case .inspected(let seen) = try bench.start(.inspect).next() else { return nil }
            return seen
        }
        let missing = try #require(try seen())
        #expect(missing.problem?.contains("\(bench.path) is not there") == true, "\(missing)")
        try FileManager.default.createSymbolicLink(
            atPath: bench.path, withDestinationPath: bench.path + ".gone")
        let dangling = try #require(try seen())
        #expect(
            dangling.problem == "\(bench.path) is a link to a place where nothing is",
            "\(dangling)")
        #expect(dangling.file == nil)
    }

    @Test("Only a look that waited for a lock in vain is a lock wait")
    func lockWaits() throws {
        let bench = try BackupBench(mode: "DELETE")
        func look() throws -> DatabaseInspection? {
            let job = try bench.start(.inspect)
            defer { job.hangUp() }
            guard case .inspected(let seen) = try job.next() else { return nil }
            return seen
        }
        let holder = try Holder(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('BEGIN EXCLUSIVE')
            """, path: bench.path)
        let locked = try look()
        #expect(locked?.isLocked == true)
        #expect(locked?.longWriter == holder.pid)
        holder.release()
        #expect(try look()?.isLocked == false)
        try Data(repeating: 0x5a, count: 5_000).write(to: URL(filePath: bench.path))
        let corrupt = try look()
        #expect(corrupt?.corrupt?.kind == .corrupt)
        #expect(corrupt?.isLocked == false)
        try Files.remove("test.remove", bench.path)
        #expect(try look()?.isLocked == false)
    }

    @Test("A transaction that was cut is told as such to whoever wants a backup")
    func cutTransaction() throws {
        let bench = try BackupBench(mode: "DELETE")
        let holder = try Holder(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('PRAGMA cache_size = 1')
            db.execute('BEGIN')
            db.execute('UPDATE Categories SET Name = Name || Name')
            """, path: bench.path)
        holder.kill()
        let failure = try bench.start(.backup(bench.order())).failure()
        #expect(failure.message.contains("-journal holds a transaction that was cut"))
        #expect(failure.hint.contains("rolls it back"))
    }

    @Test("With a rollback journal a reader that keeps a writer out is named")
    func reader() throws {
        let bench = try BackupBench(mode: "DELETE")
        let holder = try Holder(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('BEGIN')
            db.execute('SELECT * FROM Categories').fetchone()
            """, path: bench.path)
        let failure = try bench.start(.optimize).failure()
        #expect(failure.kind == .locked)
        #expect(failure.message.contains("process \(holder.pid)"), "\(failure.message)")
        holder.release()
    }

    @Test("Whoever writes after the moment was pinned is named when it is asked for")
    func writers() throws {
        let bench = try BackupBench()
        let job = try bench.start(.snapshot(bench.order(.drained)))
        try job.say(.pin)
        guard case .pinned = try job.next() else {
            Issue.record("not pinned")
            return
        }
        try job.say(.compare)
        #expect(try job.next() == .compared(writers: nil))
        let holder = try Holder(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('DELETE FROM Categories')
            """, path: bench.path)
        try job.say(.compare)
        guard case .compared(let writers?) = try job.next() else {
            Issue.record("nobody is named")
            return
        }
        #expect(writers.contains("process \(holder.pid)"), "\(writers)")
        holder.release()
        try job.say(.copy(streams: 0))
        guard case .backedUp(let manifest, _) = try job.next() else {
            Issue.record("not copied")
            return
        }
        #expect(manifest.rows["Categories"] == 2_000)
    }
}
