import Control
import Foundation
import Kernel
import Testing

@testable import SharedDatabase

@Suite("Backups are whole, verified and counted", .timeLimit(.minutes(2)))
struct BackupTests {
    @Test(
        "A backup is one file with a manifest that says what it holds",
        arguments: ["WAL", "DELETE"])
    func whole(mode: String) throws {
        let bench = try BackupBench(mode: mode)
        let manifest = try bench.backUp(operation: "01OPERATION")
        #expect(try bench.names == [manifest.file, manifest.file + ".json"])
        #expect(manifest.rows["Categories"] == 2_000)
        #expect(manifest.migrations == GateTests.ids)
        #expect(manifest.operation == "01OPERATION")
        let path = bench.folder.file(manifest.file)
        #expect(try bench.value("SELECT count(*) FROM Categories", of: path) == "2000")
        #expect(try bench.value("PRAGMA journal_mode", of: path) == "delete")
        #expect(BackupVerification.run(path: path).verified)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test("While another process writes without a pause, the copy is the state of one instant")
    func oneInstant() throws {
        let bench = try BackupBench(extra: ChainWriter.table)
        let writer = try ChainWriter(bench.path)
        for _ in 0..<3 {
            let manifest = try bench.backUp()
            let copy = bench.folder.file(manifest.file)
            #expect(try bench.value(ChainWriter.isWhole, of: copy) == "1")
            #expect(manifest.rows["Chain"] ?? 0 > 0)
        }
        writer.stop()
        #expect(try bench.value(ChainWriter.isWhole) == "1")
    }

    @Test("A file of 0 octets, of which an application will make its database, is one too")
    func nothingYet() throws {
        let bench = try BackupBench()
        for side in ["", "-wal", "-shm"] {
            try Files.remove("test.remove", bench.path + side)
        }
        try Data().write(to: URL(filePath: bench.path))
        let manifest = try bench.backUp()
        #expect(manifest.rows.isEmpty)
        #expect(BackupVerification.run(path: bench.folder.file(manifest.file)).verified)
        #expect(Files.facts(bench.path)?.bytes == 0)
    }

    @Test("Two backups of one second get names of their own; of web-2 nothing is touched")
    func names() throws {
        let bench = try BackupBench()
        let folder = bench.folder
        try FileManager.default.createDirectory(
            atPath: folder.path, withIntermediateDirectories: true)
        let moment = Timestamp(milliseconds: 1_768_487_400_000)
        #expect(folder.freeName(for: "web", at: moment) == "web-20260115-143000.db")
        try Data().write(to: URL(filePath: folder.file("web-20260115-143000.db")))
        try Data().write(to: URL(filePath: folder.file("web-20260115-143000-2.db.json")))
        #expect(folder.freeName(for: "web", at: moment) == "web-20260115-143000-3.db")
        #expect(BackupFolder.belongs("web-20260115-143000.db", to: "web"))
        #expect(BackupFolder.belongs("web-20260115-143000-12.db.json", to: "web"))
        #expect(!BackupFolder.belongs("web-2-20260115-143000.db", to: "web"))
        // A service may be called so that its backups begin like those of another one.
        let long = "web-20261130-999999-20260115-143000.db"
        for end in ["", ".json", ".partial", ".json.partial", ".partial-wal"] {
            #expect(!BackupFolder.belongs(long + end, to: "web"))
            #expect(BackupFolder.belongs(long + end, to: "web-20261130-999999"))
        }
        for name in ["web-20260115-143000", "web-20260115-143000-.db", "web-20260115-143000.db~"] {
            #expect(!BackupFolder.belongs(name, to: "web"), "\(name)")
        }
    }

    @Test("What a killed job left is gone with the next one; other files stay")
    func leftOvers() throws {
        let bench = try BackupBench()
        try FileManager.default.createDirectory(
            atPath: bench.backups, withIntermediateDirectories: true)
        let left = ["web-20260115-143000.db.partial", "web-20260115-143001.db.json"]
        let kept = ["other-20260115-143000.db.partial", "notes.txt", "web-2026.partial"]
        for name in left + kept {
            try Data("x".utf8).write(to: URL(filePath: bench.folder.file(name)))
        }
        let manifest = try bench.backUp()
        #expect(
            try bench.names == (kept + [manifest.file, manifest.file + ".json"]).sorted())
    }

