internal import Control
internal import Kernel

/// Removes old backups: of each group (regular, pre-switch, drained, safety) the newest `keep`
/// stay, and whatever else stands here.
///
/// Never removed: the newest one that is really what its manifest says, those of a protected
/// operation, and what has no readable manifest or another service's, for nobody knows what that
/// is.
struct BackupPruning {
    let folder: BackupFolder
    let service: String
    let keep: Int
    /// Operations whose backups stay: that of the open rollback window, and the one under way.
    let protected: [String]

    /// `newestVerified`: a name that has just been verified; nil: it is looked for.
    func run(newestVerified: String?) throws -> [String] {
        let entries = try folder.entries(of: service)
        let candidates = removable(entries)
        if candidates.isEmpty { return [] }
        let sound = try newestVerified ?? newestSound(of: entries)
        var removed: [String] = []
        for entry in candidates where entry.file != sound {
            try Faults.pass("backup.prune", entry.file)
            // The backup first: a manifest alone is taken away by the next job.
            try Files.remove("backup.prune", folder.file(entry.file))
            try Files.remove(
                "backup.prune", folder.file(entry.file) + BackupFolder.manifestSuffix)
            removed.append(entry.file)
        }
        try Files.syncFolder("backup.folder.sync", folder.path)
        return removed
    }

    func removable(_ entries: [BackupEntry]) -> [BackupEntry] {
        var counts: [String: Int] = [:]
        return entries.filter { entry in
            guard let reason = entry.reason else { return false }
            counts[reason.group, default: 0] += 1
            if let operation = entry.operation, protected.contains(operation) { return false }
            return counts[reason.group, default: 0] > keep
        }
    }

    private func newestSound(of entries: [BackupEntry]) throws -> String? {
        for entry in entries where entry.hasManifest {
            guard case .success(let manifest) = folder.manifest(of: entry.file) else { continue }
            if try BackupJob.digest(of: folder.file(entry.file)).sha256 == manifest.sha256 {
                return entry.file
            }
        }
        return nil
    }
}
