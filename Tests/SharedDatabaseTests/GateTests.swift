import Foundation
import Testing

@testable import SharedDatabase

@Suite("The gate reads databases that other processes made and hold", .timeLimit(.minutes(2)))
struct GateTests {
    static let ids = ["20240101000000_Initial", "20240202000000_AddNotes"]

    private func answer(
        _ path: String, _ stated: MigrationStatement = .known(ids: ids)
    ) -> GateAnswer {
        Gate.answer(path: path, GateRequest(stated: stated))
    }

    @Test(
        "A database in use in WAL mode is read, and nothing of it is changed",
        arguments: [
            "WAL", "DELETE",
        ])
    func inUse(mode: String) throws {
        let scratch = try Scratch()
        let holder = try Holder(efDatabase(Self.ids, mode: mode), path: scratch.path)
        let before = try scratch.files
        let gate = answer(scratch.path)
        #expect(gate.verdict == .match, "\(gate.saw)")
        #expect(gate.database?.journalMode == mode.lowercased())
        #expect(gate.database?.applied == Self.ids)
        #expect(gate.database?.latest == Self.ids.last)
        #expect(gate.database?.tableCount == 1)
        #expect(gate.file?.path == scratch.path)
        #expect(try scratch.files == before)
        holder.release()
    }

    @Test("What is only in the write-ahead log counts, and the log is not checkpointed")
    func log() throws {
        let scratch = try Scratch()
        let holder = try Holder(
            efDatabase(Self.ids, extra: "db.execute('PRAGMA wal_autocheckpoint=0')"),
            path: scratch.path)
        let before = try #require(FileIdentity(at: scratch.path))
        #expect(before.walBytes > 0)
        #expect(answer(scratch.path).verdict == .match)
        #expect(FileIdentity(at: scratch.path) == before)
        holder.kill()
        // After a crash of the application, which leaves its log.
        #expect(answer(scratch.path).verdict == .match)
        #expect(FileIdentity(at: scratch.path) == before)
    }

    @Test("A database that nobody has open is read; what stays beside it is its owner's")
    func closed() throws {
        let scratch = try Scratch()
        try Python.run(efDatabase(Self.ids) + "db.close()", path: scratch.path)
        #expect(try scratch.files == ["app.db"])
        #expect(answer(scratch.path).verdict == .match)
        let owner = try #require(FileIdentity(at: scratch.path)).owner
        for name in try scratch.files {
            #expect(FileIdentity(at: scratch.folder.path + "/" + name)?.owner == owner)
        }
        // And an application can go on with it.
        try Python.run(
            "sqlite3.connect(sys.argv[1]).execute('CREATE TABLE more (x)')", path: scratch.path)
    }

    @Test("A writer in the middle of a transaction does not hinder the gate, and is not seen")
    func writerInWAL() throws {
        let scratch = try Scratch()
        let holder = try Holder(
            efDatabase(
                Self.ids,
                extra: """
                    db.execute('BEGIN IMMEDIATE')
                    db.execute('DELETE FROM "__EFMigrationsHistory"')
                    """), path: scratch.path)
        #expect(answer(scratch.path).verdict == .match)
        holder.release()
    }

    @Test("A lock that outlasts the wait is named with its process, in bounded time")
    func locked() throws {
        let scratch = try Scratch()
        let holder = try Holder(
            efDatabase(Self.ids, mode: "DELETE", extra: "db.execute('BEGIN EXCLUSIVE')"),
            path: scratch.path)
        let start = ContinuousClock.now
        let gate = answer(scratch.path)
        #expect(ContinuousClock.now - start < .seconds(7))
        #expect(gate.verdict == .locked)
        #expect(gate.saw.contains("process \(holder.pid)"), "\(gate.saw)")
        // A look in passing keeps the next one waiting less.
        var passing = GateRequest(stated: .notAsked)
        passing.waitMilliseconds = GateRequest.passingMilliseconds
        let later = ContinuousClock.now
        let short = Gate.answer(path: scratch.path, passing)
        #expect(ContinuousClock.now - later < .seconds(3))
        #expect(short.verdict == .locked)
        #expect(short.expected == "to read it within 1 s")
        holder.release()
        #expect(answer(scratch.path).verdict == .match)
    }

    @Test("A left-over migrations lock is dirty, with its age as EF Core wrote it")
    func leftOverLock() throws {
        let scratch = try Scratch()
        let insert = """
            import datetime
            then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=1000)
            stamp = then.strftime('%Y-%m-%d %H:%M:%S.%f') + '7+00:00'
            db.execute('INSERT INTO "__EFMigrationsLock" VALUES (1, ?)', (stamp,))
            """
        try Python.run(efDatabase(Self.ids, extra: insert), path: scratch.path)
        let gate = answer(scratch.path)
        #expect(gate.verdict == .dirty)
        let age = try #require(gate.database?.dirty.first?.ageSeconds)
        #expect((999...1_100).contains(age))
    }

