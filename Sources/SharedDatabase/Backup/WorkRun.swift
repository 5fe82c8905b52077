internal import Control
internal import Foundation
internal import Kernel

/// Does one job with progress in the role `database`.
struct WorkRun {
    let service: String
    /// The live database as the accepted configuration names it.
    let path: String
    /// nil where no backups are configured.
    let folder: BackupFolder?
    /// What starts the new version for a rehearsal; empty where none is configured.
    var rehearse: [String] = []

    /// To the end; what went wrong is the last notice.
    func run(_ work: DatabaseWork, _ channel: borrowing WorkChannel) throws(SystemError) {
        // What a backup holds is nobody's but its owner's.
        Files.setCreationMask(0o077)
        let last: DatabaseNotice
        do {
            last = try perform(work, channel)
        } catch {
            last = .failed(WorkFailure(error, path: path))
        }
        do throws(WorkFailure) {
            try channel.say(last)
        } catch {
            // Nobody listens any more; what was done stands.
        }
    }

    private func perform(
        _ work: DatabaseWork, _ channel: borrowing WorkChannel
    ) throws -> DatabaseNotice {
        switch work {
        case .inspect: return try inspect(channel)
        case .check: return BackupReadiness(path: path, folder: try configured()).run()
        case .backup(let order):
            let job = BackupJob(path: path, folder: try configured(), order: order)
            let made = try job.run(channel)
            return .backedUp(made.manifest, removed: made.removed)
        case .snapshot(let order):
            let job = try order.map {
                BackupJob(path: path, folder: try configured(), order: $0)
            }
            return try SnapshotJob(path: path, job: job).run(channel)
        case .moment(let order):
            let job = BackupJob(path: path, folder: try configured(), order: order)
            return try MomentJob(path: path, job: job).run(channel)
        case .quiet(let milliseconds, let limit):
            return try QuietJob(path: path).run(for: milliseconds, limit: limit)
        case .verify(let file):
            let folder = try configured()
            try channel.progress("verify")
            let path = try folder.checked(file)
            return .verified(BackupVerification.run(path: path, of: service))
        case .prune(let keep, let protected):
            return try prune(keep, protected, channel)
        case .restore(let order):
            return try RestoreJob(path: path, folder: try configured(), order: order).run(channel)
        case .receive(let order):
            return try ReceiveJob(path: path, directory: try configured(), order: order)
                .run(channel)
        case .tidy: return try tidy()
        case .lint(let order): return try LintJob(path: path, order: order).run(channel)
        case .drill(let order):
            return try DrillJob(path: path, folder: try configured(), order: order).run(channel)
        case .optimize: return try OptimizeJob(path: path).run(channel)
        case .unlock(let order): return try UnlockJob(path: path, order: order).run(channel)
        case .rehearse(let order):
            let job = RehearsalJob(
                path: path, folder: try configured(), arguments: rehearse, order: order)
            return try job.run(channel)
        }
    }

    private func configured() throws(WorkFailure) -> BackupFolder {
        guard let folder else {
            throw WorkFailure(
                .refused, "no backups are configured for this service",
                hint: "set services.NAME.database.backup.directory")
        }
        return folder
    }

    private func prune(
        _ keep: Int, _ protected: [String], _ channel: borrowing WorkChannel
    ) throws -> DatabaseNotice {
        let folder = try configured()
        try channel.progress("prune")
        let lock = try folder.locked()
        try folder.removeLeftOvers(of: service)
        let pruning = BackupPruning(
            folder: folder, service: service, keep: keep, protected: protected)
        let removed = try pruning.run(newestVerified: nil)
        let left = try folder.entries(of: service).count
        _ = consume lock
        return .pruned(removed: removed, left: left)
    }

    /// Where there is no folder yet there is nothing to remove.
    private func tidy() throws -> DatabaseNotice {
        guard let folder, Files.kind(folder.path) == .folder else { return .tidied }
        let lock = try folder.locked()
        try folder.removeLeftOvers(of: service)
        _ = consume lock
        return .tidied
    }

    /// What stands in the folder, then what the file is.
    private func inspect(_ channel: borrowing WorkChannel) throws -> DatabaseNotice {
        var seen = DatabaseInspection(lockHolders: LockHolders.of(path).processes)
        seen.split = LostFile.failure(of: path)
        if let folder {
            do {
                for entry in try folder.entries(of: service) { try channel.say(.entry(entry)) }
                seen.freeBackupBytes = try Volumes.freeBytes("backup.space", at: folder.path)
            } catch let error as SystemError where error.errno == .noSuchFile {
                // The first backup makes it.
            } catch let error as SystemError {
                seen.folder = folder.unwritable(error)
                seen.problem = "\(error)"
            }
        }
        seen.file = FileIdentity(at: path)
        do {
            // What is missing is named by the next line.
            if seen.file != nil {
                seen.freeDiskBytes = try Volumes.freeBytes("database.space", at: path)
            }
            let file = try SharedFile(at: path)
            let opening = try file.opening(user: ThisProcess.userIdentifier)
            seen.facts = try file.read(opening, busyTimeout: Self.inspectTimeout) {
                try DatabaseFacts(reading: $0)
            }
        } catch {
            let failure = WorkFailure(error, path: path)
            seen.problem = failure.message
            if case SharedFile.Refusal.corrupt = error { seen.corrupt = failure }
            seen.isLocked = failure.kind == .locked
        }
        if let file = seen.file {
            let looks = InspectionLooks(at: file)
            seen.longWriter = looks.longWriter
            seen.logReaders = looks.hasLargeLog ? looks.logReaders : nil
        }
        return .inspected(seen)
    }

    /// A look waits no longer for a lock.
    private static let inspectTimeout = Duration.seconds(2)
}
