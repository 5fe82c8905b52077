import Control
import Foundation
import Kernel
import Testing

@testable import SharedDatabase

/// Drills, statistics and left-over locks, on databases that other processes made and hold.
@Suite("Drill, optimize, unlock", .timeLimit(.minutes(2)))
struct CareTests {
    // MARK: Drill

    private func drill(_ bench: BackupBench, _ stated: [String] = GateTests.ids) throws
        -> DatabaseNotice
    {
        let request = GateRequest(stated: .known(ids: stated))
        return try bench.start(.drill(DrillOrder(service: "web", gate: request))).next()
    }

    @Test("The newest backup is restored beside the live database, and nothing of it stays there")
    func drill() throws {
        let bench = try BackupBench()
        try bench.backUp()
        let newest = try bench.backUp()
        let before = try bench.scratch.files
        guard case .drilled(let finding) = try drill(bench) else {
            Issue.record("no drill")
            return
        }
        #expect(finding.file == newest.file)
        #expect(finding.problems.isEmpty, "\(finding.problems)")
        #expect(finding.judgement?.verdict == .match)
        #expect(finding.bytes == newest.bytes)
        #expect(try bench.scratch.files == before)
        guard case .drilled(let behind) = try drill(bench, GateTests.ids + ["20250101000000_New"])
        else {
            Issue.record("no drill")
            return
        }
        #expect(behind.judgement?.verdict == .databaseBehind)
        #expect(behind.problems.isEmpty)
    }

    @Test("A backup that is not what its manifest says fails the drill, and is named")
    func drillOfDamaged() throws {
        let bench = try BackupBench()
        let file = try bench.backUp().file
        let handle = try #require(FileHandle(forUpdatingAtPath: bench.backups + "/" + file))
        handle.seek(toFileOffset: 5_000)
        handle.write(Data([0x41, 0x42]))
        handle.closeFile()
        guard case .drilled(let finding) = try drill(bench) else {
            Issue.record("no drill")
            return
        }
        #expect(finding.file == file)
        #expect(finding.problems.contains { $0.contains("sha256") }, "\(finding.problems)")
        #expect(finding.restoreMilliseconds == 0)
    }

    @Test("Without a backup there is nothing to drill")
    func drillOfNothing() throws {
        let bench = try BackupBench()
        // Neither without a folder nor in an empty one.
        for _ in 0..<2 {
            let job = try bench.start(
                .drill(DrillOrder(service: "web", gate: GateRequest(stated: .notAsked))))
            #expect(try job.failure().message.contains("there is no backup of web"))
            try Folder.make("test.folder", bench.backups, mode: 0o700)
        }
    }

    // MARK: Optimize

    @Test(
        "The tables are looked at without a checkpoint, while another process has it open",
        arguments: ["WAL", "DELETE"])
    func optimize(mode: String) throws {
        let bench = try BackupBench(
            mode: mode, extra: "db.execute('CREATE INDEX Names ON Categories (Name)')\n")
        let holder = try Holder(
            "db = sqlite3.connect(sys.argv[1]); db.execute('SELECT * FROM Categories LIMIT 1')",
            path: bench.path)
        guard case .optimized(_, _, let pages) = try bench.start(.optimize).next() else {
            Issue.record("not optimized")
            return
        }
        #expect(pages > 1)
        #expect(try bench.value("SELECT count(*) FROM sqlite_stat1") != "0")
        let isLog = mode == "WAL"
        #expect((Files.facts(bench.path + "-wal")?.bytes ?? 0 > 0) == isLog)
        holder.release()
    }

    @Test("The log that the statistics went into stays, although nobody else has it open")
    func optimizeKeepsLog() throws {
        let bench = try BackupBench()
        _ = try bench.start(.optimize).next()
        #expect(Files.facts(bench.path + "-wal")?.bytes ?? 0 > 0)
    }

    // MARK: Unlock

    private func lock(_ bench: BackupBench, secondsAgo: Int) throws {
        try bench.change(
            "INSERT INTO __EFMigrationsLock VALUES (1, "
                + "strftime(\"%Y-%m-%d %H:%M:%f\", \"now\", \"-\(secondsAgo) seconds\"))")
    }

    private func unlock(
        _ bench: BackupBench, healthy: Int = 0, starting: [String] = []
    ) throws -> JobBench {
        try bench.start(.unlock(UnlockOrder(healthyTargets: healthy, starting: starting)))
    }

    private func rows(_ bench: BackupBench) throws -> String {
        try bench.value("SELECT count(*) FROM __EFMigrationsLock")
    }

    @Test("A lock older than ten minutes is cleared; one second less is not")
    func age() throws {
        let bench = try BackupBench()
        try lock(bench, secondsAgo: 590)
        #expect(try unlock(bench).failure().message.contains("s ago; expected at least 600 s"))
        #expect(try rows(bench) == "1")
        try bench.change("DELETE FROM __EFMigrationsLock")
        try lock(bench, secondsAgo: 601)
        guard case .unlocked(let age) = try unlock(bench).next() else {
            Issue.record("not unlocked")
            return
        }
        #expect(age ?? 0 >= 601)
        #expect(try rows(bench) == "0")
    }

    @Test("Without a lock nothing is done")
    func none() throws {
        let bench = try BackupBench()
        guard case .unlocked(nil) = try unlock(bench).next() else {
            Issue.record("something was unlocked")
            return
        }
    }

    @Test("A color that is starting keeps its lock, and is named")
    func starting() throws {
        let bench = try BackupBench()
        try lock(bench, secondsAgo: 5_000)
        let failure = try unlock(bench, starting: ["green at x is not healthy: 503"]).failure()
        #expect(failure.kind == .refused)
        #expect(failure.message.contains("green at x is not healthy"))
        #expect(try rows(bench) == "1")
    }

    @Test("One process more than there are healthy targets may be starting: it is named")
    func holders() throws {
        let bench = try BackupBench()
        try lock(bench, secondsAgo: 5_000)
        let holder = try Holder(
            "db = sqlite3.connect(sys.argv[1]); db.execute('SELECT * FROM Categories LIMIT 1')",
            path: bench.path)
        let failure = try unlock(bench, healthy: 0).failure()
        #expect(failure.message.contains("\(holder.pid)"), "\(failure.message)")
        #expect(try rows(bench) == "1")
        guard case .unlocked(.some) = try unlock(bench, healthy: 1).next() else {
            Issue.record("not unlocked beside one healthy target")
            return
        }
        #expect(try rows(bench) == "0")
        holder.release()
    }

    @Test(
        "Whoever holds the write lock is named, and nothing is cleared",
        arguments: ["WAL", "DELETE"])
    func writer(mode: String) throws {
        let bench = try BackupBench(mode: mode)
        try lock(bench, secondsAgo: 5_000)
        let holder = try Holder(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('BEGIN IMMEDIATE')
            """, path: bench.path)
        let failure = try unlock(bench, healthy: 1).failure()
        #expect(failure.kind == .refused)
        #expect(failure.message.contains("process \(holder.pid) holds the write lock"))
        #expect(try rows(bench) == "1")
        holder.release()
    }
}
