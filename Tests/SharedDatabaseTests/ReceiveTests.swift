import Control
import Foundation
import Kernel
import Testing

@testable import SharedDatabase

@Suite("A backup that is sent stands beside the others while it is needed", .timeLimit(.minutes(2)))
struct ReceiveTests {
    /// A backup that stands in another folder, as its octets and the text beside it.
    private func elsewhere(_ bench: BackupBench) throws -> (octets: [UInt8], manifest: String) {
        let file = bench.folder.file(try bench.backUp().file)
        let octets = [UInt8](try Data(contentsOf: URL(filePath: file)))
        let manifest = try String(contentsOfFile: file + ".json", encoding: .utf8)
        for name in [file, file + ".json"] { try FileManager.default.removeItem(atPath: name) }
        return (octets, manifest)
    }

    private func order(
        _ octets: [UInt8], _ manifest: String?, isUnchecked: Bool = false
    ) -> ReceiveOrder {
        ReceiveOrder(
            file: "kept.db", bytes: octets.count, manifest: manifest, isUnchecked: isUnchecked)
    }

    private func expectReceiving(_ job: JobBench) throws {
        let notice = try job.next()
        #expect(notice == .receiving)
    }

    private func receive(_ bench: BackupBench, _ octets: [UInt8], _ manifest: String) throws -> (
        job: JobBench, folder: String
    ) {
        let job = try bench.start(.receive(order(octets, manifest)))
        try expectReceiving(job)
        for start in stride(from: 0, to: octets.count, by: 50_000) {
            try job.pass(Array(octets[start..<min(start + 50_000, octets.count)]))
        }
        guard case .received(let folder) = try job.next() else {
            throw SystemError("test.received", .invalidArgument)
        }
        return (job, folder)
    }

    @Test("It is restored like any other, and gone when nobody needs it any more")
    func restored() throws {
        let bench = try BackupBench()
        let (octets, manifest) = try elsewhere(bench)
        try bench.change("DELETE FROM Categories WHERE Id > 10")
        let (job, folder) = try receive(bench, octets, manifest)
        #expect(try bench.names == [folder])
        #expect(try bench.folder.entries(of: "web").isEmpty)
        // Its name is that of its manifest.
        let name = try ControlJSON.decode(BackupManifest.self, from: Data(manifest.utf8)).file
        var order = bench.restoreOrder(name)
        order.sent = folder
        let restore = try bench.start(.restore(order))
        let seen = try restore.losses()
        #expect(seen.file == name)
        #expect(seen.isExact)
        try restore.ready()
        // The safety copy clears up, and leaves what is kept.
        #expect(try bench.names.contains(folder))
        try restore.commit()
        try restore.keep()
        #expect(try bench.value("SELECT count(*) FROM Categories") == "2000")
        job.hangUp()
        try job.waitForEnd()
        #expect(try bench.names.allSatisfy { !$0.hasPrefix(".") })
    }

    @Test("Under another name than its manifest's it is the same")
    func renamed() throws {
        let bench = try BackupBench()
        let (octets, manifest) = try elsewhere(bench)
        let (job, folder) = try receive(bench, octets, manifest)
        var order = bench.restoreOrder("other.db")
        order.sent = folder
        guard case .losses(let seen) = try bench.start(.restore(order)).next() else {
            Issue.record("refused")
            return
        }
        #expect(seen.file == "other.db")
        job.hangUp()
        try job.waitForEnd()
    }

    @Test("With another's manifest it is refused, and lets itself be overridden")
    func another() throws {
        let bench = try BackupBench()
        let (octets, _) = try elsewhere(bench)
        try bench.change("DELETE FROM Categories")
        let (_, manifest) = try elsewhere(bench)
        let (job, folder) = try receive(bench, octets, manifest)
        var order = bench.restoreOrder("other.db")
        order.sent = folder
        let refused = try bench.start(.restore(order)).failure()
        #expect(refused.kind == .manifest)
        #expect(refused.message.contains("other.db is not what it should be"))
        order.isUnchecked = true
        guard case .losses = try bench.start(.restore(order)).next() else {
            Issue.record("refused")
            return
        }
        job.hangUp()
        try job.waitForEnd()
    }

    @Test("What can only be refused is refused before it is sent")
    func early() throws {
        let bench = try BackupBench()
        let (octets, _) = try elsewhere(bench)
        let bare = try bench.start(.receive(order(octets, nil))).failure()
        #expect(bare.kind == .manifest)
        #expect(bare.message.contains("no manifest"))
        let empty = try bench.start(.receive(order([], nil, isUnchecked: true))).failure()
        #expect(empty.message.contains("empty"))
        let huge = ReceiveOrder(
            file: "huge.db", bytes: Int.max - 1, manifest: nil, isUnchecked: true)
        let room = try bench.start(.receive(huge)).failure()
        #expect(room.message.contains("octets free"))
        #expect(try bench.names.isEmpty)
    }

    @Test("One octet too many, or a sender that leaves: nothing is left")
    func broken() throws {
        let bench = try BackupBench()
        let (octets, manifest) = try elsewhere(bench)
        let long = try bench.start(.receive(order(octets, manifest)))
        try expectReceiving(long)
        try long.pass(octets)
        guard case .received = try long.next() else {
            Issue.record("not received")
            return
        }
        long.hangUp()
        try long.waitForEnd()
        let longer = try bench.start(.receive(order(octets, manifest)))
        try expectReceiving(longer)
        try longer.pass(octets + [0])
        #expect(try longer.failure().message.contains("longer than was said"))
        try longer.waitForEnd()
        let left = try bench.start(.receive(order(octets, manifest)))
        try expectReceiving(left)
        try left.pass(Array(octets.prefix(1_000)))
        left.hangUp()
        try left.waitForEnd()
        #expect(try bench.names.isEmpty)
    }

    @Test("What a killed process left is cleared up, what a living one keeps is not")
    func leftOver() throws {
        let bench = try BackupBench()
        let (octets, manifest) = try elsewhere(bench)
        let (job, folder) = try receive(bench, octets, manifest)
        let dead = bench.folder.file(SentFolder.prefix + "dead")
        try FileManager.default.createDirectory(
            atPath: dead, withIntermediateDirectories: false)
        try Data(octets).write(to: URL(filePath: dead + "/backup.db"))
        let notice = try bench.start(.tidy).next()
        #expect(notice == .tidied)
        #expect(try bench.names == [folder])
        job.hangUp()
        try job.waitForEnd()
    }

    @Test("A folder that the controller names must be one of these")
    func strangeFolder() throws {
        let bench = try BackupBench()
        let backup = try bench.backUp()
        for name in ["..", ".", ".sent-x/..", "../" + backup.file] {
            var order = bench.restoreOrder(backup.file)
            order.sent = name
            let failure = try bench.start(.restore(order)).failure()
            #expect(failure.message.contains("not there any more"), "\(name)")
        }
    }
}