    @Test("Of each kind so many stay as configured; a protected operation's stay beside them")
    func prune() throws {
        let bench = try BackupBench()
        let first = try bench.backUp(.preSwitch, operation: "A")
        var regular: [String] = []
        for _ in 0..<3 { regular.append(try bench.backUp(keep: 2, protected: ["A"]).file) }
        func stay() throws -> Set<String> {
            Set(try bench.names.filter { $0.hasSuffix(".db") })
        }
        #expect(try stay() == Set([first.file] + regular.suffix(2)))
        let second = try bench.backUp(.preSwitch, operation: "B", keep: 1, protected: ["A"])
        #expect(try stay() == Set([first.file, second.file] + regular.suffix(1)))
        let third = try bench.backUp(.preSwitch, operation: "C", keep: 1)
        #expect(try stay() == Set([third.file] + regular.suffix(1)))
    }

    @Test("Pruning keeps the newest one that is sound, although a newer one looks like it")
    func pruneCorrupt() throws {
        let bench = try BackupBench()
        let sound = try bench.backUp()
        let newer = try bench.backUp()
        try flip(bench.folder.file(newer.file))
        let job = try bench.start(.prune(keep: 1, protected: []))
        guard case .pruned(let removed, let left) = try job.next() else {
            Issue.record("not pruned")
            return
        }
        #expect(removed.isEmpty)
        #expect(left == 2)
        #expect(Files.kind(bench.folder.file(sound.file)) == .file)
    }

    @Test("One octet of text that turned over is found, and a manifest that is another's")
    func flipped() throws {
        let bench = try BackupBench()
        let manifest = try bench.backUp()
        let path = bench.folder.file(manifest.file)
        try flip(path)
        // SQLite itself sees nothing wrong.
        #expect(try bench.value("PRAGMA integrity_check", of: path) == "ok")
        let finding = BackupVerification.run(path: path)
        #expect(!finding.verified)
        #expect(finding.problems.contains { $0.contains("sha256") })
        try FileManager.default.removeItem(atPath: path + ".json")
        #expect(BackupVerification.run(path: path).problems == ["it has no manifest"])
    }

    /// Turns one letter of a row over.
    private func flip(_ path: String) throws {
        var data = try Data(contentsOf: URL(filePath: path))
        let place = try #require(data.range(of: Data("category 1999".utf8)))
        data[place.lowerBound] ^= 0x20
        try data.write(to: URL(filePath: path))
    }

    @Test("Orphans that the source has are no fault of the copy")
    func orphans() throws {
        let bench = try BackupBench(
            extra: """
                db.execute('CREATE TABLE Child (Id INTEGER, C INTEGER REFERENCES Categories(Id))')
                db.execute('INSERT INTO Child VALUES (1, 99999)')
                """)
        #expect(try bench.backUp().foreignKeyFindings == 1)
    }

    @Test("A corrupt database is refused and leaves nothing; older backups stay")
    func corrupt() throws {
        let bench = try BackupBench()
        let good = try bench.backUp()
        let handle = try FileHandle(forWritingTo: URL(filePath: bench.path))
        try handle.seek(toOffset: 4_096)
        try handle.write(contentsOf: Data(repeating: 0x5a, count: 8_192))
        try handle.close()
        let failure = try bench.start(.backup(bench.order())).failure()
        #expect(failure.kind == .corrupt)
        #expect(failure.message.contains("corrupt"), "\(failure.message)")
        #expect(try bench.names == [good.file, good.file + ".json"])
    }

    @Test("A page that only the copy's checks come across is the database's, not the copy's")
    func corruptPage() throws {
        let bench = try BackupBench()
        try bench.change("CREATE INDEX Named ON Categories (Name)")
        try bench.change("PRAGMA wal_checkpoint(TRUNCATE)")
        let page = try Int(
            bench.value("SELECT rootpage FROM sqlite_schema WHERE 'Categories' = name"))
        let handle = try FileHandle(forWritingTo: URL(filePath: bench.path))
        try handle.seek(toOffset: UInt64(try #require(page) - 1) * 4_096)
        try handle.write(contentsOf: Data(repeating: 0xff, count: 4_096))
        try handle.close()
        let failure = try bench.start(.backup(bench.order())).failure()
        #expect(failure.kind == .corrupt)
        #expect(
            failure.message.hasPrefix("the database is corrupt: \(bench.path): "),
            "\(failure.message)")
        #expect(try bench.names.isEmpty)
    }

    @Test("A copy that is corrupt while its source is whole is told as such")
    func corruptCopy() throws {
        let bench = try BackupBench()
        let good = try bench.backUp()
        let handle = try FileHandle(forWritingTo: URL(filePath: bench.folder.file(good.file)))
        try handle.seek(toOffset: 4_096)
        try handle.write(contentsOf: Data(repeating: 0xff, count: 4_096))
        try handle.close()
        let failure = #expect(throws: WorkFailure.self) {
            try CheckedCopy(of: bench.folder.file(good.file))
        }
        #expect(failure?.kind == .corruptCopy)
    }

