internal import Control
internal import Foundation
internal import GRDB
internal import Kernel

/// Puts a backup into the live database while applications have it open.
///
/// SQLite's backup interface writes it as one transaction, so that every open connection sees the
/// old state or the new one, and a process that dies in the middle leaves the old one. The write
/// lock is taken before the first page; from there on nobody else writes until it is committed or
/// given up. Whether anybody wrote between the safety copy and that lock is asked of the reader
/// that pinned the safety copy (`PRAGMA data_version`).
struct RestoreJob {
    let path: String
    let folder: BackupFolder
    let order: RestoreOrder

    /// Returns the last notice.
    func run(_ channel: borrowing WorkChannel) throws -> DatabaseNotice {
        try channel.progress("verify")
        let choice = try RestoreChoice(order, in: folder)
        try expectFile(for: choice)
        try channel.progress("compare")
        // Before the live file is opened: in WAL mode that too needs room.
        try expectSpace(for: choice.path)
        let way = try way(for: choice)
        // The safety copy is made while requests are held.
        if way == .inPlace { try BackupReadiness(path: path, folder: folder).expect() }
        let losses = try losses(of: choice, way)
        var facts = choice.facts
        facts.dirty = facts.dirty.filter { $0.kind != .lockRow }
        try channel.say(
            .losses(
                RestorePreview(
                    file: choice.name, losses: losses.tables, isExact: losses.isExact,
                    unreadable: losses.unreadable, facts: facts, created: choice.created,
                    isOffline: way != .inPlace)))
        guard case .go = try channel.word() else {
            throw WorkFailure(.cancelled, "expected the word go")
        }
        let source = try RestoreSource(choice)
        defer { source.remove() }
        switch way {
        case .inPlace: return try restore(source, expecting: choice.facts, channel)
        case .offline(let offline, _):
            var replacing = offline
            replacing.source = source.path
            return try replacing.run(expecting: choice.facts, channel)
        }
    }

    /// Tenths of the larger of both files that must be free where the live one is: the write-ahead
    /// log takes a whole copy and is folded back later, and applications write on meanwhile.
    static let spaceTenths = 22

    static func neededBytes(for bytes: Int) -> Int { bytes / 10 * spaceTenths + 1 }

    private func expectSpace(for backup: String) throws {
        let larger = [path, backup].compactMap { Files.facts($0)?.bytes }.max() ?? 0
        let needed = Self.neededBytes(for: larger)
        let free = try Volumes.freeBytes("restore.space", at: path)
        guard free >= needed else {
            throw WorkFailure(
                .refused,
                "the disk of \(path) has \(free) octets free, a restore needs \(needed)",
                hint: "make room; nothing was changed")
        }
    }

    private enum Way: Equatable {
        case inPlace
        /// The file is replaced, and nobody may have it open.
        case offline(OfflineRestore, isDamaged: Bool)
    }

    /// A file that is corrupt, or in WAL mode has pages of another size, cannot be written into.
    private func way(for choice: RestoreChoice) throws -> Way {
        let fits: Bool
        var isDamaged = true
        do {
            fits = try BackupCopy.pinned(path: path) { database, live in
                try expectEncoding(of: live.facts, in: choice)
                isDamaged = try !DatabaseContents.integrityProblems(database).isEmpty
                let isPlain = live.facts.journalMode != "wal"
                return !isDamaged && (isPlain || live.facts.pageBytes == choice.facts.pageBytes)
            }
        } catch let error as DatabaseError
            where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
        {
            fits = false
        }
        if fits { return .inPlace }
        let moment = Timestamp(milliseconds: Int64(clamping: WallClock.milliseconds))
        let time = moment.timeOfDay.replacing(":", with: "")
        let live = try SharedFile(at: path).identity.path
        let offline = OfflineRestore(
            path: live, source: choice.path,
            sourceName: order.sent == nil ? choice.path : nil, name: choice.name,
            moment: OfflineRestore.freeMoment(
                moment.date.replacing("-", with: "") + "-" + time, for: live))
        // Said before anything is held.
        try offline.proveUnused()
        return .offline(offline, isDamaged: isDamaged)
    }

