import Control
import Foundation
import Kernel
import Testing

@testable import SharedDatabase

/// Files that no backup of ours is like, and that an operator insists on.
@Suite("What is restored is whole, and changes no mode", .timeLimit(.minutes(2)))
struct RestoreSourceTests {
    private func order(_ bench: BackupBench, _ file: String) -> RestoreOrder {
        bench.restoreOrder(file, isUnchecked: true)
    }

    @Test("A file with a log or a cut transaction beside it is refused, with the way to one file")
    func log() throws {
        let bench = try BackupBench()
        let file = try bench.backUp().file
        let path = bench.folder.file(file)
        for side in ["-wal", "-journal"] {
            try Data("x".utf8).write(to: URL(filePath: path + side))
            let failure = try bench.start(.restore(order(bench, file))).failure()
            #expect(failure.kind == .refused)
            #expect(failure.message.contains("\(path)\(side) belongs to it"), "\(failure)")
            #expect(
                failure.hint.contains("sqlite3 \(path) \".backup \(path).whole\""), "\(failure)")
            try Files.remove("test.remove", path + side)
        }
        // As the mode PERSIST leaves it after a commit.
        try Data(count: 512).write(to: URL(filePath: path + "-journal"))
        let job = try bench.start(.restore(order(bench, file)))
        _ = try job.losses()
        job.hangUp()
        try job.waitForEnd()
    }

    @Test("A file in WAL mode does not bring a database of another mode into it")
    func mode() throws {
        let bench = try BackupBench(mode: "DELETE")
        let file = try bench.backUp().file
        try Python.run(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('PRAGMA journal_mode = WAL')
            db.close()
            """, path: bench.folder.file(file))
        try bench.change("DELETE FROM Categories")
        let job = try bench.start(.restore(order(bench, file)))
        _ = try job.losses()
        try job.ready()
        try job.commit()
        try job.keep()
        #expect(try bench.value("SELECT count(*) FROM Categories") == "2000")
        #expect(try bench.value("PRAGMA journal_mode") == "delete")
        #expect(try !bench.names.contains { $0.hasPrefix(".") })
    }

    @Test("Text in another encoding and a file of 0 octets are refused in words, before anything")
    func strange() throws {
        let bench = try BackupBench()
        let file = try bench.backUp().file
        let path = bench.folder.file(file)
        try Files.remove("test.remove", path)
        try Python.run(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute("PRAGMA encoding = 'UTF-16le'")
            db.execute('CREATE TABLE Categories (Id INTEGER PRIMARY KEY, Name TEXT)')
            db.close()
            """, path: path)
        let failure = try bench.start(.restore(order(bench, file))).failure()
        #expect(failure.kind == .refused)
        #expect(failure.message.contains("UTF-16le, expected UTF-8"), "\(failure)")
        try Data().write(to: URL(filePath: path))
        let empty = try bench.start(.restore(order(bench, file))).failure()
        #expect(empty.message.contains("is empty"), "\(empty)")
        #expect(try bench.value("SELECT count(*) FROM Categories") == "2000")
    }

    @Test("A link to a backup is verified as the backup")
    func link() throws {
        let bench = try BackupBench()
        let path = bench.folder.file(try bench.backUp().file)
        let link = bench.scratch.folder.path + "/link.db"
        for side in ["", ".json"] {
            try FileManager.default.createSymbolicLink(
                atPath: link + side, withDestinationPath: path + side)
        }
        #expect(BackupVerification.run(path: link).problems == [])
    }
}