    @Test("A lock is named with its process, and nothing is left of the try")
    func locked() throws {
        let bench = try BackupBench(mode: "DELETE")
        let holder = try Holder(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('BEGIN EXCLUSIVE')
            """, path: bench.path)
        let failure = try bench.start(.backup(bench.order())).failure()
        #expect(failure.kind == .locked)
        #expect(failure.message.contains("process \(holder.pid)"), "\(failure.message)")
        #expect(try bench.names.isEmpty)
        holder.release()
    }

    @Test("A folder that cannot be made is told with the command that makes it")
    func unwritable() throws {
        let bench = try BackupBench()
        let file = bench.scratch.folder.path + "/file"
        try Data().write(to: URL(filePath: file))
        let job = try JobBench(
            .backup(bench.order()), path: bench.path, backups: file + "/backups")
        let failure = try job.failure()
        #expect(failure.kind == .failed)
        #expect(failure.hint.contains("install -d"))
    }

    @Test("A moment that was pinned is what is copied, whatever is written afterwards")
    func pinned() throws {
        let bench = try BackupBench()
        let job = try bench.start(.snapshot(bench.order(.drained)))
        try job.say(.pin)
        guard case .pinned = try job.next() else {
            Issue.record("not pinned")
            return
        }
        try bench.change("DELETE FROM Categories")
        try job.say(.copy(streams: 3))
        guard case .backedUp(let manifest, _) = try job.next() else {
            Issue.record("not copied")
            return
        }
        #expect(manifest.rows["Categories"] == 2_000)
        #expect(manifest.streams == 3)
        #expect(manifest.reason == .drained)
    }

    @Test("A controller that leaves cancels: nothing is left")
    func cancelled() throws {
        let bench = try BackupBench()
        let job = try bench.start(.snapshot(bench.order(.drained)))
        try job.say(.pin)
        guard case .pinned = try job.next() else {
            Issue.record("not pinned")
            return
        }
        job.hangUp()
        try job.waitForEnd()
        #expect(try bench.names.isEmpty)
    }
}

/// A process that commits one row after another, each with a checksum of all before it.
final class ChainWriter {
    private let holder: Process
    private let stopFile: String

    static let table = """
        db.execute('CREATE TABLE Chain (Id INTEGER PRIMARY KEY, Sum INTEGER NOT NULL)')
        """
    /// 1 where no row is missing and every sum follows from the one before.
    static let isWhole = """
        SELECT (SELECT count(*) FROM Chain) = (SELECT coalesce(max(Id), 0) FROM Chain)
        AND NOT EXISTS (SELECT 1 FROM Chain a JOIN Chain b ON b.Id = a.Id + 1
            WHERE b.Sum <> (a.Sum * 31 + b.Id) % 1000003)
        """

    /// `pause`: between two rows, in milliseconds. Without one nobody else gets the lock by
    /// waiting for it.
    init(_ path: String, pause: Int = 0) throws {
        stopFile = path + ".stop"
        holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        holder.arguments = [
            "python3", "-c",
            """
            import sqlite3, sys, os, time
            db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
            number, total = db.execute(
                'SELECT coalesce(max(Id), 0), coalesce(max(Sum), 0) FROM Chain').fetchone()
            while not os.path.exists(sys.argv[1] + '.stop'):
                number += 1
                total = (total * 31 + number) % 1000003
                db.execute('INSERT INTO Chain VALUES (?, ?)', (number, total))
                if \(pause): time.sleep(\(pause) / 1000)
            """, path,
        ]
        try holder.run()
        let end = Instant.now.advanced(byNanoseconds: 20_000_000_000)
        while (FileIdentity(at: path)?.walBytes ?? 0) < 20_000 {
            try #require(Instant.now < end)
            ThisProcess.pause(milliseconds: 5)
        }
    }

    func stop() {
        _ = FileManager.default.createFile(atPath: stopFile, contents: nil)
        holder.waitUntilExit()
    }

    deinit { if holder.isRunning { holder.terminate() } }
}
