import Foundation
import Kernel
import Testing

@testable import SharedDatabase

@Suite(
    "The file must be one that SQLite's locks protect, and the one that everybody holds",
    .timeLimit(.minutes(2)))
struct FileDutyTests {
    static let ids = GateTests.ids

    private func answer(
        _ path: String, _ change: (inout GateRequest) -> Void = { _ in }
    ) -> GateAnswer {
        var request = GateRequest(stated: .known(ids: Self.ids))
        request.looksForLostFiles = true
        change(&request)
        return Gate.answer(path: path, request)
    }

    // MARK: Split

    @Test("A file that was replaced under a running application is split, and who holds it named")
    func replaced() throws {
        let scratch = try Scratch()
        let holder = try Holder(efDatabase(Self.ids), path: scratch.path)
        #expect(answer(scratch.path).verdict == .match)
        let copy = scratch.folder.path + "/copy.db"
        try Python.run(efDatabase(Self.ids), path: copy)
        try FileManager.default.removeItem(atPath: scratch.path)
        try FileManager.default.moveItem(atPath: copy, toPath: scratch.path)
        let gate = answer(scratch.path)
        #expect(gate.verdict == .split, "\(gate.saw)")
        #expect(gate.saw.contains("process \(holder.pid) (python3"), "\(gate.saw)")
        #expect(gate.expected.contains("inode \(try #require(gate.file).inode)"))
        // Inside a hold nobody is searched for.
        #expect(answer(scratch.path) { $0.looksForLostFiles = false }.verdict != .split)
        holder.release()
        #expect(answer(scratch.path).verdict != .split)
    }

    @Test("A file that was removed is split while somebody holds it, and missing afterwards")
    func removed() throws {
        let scratch = try Scratch()
        let holder = try Holder(efDatabase(Self.ids), path: scratch.path)
        for name in try scratch.files {
            try FileManager.default.removeItem(atPath: scratch.folder.path + "/" + name)
        }
        let gate = answer(scratch.path)
        #expect(gate.verdict == .split)
        #expect(gate.file == nil)
        holder.kill()
        #expect(answer(scratch.path).verdict == .unreadable)
        #expect(try scratch.files.isEmpty)
    }

    @Test("A restore that was stopped between its two moves is named, with the way back")
    func stoppedRestore() throws {
        let scratch = try Scratch()
        let first = OfflineRestore.freeMoment("20260102-030405", for: scratch.path)
        #expect(first == "20260102-030405")
        for name in [".restoring", ".before-restore-\(first)", ".before-restore-\(first)-wal"] {
            try Data("x".utf8).write(to: URL(filePath: scratch.path + name))
        }
        let gate = answer(scratch.path)
        #expect(gate.verdict == .unreadable)
        let aside = "\(scratch.path).before-restore-\(first)"
        let moves = "mv \(aside) \(scratch.path); mv \(aside)-wal \(scratch.path)-wal"
        #expect(gate.saw.hasSuffix(": " + moves), "\(gate.saw)")
        let second = OfflineRestore.freeMoment(first, for: scratch.path)
        #expect(second == "\(first)-2")
    }

    @Test("A write-ahead log that was removed under a running application is split")
    func removedLog() throws {
        let scratch = try Scratch()
        let holder = try Holder(efDatabase(Self.ids), path: scratch.path)
        try FileManager.default.removeItem(atPath: scratch.path + "-wal")
        let gate = answer(scratch.path)
        #expect(gate.verdict == .split)
        #expect(gate.saw.contains("-wal that is gone"))
        holder.release()
    }

