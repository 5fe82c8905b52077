internal import Control
internal import Health
internal import Journal
internal import Kernel
internal import Logging
internal import Settings
internal import SharedDatabase

/// What the last look at the shared database of one service saw, for warnings.
actor DatabaseCare {
    /// Between two looks by itself.
    static let interval = Duration.seconds(60)
    /// Of the time until the disk is full.
    static let daysMin = 14.0

    private var last: (seen: DatabaseInspection, daysUntilFull: Double?)?

    func saw(_ seen: DatabaseInspection, daysUntilFull: Double?) {
        last = (seen, daysUntilFull)
    }

    /// Looks now and then until it is cancelled.
    static func run(_ service: ServiceControl) async {
        guard case .sqlite = service.parts.settings.database?.engine else { return }
        while !Task.isCancelled {
            await sleep(interval)
            // An operation may hold requests, and nothing is started then.
            guard await service.operation == nil else { continue }
            do throws(Problem) {
                _ = try await service.inspect()
            } catch {
                service.parts.logger.warning(
                    "\(service.parts.name): the database cannot be looked at: \(error.detail)")
            }
        }
    }

    /// Of the file and its disk.
    var warnings: [DatabaseWarning] {
        guard let last else { return [] }
        return [log(last.seen), lock(last.seen), disk(last.daysUntilFull)].compactMap { $0 }
    }

    private func log(_ seen: DatabaseInspection) -> DatabaseWarning? {
        guard let readers = seen.logReaders, let file = seen.file else { return nil }
        let who =
            readers.isEmpty
            ? "nobody was seen reading from it: the applications may not checkpoint"
            : "held by a read transaction of \(Self.names(readers))"
        return DatabaseWarning(
            .log, "the write-ahead log has \(file.walBytes) octets beside \(file.bytes): \(who)")
    }

    private func lock(_ seen: DatabaseInspection) -> DatabaseWarning? {
        seen.longWriter.map {
            DatabaseWarning(
                .writeLock,
                "\(Self.names([$0])) has held the write lock for more than "
                    + "\(DatabaseInspection.longWriteSeconds) s: others wait")
        }
    }

    private func disk(_ days: Double?) -> DatabaseWarning? {
        days.flatMap {
            $0 < Self.daysMin
                ? DatabaseWarning(
                    .disk, "the disk is full in \($0) days as the database grows: make room")
                : nil
        }
    }

    private static func names(_ processes: [Int32]) -> String {
        processes.map { $0 == 0 ? "a process outside this container" : "process \($0)" }
            .joined(separator: " and ")
    }
}

extension ServiceControl {
    /// All there are, in the order of their names' declaration.
    func databaseWarnings() async -> [DatabaseWarning] {
        guard case .sqlite = parts.settings.database?.engine else { return [] }
        var all = await parts.care.warnings
        if let due = await parts.backups.overdue(.backup) {
            all.append(
                DatabaseWarning(
                    .backupOverdue, "a backup was due at \(due): the log of bascule says more"))
        }
        if let due = await parts.backups.overdue(.drill) {
            all.append(
                DatabaseWarning(
                    .drillOverdue, "a drill was due at \(due): bascule db drill says more"))
        }
        for targets in parts.allTargets {
            for library in await targets.health.doubtfulLibraries {
                all.append(
                    DatabaseWarning(
                        .sqlite,
                        "\(library), which can lose a commit when another process checkpoints: "
                            + "expected 3.51.3 or later, 3.50.7, or 3.44.6"))
            }
        }
        let order = DatabaseWarning.Name.allCases
        return all.sorted {
            (order.firstIndex(of: $0.name) ?? 0, $0.message)
                < (order.firstIndex(of: $1.name) ?? 0, $1.message)
        }
    }
}
