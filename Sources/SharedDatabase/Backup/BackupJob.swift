internal import Bytes
internal import Control
internal import Foundation
internal import GRDB
internal import Kernel
internal import TLS

/// One backup from the pinned moment to its final name:
///
/// copy to `.partial` → one single file → side by side: checked against the source, sha256, synced
/// → manifest synced → both get their names, the manifest first → the folder synced → old ones
/// removed.
struct BackupJob {
    let path: String
    let folder: BackupFolder
    let order: BackupOrder

    /// What was made.
    struct Made {
        let manifest: BackupManifest
        let removed: [String]
    }

    /// Pins and makes it.
    func run(_ channel: borrowing WorkChannel) throws -> Made {
        try LostFile.expectNone(of: path)
        return try BackupCopy.pinned(path: path) { database, source in
            try make(database, source, streams: nil, channel)
        }
    }

    /// Makes it of a state that is pinned already.
    func make(
        _ database: Database, _ source: BackupCopy.Source, streams: Int?,
        _ channel: borrowing WorkChannel
    ) throws -> Made {
        try channel.progress("prepare")
        let lock = try folder.locked()
        do {
            try folder.removeLeftOvers(of: order.service)
        } catch {
            throw folder.unwritable(error)
        }
        let copy = BackupCopy(folder: folder)
        try copy.expectSpace(for: path)
        let name = folder.freeName(for: order.service, at: source.created)
        let partial = folder.file(name) + BackupFolder.partialSuffix
        do {
            let manifest = try write(database, source, streams, name, partial, copy, channel)
            let removed = try prune(manifest, channel)
            _ = consume lock
            return Made(manifest: manifest, removed: removed)
        } catch {
            removePartial(partial)
            throw blamed(error, on: database)
        }
    }

    /// A copy holds every page as its source has it: one that is damaged says nothing of its own
    /// disk before the source was looked at.
    private func blamed(_ error: any Error, on source: Database) -> any Error {
        guard let failure = error as? WorkFailure, failure.kind == .corruptCopy,
            let damage = DatabaseContents.damage(of: source)
        else { return error }
        return WorkFailure(corrupt: "\(path): \(damage)")
    }

    private func write(
        _ database: Database, _ source: BackupCopy.Source, _ streams: Int?, _ name: String,
        _ partial: String, _ copy: BackupCopy, _ channel: borrowing WorkChannel
    ) throws -> BackupManifest {
        let milliseconds = try copyPages(copy, database, partial, channel)
        try channel.progress("check")
        // From here on nobody writes it: all that reads it goes on side by side. The digest takes
        // longest; it keeps a core of two for itself where the source is counted after the check.
        let syncing = SideWork { try Self.sync(partial) }
        let digesting = SideWork { try Self.digest(ofWritten: partial) }
        let checked = try CheckedCopy(of: partial)
        // All of its pages were just read, and the transaction keeps its file from being cut.
        try CheckedCopy.readWherePagesLie(database)
        let expected = try DatabaseContents(database)
        try checked.expect(source.facts, expected)
        let digest = try digesting.value()
        let manifest = BackupManifest(
            file: name, service: order.service, created: source.created, reason: order.reason,
            operation: order.operation, streams: streams, bytes: digest.bytes,
            sha256: digest.sha256, rows: expected.rows, tool: source.facts.tool,
            migrations: source.facts.applied, fingerprint: source.facts.fingerprint,
            foreignKeyFindings: expected.foreignKeyFindings, pageBytes: source.facts.pageBytes,
            sqliteVersion: source.facts.sqliteVersion, copyMilliseconds: milliseconds)
        try channel.progress("sync")
        try syncing.value()
        try publish(manifest, partial)
        return manifest
    }

    private func copyPages(
        _ copy: BackupCopy, _ database: Database, _ partial: String,
        _ channel: borrowing WorkChannel
    ) throws -> Int {
        try copy.copy(database, to: partial) { done, total in
            try channel.progress("copy", done, of: total)
        }
    }

    static func digest(of path: String) throws -> (sha256: String, bytes: Int) {
        var hash = SHA256()
        var bytes = 0
        try Files.readPieces("backup.digest", path) { piece in
            hash.update(piece.span.octets)
            bytes += piece.count
        }
        return (hash.finish(), bytes)
    }

    /// The same of a file that was just written here, which takes a tenth less.
    private static func digest(
        ofWritten path: String
    ) throws -> (sha256: String, bytes: Int) {
        var hash = SHA256()
        var bytes = 0
        try Files.readPages("backup.digest", path) { pages in
            hash.update(pages)
            bytes += pages.byteCount
        }
        return (hash.finish(), bytes)
    }

    private static func sync(_ path: String) throws(SystemError) {
        try Files.sync("backup.sync", try Files.open("backup.open", path, .reading))
    }

    /// Gives both files their names: from here on it counts.
    private func publish(_ manifest: BackupManifest, _ partial: String) throws {
        let final = folder.file(manifest.file)
        let written = final + BackupFolder.manifestSuffix + BackupFolder.partialSuffix
        do {
            let octets = [UInt8](try ControlJSON.encode(manifest)) + [UInt8(ascii: "\n")]
            let file = try Files.open("backup.manifest", written, .replacing(mode: 0o600))
            try Files.write("backup.manifest.write", to: file, octets)
            try Files.sync("backup.manifest.sync", file)
            try Files.rename(
                "backup.manifest.rename", from: written, to: final + BackupFolder.manifestSuffix)
        } catch {
            removePartial(written)
            throw error
        }
        do {
            try Files.rename("backup.rename", from: partial, to: final)
        } catch {
            removePartial(final + BackupFolder.manifestSuffix)
            throw error
        }
        do {
            try Files.syncFolder("backup.folder.sync", folder.path)
        } catch {
            // Whether its name is on the disk nobody knows: it does not count.
            removePartial(final)
            removePartial(final + BackupFolder.manifestSuffix)
            throw error
        }
    }

    private func prune(
        _ made: BackupManifest, _ channel: borrowing WorkChannel
    ) throws -> [String] {
        try channel.progress("prune")
        let pruning = BackupPruning(
            folder: folder, service: order.service, keep: order.keep,
            protected: order.protected + [order.operation].compactMap { $0 })
        do {
            return try pruning.run(newestVerified: made.file)
        } catch {
            // The backup stands; that old ones could not go is the next one's to try.
            throw WorkFailure(
                .failed,
                "\(made.file) is made and verified, but old backups could not be removed: "
                    + "\(error)")
        }
    }

    /// What did not come to be. The first error is told; a file that stays is removed by the next
    /// job.
    private func removePartial(_ path: String) {
        for name in ["", "-journal", "-wal", "-shm"].map({ path + $0 }) {
            _ = Result { () throws(SystemError) in try Files.remove("backup.clean", name) }
        }
    }
}