    @Test("A color that states another file is split, one that states this one is not")
    func stated() throws {
        let scratch = try Scratch()
        try Python.run(efDatabase(Self.ids), path: scratch.path)
        let file = try #require(FileIdentity(at: scratch.path))
        func stated(_ device: UInt64?, _ inode: UInt64) -> GateVerdict {
            answer(scratch.path) {
                $0.files = [
                    StatedFile(who: "blue", device: file.device, inode: file.inode),
                    StatedFile(who: "green", device: device, inode: inode),
                ]
            }.verdict
        }
        #expect(stated(file.device, file.inode) == .match)
        #expect(stated(nil, file.inode) == .match)
        #expect(stated(file.device, file.inode + 1) == .split)
        #expect(stated(file.device + 1, file.inode) == .split)
        // A copy passes every other check.
        let other = try Scratch()
        try Python.run(efDatabase(Self.ids), path: other.path)
        let copy = try #require(FileIdentity(at: other.path))
        #expect(stated(copy.device, copy.inode) == .split)
    }

    // MARK: Locks

    @Test("Who writes in WAL mode is named from the locks on -shm, and nothing is disturbed")
    func writers() throws {
        let scratch = try Scratch()
        let reader = try Holder(
            efDatabase(
                Self.ids, extra: "db.execute('BEGIN'); db.execute('SELECT 1 FROM Categories')"),
            path: scratch.path)
        #expect(LockHolders.writers(of: scratch.path).processes.isEmpty)
        let writer = try Holder(
            "db = sqlite3.connect(sys.argv[1]); db.execute('BEGIN IMMEDIATE')",
            path: scratch.path)
        #expect(LockHolders.writers(of: scratch.path).processes == [writer.pid])
        // Killed in the middle of its transaction: the lock is gone with it.
        writer.kill()
        #expect(LockHolders.writers(of: scratch.path).processes.isEmpty)
        #expect(answer(scratch.path).verdict == .match)
        reader.release()
    }

    @Test("A migration that runs is dirty, and the process that writes is named")
    func migrationRuns() throws {
        let scratch = try Scratch()
        let holder = try Holder(
            efDatabase(
                Self.ids,
                extra: """
                    db.execute('''INSERT INTO "__EFMigrationsLock" VALUES
                        (1, '2026-01-15 14:30:00.1+00:00')''')
                    db.execute('BEGIN IMMEDIATE')
                    """), path: scratch.path)
        let gate = answer(scratch.path)
        #expect(gate.verdict == .dirty)
        #expect(gate.saw.contains("process \(holder.pid) holds the write lock now"), "\(gate.saw)")
        holder.release()
        #expect(answer(scratch.path).saw.contains("no process holds the write lock now"))
    }

    @Test("A process of another pid namespace is one outside this container")
    func stranger() {
        let holders = LockHolders(processes: [0, 4_711])
        #expect("\(holders)" == "a process outside this container and process 4711")
        #expect("\(LockHolders(processes: []))" == "a process that cannot be named")
    }

    // MARK: Mounts

    static let mounts = """
        22 27 0:21 / /proc rw,relatime - proc proc rw
        27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
        40 27 0:50 / /data rw,relatime shared:1 master:2 - nfs4 server:/x rw
        41 27 0:51 / /with\\040space rw - fuse.sshfs host:/ rw
        42 40 254:0 /local /data/local rw - ext4 /dev/vda rw
        43 27 254:0 /f/app.db /srv/app.db rw - ext4 /dev/vda rw
        44 27 0:52 / /host rw - virtiofs share rw
        broken line
        """

    @Test(
        "File systems of networks and virtual machines are told from the mount that a file is on",
        arguments: [
            ("/data/app.db", "nfs4", true), ("/database/app.db", "ext4", false),
            ("/with space/app.db", "fuse.sshfs", true), ("/data/local/app.db", "ext4", false),
            ("/srv/app.db", "ext4", false), ("/host/a/b.db", "virtiofs", true),
        ])
    func kinds(path: String, kind: String, isRemote: Bool) throws {
        let mount = try #require(Mount(of: path, table: Self.mounts))
        #expect(mount.kind == kind)
        #expect(mount.isRemote == isRemote)
        #expect((mount.point == path) == (path == "/srv/app.db"))
    }

