import Control
import Foundation
import Kernel
import Testing

@testable import SharedDatabase

/// Where mounting is not permitted, what a full disk does is shown by injected errors alone
/// (`BASCULE_FAULTS`, in the scenarios).
@Suite(
    "A disk that is really full costs the new copy and nothing else",
    .enabled(if: TinyDisk.isPossible, "this machine does not let a test mount a file system"),
    .timeLimit(.minutes(2)))
struct FullDiskTests {
    /// A bench whose backups are on a disk of their own.
    private func bench(_ disk: TinyDisk) throws -> BackupBench {
        let bench = try BackupBench()
        try FileManager.default.createSymbolicLink(
            atPath: bench.backups, withDestinationPath: disk.folder)
        return bench
    }

    /// The disk's own folder, a backup and its manifest, and what a second one needs.
    private static let inodesEnough = 6

    @Test("Too little room is said before anything is copied, with what is there and needed")
    func noRoom() throws {
        let disk = try TinyDisk(kibibytes: 1_024)
        let bench = try bench(disk)
        let first = try bench.backUp()
        disk.fill()
        let failure = try bench.start(.backup(bench.order())).failure()
        #expect(failure.kind == .refused)
        #expect(failure.message.contains("octets free, a backup needs"), "\(failure.message)")
        try disk.makeRoom()
        #expect(try bench.names == [first.file, first.file + ".json"])
    }

    @Test(
        "Whatever does not fit any more, half a backup gets no name; the older one stays whole",
        arguments: 4...inodesEnough)
    func noFile(inodes: Int) throws {
        let disk = try TinyDisk(kibibytes: 4_096, inodes: inodes)
        let bench = try bench(disk)
        let first = try bench.backUp()
        let job = try bench.start(.backup(bench.order()))
        let notice = try job.next()
        guard case .failed(let failure) = notice else {
            #expect(inodes == Self.inodesEnough, "\(inodes): \(notice)")
            return
        }
        #expect(inodes < Self.inodesEnough, "\(failure.message)")
        #expect(try bench.names.filter { $0.hasSuffix(".db") } == [first.file])
        #expect(BackupVerification.run(path: bench.folder.file(first.file)).verified)
    }

    @Test("A restore for which the live disk has no room is refused before requests are held")
    func noRoomToRestore() throws {
        let disk = try TinyDisk(kibibytes: 1_024)
        let bench = try BackupBench()
        let backup = try bench.backUp()
        let live = try move(bench, to: disk)
        disk.fill()
        let job = try JobBench(
            .restore(bench.restoreOrder(backup.file)), path: live, backups: bench.backups)
        let failure = try job.failure()
        #expect(failure.kind == .refused)
        #expect(failure.message.contains("octets free, a restore needs"), "\(failure.message)")
    }

    @Test("A live disk with little room is told before a switch, and refuses none")
    func scarceLive() throws {
        let disk = try TinyDisk(kibibytes: 1_024)
        let bench = try BackupBench()
        let live = try move(bench, to: disk)
        let job = try JobBench(.check, path: live, backups: bench.backups)
        guard case .checked(let room, .good) = try job.next(),
            case .doubtful(let saw, let expected) = room
        else {
            Issue.record("nothing is told")
            return
        }
        #expect(saw.contains("the disk of \(live) has "), "\(saw)")
        #expect(expected.contains("a restore needs "), "\(expected)")
    }

    @Test("A folder of backups on a read-only disk is said to be that")
    func readOnly() throws {
        let disk = try TinyDisk(kibibytes: 1_024)
        let bench = try bench(disk)
        try disk.setWritable(false)
        let failure = try bench.start(.backup(bench.order())).failure()
        #expect(failure.message.contains("Read-only file system"), "\(failure.message)")
        #expect(failure.hint.contains("mounted read-only"), "\(failure.hint)")
        guard case .checked(_, .bad(let told)) = try bench.start(.check).next() else {
            Issue.record("nothing is told")
            return
        }
        #expect(told.message.contains("Read-only file system"), "\(told.message)")
        #expect(!told.hint.contains("install"), "\(told.hint)")
    }

    @Test("A live disk that becomes full in a restore leaves every row as it was")
    func fullDuringRestore() throws {
        let disk = try TinyDisk(kibibytes: 1_024)
        let bench = try BackupBench()
        let backup = try bench.backUp()
        try bench.change("DELETE FROM Categories WHERE Id > 10")
        let live = try move(bench, to: disk)
        let job = try JobBench(
            .restore(bench.restoreOrder(backup.file)), path: live, backups: bench.backups)
        guard case .losses = try job.next() else {
            Issue.record("no losses")
            return
        }
        disk.fill()
        try job.say(.go)
        // The last page may be written before the log is found not to fit.
        var notice = try job.next()
        if case .ready = notice {
            try job.say(.commit)
            notice = try job.next()
        }
        guard case .failed(let failure) = notice else {
            Issue.record("restored on a full disk: \(notice)")
            return
        }
        #expect(failure.message.contains("full"), "\(failure.message)")
        try job.waitForEnd()
        try disk.makeRoom()
        #expect(try bench.value("SELECT count(*) FROM Categories", of: live) == "10")
        #expect(try bench.value("PRAGMA integrity_check", of: live) == "ok")
    }

    /// The live database as one file on the other disk, closed.
    private func move(_ bench: BackupBench, to disk: TinyDisk) throws -> String {
        try bench.change("PRAGMA wal_checkpoint(TRUNCATE)")
        let live = disk.folder + "/app.db"
        try FileManager.default.moveItem(atPath: bench.path, toPath: live)
        return live
    }
}