    /// Of a corrupt database that cannot be read nobody can say what would be lost.
    private func losses(
        of choice: RestoreChoice, _ way: Way
    ) throws -> (tables: [TableLoss], isExact: Bool, unreadable: String?) {
        do {
            let read = try RestoreLosses.read(path: path, backup: choice.path)
            if case .offline(_, isDamaged: true) = way { return (read.tables, false, nil) }
            return (read.tables, read.isExact, nil)
        } catch let error as DatabaseError {
            guard case .offline = way else { throw error }
            let reason =
                "\(error.message ?? "no reason given") (SQLite "
                + "\(error.extendedResultCode.rawValue))"
            return ([], false, reason)
        }
    }

    private func restore(
        _ source: RestoreSource, expecting facts: DatabaseFacts, _ channel: borrowing WorkChannel
    ) throws -> DatabaseNotice {
        let file = try SharedFile(at: path)
        let reader = try DatabaseQueue(
            path: file.identity.path, configuration: configuration(isReadOnly: true))
        let writer = try DatabaseQueue(
            path: file.identity.path, configuration: configuration(isReadOnly: false))
        let result = Result {
            try reader.inDatabase { reader in
                let pin = try Pin(reader)
                let job = BackupJob(path: path, folder: folder, order: order.safety)
                let safety = try job.make(reader, pin.source, streams: nil, channel).manifest.file
                let isLog = pin.source.facts.journalMode == "wal"
                // In the other modes a reader keeps the writer from its lock.
                if !isLog { try pin.endUnchanged(reader, path) }
                let before = try Pin.version(of: writer)
                try put(source.path, into: writer, channel) {
                    if isLog { try pin.endUnchanged(reader, path) }
                } beforeCommit: {
                    try channel.say(.ready(safety: safety))
                    guard case .commit = try channel.word() else {
                        throw WorkFailure(.cancelled, "expected the word commit")
                    }
                }
                let stand = Standing(
                    reader: try Pin.version(reader), isOurs: try Pin.version(of: writer) == before,
                    isLog: isLog)
                return try settle(reader, writer, facts, stand, safety: safety, channel)
            }
        }
        // The reader goes last: a writer that closes last would checkpoint and remove the log
        // under applications that have it open.
        try writer.close()
        try reader.close()
        return try result.get()
    }

    /// The live database right after our commit.
    private struct Standing {
        /// Its version as the reader sees it: another one once anybody has written.
        let reader: Int
        /// Nobody has written between our commit and the reader's look.
        let isOurs: Bool
        let isLog: Bool
    }

    /// Checks what the live database has become, and leaves it so or takes it back.
    private func settle(
        _ reader: Database, _ writer: DatabaseQueue, _ expected: DatabaseFacts,
        _ stand: Standing, safety: String, _ channel: borrowing WorkChannel
    ) throws -> DatabaseNotice {
        let facts: DatabaseFacts
        do {
            try Faults.pass("restore.check", path)
            try channel.progress("check")
            facts = try Self.check(reader, is: expected)
        } catch {
            let failure = WorkFailure(error, path: path)
            // The controller may be gone, and then nobody is there to decide: it stays restored.
            if failure.kind == .cancelled { throw failure }
            try takeBack(safety, into: writer, reader, stand, channel, because: failure.message)
            throw failure
        }
        let word: DatabaseWord
        do {
            try channel.say(.restored(facts: facts))
            word = try channel.word()
        } catch {
            throw WorkFailure(.cancelled, "restored; the controller left before it could say so")
        }
        guard case .undo = word else { return .restored(facts: facts) }
        try takeBack(
            safety, into: writer, reader, stand, channel, because: "it should be taken back")
        return .undone
    }

