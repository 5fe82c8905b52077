internal import Control
internal import Journal
internal import Kernel
internal import Settings
internal import SharedDatabase

/// What is told of the shared database and its backups, without an operation.
extension ServiceControl {
    func backups() async throws(Problem) -> BackupsAnswer {
        let backup = try backupSettings()
        let look = try await inspect()
        if let failure = look.seen.folder { throw failure.problem }
        return BackupsAnswer(
            service: parts.name, directory: backup.directory, backups: look.entries)
    }

    func databaseReport() async throws(Problem) -> DatabaseReport {
        guard let database = parts.settings.database, case .sqlite(let path) = database.engine
        else {
            throw Problem(
                .refused, "\(parts.name) has no SQLite database",
                hint: "set services.\(parts.name).database.sqlite")
        }
        let (entries, seen) = try await inspect()
        var report = DatabaseReport(service: parts.name, path: path)
        report.bytes = seen.file?.bytes
        report.walBytes = seen.file?.walBytes
        report.freePages = seen.facts?.freePageCount
        report.pageBytes = seen.facts?.pageBytes
        report.journalMode = seen.facts?.journalMode
        report.sqliteVersion = seen.facts?.sqliteVersion
        report.freeDiskBytes = seen.freeDiskBytes
        report.daysUntilFull = Self.daysUntilFull(entries, free: seen.freeDiskBytes)
        report.lockHolders = seen.lockHolders
        report.problem = seen.problem
        report.migrations = seen.facts.flatMap { facts in
            facts.tool.map {
                MigrationStatus(tool: $0, latest: facts.latest, count: facts.appliedCount)
            }
        }
        report.lockWaits = await parts.backups.lockWaits
        report.lastDrill = await parts.journal.state().lastDone(.drill, of: parts.name)
        let warnings = await databaseWarnings()
        report.warnings = warnings.isEmpty ? nil : warnings
        if let backup = database.backup {
            report.drillSchedule = backup.drill?.description
            report.nextDrill = await parts.backups.nextDrill
            report.backup = await status(backup, entries, freeBytes: seen.freeBackupBytes)
        }
        return report
    }

    private func status(
        _ backup: BackupSettings, _ entries: [BackupEntry], freeBytes: Int?
    ) async -> BackupStatus {
        var status = BackupStatus(
            directory: backup.directory, count: entries.count,
            last: entries.first { $0.hasManifest })
        status.ageSeconds = status.last?.created.map {
            Int(Timestamp.now.milliseconds(since: $0) / 1_000)
        }
        status.schedule = backup.schedule?.description
        status.next = await parts.backups.next
        status.freeDiskBytes = freeBytes
        return status
    }

    /// Looks at file and backups, and remembers what it saw for warnings.
    func inspect() async throws(Problem) -> (
        entries: [BackupEntry], seen: DatabaseInspection
    ) {
        do throws(WorkFailure) {
            let job = try parts.job(.inspect)
            var entries: [BackupEntry] = []
            while true {
                switch try await job.answer() {
                case .entry(let entry): entries.append(entry)
                case .inspected(let seen):
                    await parts.backups.saw(entries, isLocked: seen.isLocked)
                    await parts.care.saw(
                        seen,
                        daysUntilFull: Self.daysUntilFull(entries, free: seen.freeDiskBytes))
                    return (entries, seen)
                case _: throw .unexpected
                }
            }
        } catch {
            throw error.problem
        }
    }

    /// At the rate at which the backups have grown: between the oldest and the newest, where these
    /// are at least a day apart.
    static func daysUntilFull(_ entries: [BackupEntry], free: Int?) -> Double? {
        let known = entries.filter { $0.hasManifest }
        guard let free, let new = known.first, let old = known.last, let to = new.created,
            let from = old.created
        else { return nil }
        let days = Double(to.milliseconds(since: from)) / 86_400_000
        let growth = Double(new.bytes - old.bytes)
        guard days >= 1, growth > 0 else { return nil }
        return (Double(free) / (growth / days) * 10).rounded() / 10
    }
}