    @Test(
        "A closed WAL database that is mounted without its folder is refused, and left alone",
        .enabled(if: Tool.mayMount, "only root may mount, and not in every container"))
    func singleFile() throws {
        let scratch = try Scratch()
        let real = scratch.folder.path + "/real.db"
        try Python.run(efDatabase(Self.ids) + "db.close()", path: real)
        try Data().write(to: URL(fileURLWithPath: scratch.path))
        try #require(try Tool.run("mount", "--bind", real, scratch.path) == 0)
        let point = scratch.path
        defer {
            // The folder can only be removed once it is no mount point any more.
            withExtendedLifetime(scratch) {
                #expect(throws: Never.self) { try Tool.run("umount", "--lazy", point) }
            }
        }
        let gate = answer(scratch.path)
        #expect(gate.verdict == .unreadable)
        #expect(gate.saw.contains("is mounted alone"), "\(gate.saw)")
        #expect(try scratch.files == ["app.db", "real.db"])
        // Without a write-ahead log there is nothing to miss.
        try Python.run(
            "sqlite3.connect(sys.argv[1]).execute('PRAGMA journal_mode=DELETE')", path: real)
        #expect(answer(scratch.path).verdict == .match)
    }

    // MARK: Users

    @Test("A stranger reads in WAL mode only where both side files are there, and any time else")
    func users() throws {
        let scratch = try Scratch()
        try Python.run(efDatabase(Self.ids) + "db.close()", path: scratch.path)
        let closed = try SharedFile(at: scratch.path)
        let other = closed.identity.owner + 12_345
        let refusal = #expect(throws: SharedFile.Refusal.self) {
            try closed.opening(user: other)
        }
        let owner = Identity.userName(closed.identity.owner)
        #expect("\(try #require(refusal))".contains("\(other)"))
        #expect("\(try #require(refusal))".contains(owner))
        let holder = try Holder(
            "db = sqlite3.connect(sys.argv[1]); db.execute('SELECT * FROM Categories').fetchall()",
            path: scratch.path)
        #expect(try SharedFile(at: scratch.path).opening(user: other) == .readOnly)
        // One of the two alone is what a crash of SQLite's own would leave.
        holder.kill()
        try FileManager.default.removeItem(atPath: scratch.path + "-shm")
        #expect(throws: SharedFile.Refusal.self) {
            try SharedFile(at: scratch.path).opening(user: other)
        }
        let journal = try Scratch()
        try Python.run(efDatabase(Self.ids, mode: "DELETE"), path: journal.path)
        #expect(try SharedFile(at: journal.path).opening(user: other) == .readOnly)
    }

    @Test("A pipe in the place of the database is refused without waiting for its other end")
    func pipe() throws {
        let scratch = try Scratch()
        try #require(try Tool.run("mkfifo", scratch.path) == 0)
        #expect(answer(scratch.path).verdict == .unreadable)
    }

    @Test("Libraries that can lose commits are told by their version, at the edges")
    func versions() {
        func isDoubtful(_ text: String) -> Bool? { SQLiteVersion(text)?.hasResetBug }
        for text in ["3.7.0", "3.40.1", "3.44.5", "3.45.0", "3.50.6", "3.51.0", "3.51.2"] {
            #expect(isDoubtful(text) == true, "\(text)")
        }
        for text in ["3.6.23", "3.44.6", "3.50.7", "3.51.3", "3.52.0", "4.0"] {
            #expect(isDoubtful(text) == false, "\(text)")
        }
        for text in ["", "3", "three", "3..1", "3.-1", "99999999999999999999.1"] {
            #expect(SQLiteVersion(text) == nil, "\(text)")
        }
    }
}

/// A program of the system, to its end.
enum Tool {
    static var mayMount: Bool {
        ThisProcess.isRoot && (try? run("unshare", "--mount", "true")) == 0
    }

    @discardableResult
    static func run(_ arguments: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