    @Test("A table of a rebuild that was cut is dirty, and named")
    func rebuild() throws {
        let scratch = try Scratch()
        try Python.run(
            efDatabase(Self.ids, extra: "db.execute('CREATE TABLE ef_temp_Categories (Id)')"),
            path: scratch.path)
        let gate = answer(scratch.path)
        #expect(gate.verdict == .dirty)
        #expect(gate.saw.contains("ef_temp_Categories"))
    }

    @Test("A rollback journal that a crash left is dirty, not damage")
    func hotJournal() throws {
        let scratch = try Scratch()
        let holder = try Holder(
            efDatabase(
                Self.ids, mode: "DELETE",
                extra: """
                    db.execute('PRAGMA cache_size=1')
                    db.execute('BEGIN IMMEDIATE')
                    for i in range(2000):
                        db.execute('INSERT INTO Categories (Name) VALUES (?)', ('x' * 200,))
                    """), path: scratch.path)
        holder.kill()
        let gate = answer(scratch.path)
        #expect(gate.verdict == .dirty, "\(gate.saw)")
        #expect(gate.saw.contains("-journal"))
        #expect(try scratch.files.contains("app.db-journal"))
    }

    @Test("No file, a folder, noise and a damaged schema each get their own verdict")
    func damaged() throws {
        let missing = try Scratch()
        #expect(answer(missing.path).verdict == .unreadable)
        #expect(try missing.files.isEmpty)
        #expect(answer(missing.folder.path).verdict == .unreadable)

        let noise = try Scratch()
        try Data(repeating: 0x5a, count: 8_192).write(to: URL(fileURLWithPath: noise.path))
        #expect(answer(noise.path).verdict == .corrupt)

        let torn = try Scratch()
        try Python.run(efDatabase(Self.ids, mode: "DELETE"), path: torn.path)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: torn.path))
        bytes.replaceSubrange(100..<160, with: Data(repeating: 0xff, count: 60))
        try bytes.write(to: URL(fileURLWithPath: torn.path))
        #expect(answer(torn.path).verdict == .corrupt)
    }

    @Test("An empty file and an empty history are fresh; tables alone are unmanaged")
    func withoutHistory() throws {
        let empty = try Scratch()
        try Data().write(to: URL(fileURLWithPath: empty.path))
        #expect(answer(empty.path).verdict == .fresh)

        let tables = try Scratch()
        try Python.run(
            "sqlite3.connect(sys.argv[1]).execute('CREATE TABLE t (x)')", path: tables.path)
        #expect(answer(tables.path).verdict == .unmanaged)

        let other = try Scratch()
        try Python.run(
            """
            sqlite3.connect(sys.argv[1]).execute('CREATE TABLE __EFMigrationsHistory (what)')
            """, path: other.path)
        #expect(answer(other.path).database?.tool == nil)
    }

    @Test("A symbolic link is followed to the real file; a second name is refused")
    func names() throws {
        let scratch = try Scratch()
        try Python.run(efDatabase(Self.ids), path: scratch.path)
        let link = scratch.folder.path + "/link.db"
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: scratch.path)
        let gate = answer(link)
        #expect(gate.verdict == .match)
        #expect(gate.file?.path == scratch.path)
        try FileManager.default.linkItem(
            atPath: scratch.path, toPath: scratch.folder.path + "/second.db")
        #expect(answer(scratch.path).verdict == .unreadable)
    }

    @Test("Characters that a URI would take as its own are part of the path")
    func uri() throws {
        let scratch = try Scratch()
        let path = scratch.folder.path + "/50%25 of?a#b.db"
        try Python.run(efDatabase(Self.ids), path: path)
        #expect(answer(path).verdict == .match)
        let file = try SharedFile(at: path)
        let facts = try file.read(.immutable, busyTimeout: .seconds(1)) {
            try DatabaseFacts(reading: $0)
        }
        #expect(facts.applied == Self.ids)
    }

    @Test("In a folder that cannot be written a closed database is read without leaving files")
    func readOnlyFolder() throws {
        let scratch = try Scratch()
        try Python.run(efDatabase(Self.ids), path: scratch.path)
        let file = try SharedFile(at: scratch.path)
        let facts = try file.read(.immutable, busyTimeout: .seconds(1)) {
            try DatabaseFacts(reading: $0)
        }
        #expect(facts.applied == Self.ids)
        #expect(file.isUntouched)
        #expect(try scratch.files == ["app.db"])
        // Somebody opens it meanwhile: what was read without locks is not trusted.
        let holder = try Holder(
            "db = sqlite3.connect(sys.argv[1]); db.execute('SELECT * FROM Categories').fetchall()",
            path: scratch.path)
        #expect(!file.isUntouched)
        holder.release()
    }

    @Test("A stranger to the file makes nothing beside it")
    func stranger() throws {
        let scratch = try Scratch()
        try Python.run(efDatabase(Self.ids), path: scratch.path)
        let file = try SharedFile(at: scratch.path)
        #expect(throws: SharedFile.Refusal.self) {
            try file.opening(user: file.identity.owner + 12_345)
        }
        #expect(try file.opening(user: file.identity.owner) == .readOnly)
        #expect(try scratch.files == ["app.db"])
    }
}
