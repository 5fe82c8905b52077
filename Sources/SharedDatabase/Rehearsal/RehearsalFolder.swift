internal import Foundation
internal import GRDB
internal import Kernel

/// Two copies of the live database in a folder of their own beside the backups: one that the new
/// version may change, one that stays as it was.
struct RehearsalFolder {
    /// Room that must be free, in tenths of the database with its log: two copies, and what a
    /// migration that makes tables anew writes.
    static let spaceTenths = 34

    let path: String
    /// Named like the live database, for an application may look at the name.
    let clone: String
    let before: String
    let output: String

    /// Makes it anew: what an earlier rehearsal left is removed.
    init(in backups: BackupFolder, service: String, live: String) throws {
        path = backups.file(".rehearsal-\(service)")
        clone = path + "/" + (live as NSString).lastPathComponent
        before = path + "/.before.db"
        output = path + "/.output"
        remove()
        do throws(SystemError) {
            try Folder.make("backup.folder", backups.path, mode: 0o700)
            try Folder.make("rehearsal.folder", path, mode: 0o700)
        } catch {
            throw backups.unwritable(error)
        }
        let bytes = [live, live + "-wal"].compactMap { Files.facts($0)?.bytes }.reduce(0, +)
        let free = try Volumes.freeBytes("rehearsal.space", at: path)
        let needed = bytes / 10 * Self.spaceTenths + 1
        guard free >= needed else {
            throw WorkFailure(
                .refused, "\(backups.path) has \(free) octets free, a rehearsal needs \(needed)",
                hint: "make room, or: bascule db prune")
        }
    }

    /// Fills it from the live database, both copies from one moment.
    func fill(
        from database: Database, mode: String, _ channel: borrowing WorkChannel
    ) throws {
        let copy = BackupCopy(folder: BackupFolder(path: path))
        for file in [before, clone] {
            _ = try copy.copy(database, to: file) { done, total in
                try Faults.pass("rehearsal.copy", file)
                try channel.progress("copy", done, of: total)
            }
        }
        guard mode == "wal" else { return }
        // As the application will find the live one.
        let queue = try DatabaseQueue(path: clone)
        try queue.inDatabase { _ = try String.fetchOne($0, sql: "PRAGMA journal_mode = WAL") }
        try queue.close()
    }

    /// What stays is removed by the next one.
    func remove() {
        guard Files.kind(path) != nil else { return }
        _ = Result { try FileManager.default.removeItem(atPath: path) }
    }
}