    /// Requests may have been let in since the commit: what they have written is not overwritten.
    private func takeBack(
        _ safety: String, into writer: DatabaseQueue, _ reader: Database, _ stand: Standing,
        _ channel: borrowing WorkChannel, because reason: String
    ) throws {
        func mustBeOurs() throws {
            guard stand.isOurs, try Pin.version(reader) == stand.reader else {
                throw WorkFailure(
                    .broken,
                    "\(reason); but somebody has written to \(path) since, and it stays what was "
                        + "restored; what it was is kept in \(safety)",
                    hint: "bascule db restore \(safety)")
            }
        }
        do {
            // In the other modes nobody can read once the lock is taken.
            if !stand.isLog { try mustBeOurs() }
            try put(folder.file(safety), into: writer, channel) {
                if stand.isLog { try mustBeOurs() }
            } beforeCommit: {
            }
        } catch let failure as WorkFailure where failure.kind == .broken {
            throw failure
        } catch {
            throw WorkFailure(
                .broken,
                "\(reason); and the safety copy could not be put back: "
                    + WorkFailure(error, path: path).message,
                hint: "bascule db restore \(safety)")
        }
    }

    private func put(
        _ backup: String, into writer: DatabaseQueue, _ channel: borrowing WorkChannel,
        onLock: () throws -> Void, beforeCommit: () throws -> Void
    ) throws {
        try BackupCopy.still(backup) { source in
            try writer.inDatabase { target in
                try SQLiteConnection.copy(
                    source, to: target, pagesPerStep: BackupCopy.pagesPerStep,
                    onLock: {
                        try Faults.pass("restore.lock", path)
                        try onLock()
                    },
                    onStep: { done, total in
                        try Faults.pass("restore.copy", path)
                        try channel.progress("restore", done, of: total)
                    },
                    beforeLast: {
                        try beforeCommit()
                        try Faults.pass("restore.commit", path)
                    })
            }
        }
        try Faults.pass("restore.committed", path)
    }

    private static func check(
        _ database: Database, is expected: DatabaseFacts
    ) throws -> DatabaseFacts {
        if let first = try DatabaseContents.integrityProblems(database).first {
            throw WorkFailure(.failed, "after the restore integrity_check says: \(first)")
        }
        let facts = try DatabaseFacts(reading: database)
        guard facts.fingerprint == expected.fingerprint, facts.applied == expected.applied else {
            throw WorkFailure(.failed, "after the restore the schema is not that of the backup")
        }
        return facts
    }

    private func configuration(isReadOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(Double(order.lockMilliseconds) / 1_000)
        configuration.label = "restore"
        // The pinned transaction stays open where a step fails; closing ends it.
        configuration.allowsUnsafeTransactions = true
        if !isReadOnly {
            configuration.prepareDatabase { database in
                // Never a checkpoint of ours, and synced before it counts.
                try database.execute(sql: "PRAGMA wal_autocheckpoint = 0")
                try database.execute(sql: "PRAGMA synchronous = FULL")
            }
        }
        return configuration
    }
}

/// The file that is put into the live database: the backup itself or, where that holds a left-over
/// lock row or has the mark of WAL mode, a copy without it. The archive stays as it is.
private struct RestoreSource {
    let path: String
    private let isCopy: Bool

    init(_ choice: RestoreChoice) throws {
        let archived = choice.path
        guard choice.hasLockRow || choice.isWAL else {
            path = archived
            isCopy = false
            return
        }
        // A name that no backup of any service has, nor what a backup leaves half done.
        let folder = BackupFolder(path: (archived as NSString).deletingLastPathComponent)
        path = folder.file(".restore-" + (archived as NSString).lastPathComponent)
        isCopy = true
        try Files.remove("backup.clean", path)
        let copy = BackupCopy(folder: folder)
        let cleaned = path
        try BackupCopy.still(archived) { source in
            _ = try copy.copy(source, to: cleaned) { _, _ in }
        }
        let queue = try DatabaseQueue(path: cleaned)
        try queue.write { database in
            for marker in choice.facts.dirty where marker.kind == .lockRow {
                try database.execute(
                    sql: "DELETE FROM \(marker.name.asSQLName)")
            }
        }
        try queue.close()
    }

    func remove() {
        guard isCopy else { return }
        // The next job removes what stays.
        _ = Result { () throws(SystemError) in try Files.remove("backup.clean", path) }
    }
}
