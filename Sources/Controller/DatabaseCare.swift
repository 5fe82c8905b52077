internal import Control
internal import Health
internal import Journal
internal import Kernel
internal import Logging
internal import Settings
internal import SharedDatabase

/// What the last look at the shared database of one service saw, for warnings.
actor DatabaseCare {
    /// Between two looks by itself, where the file stays the same one.
    static let interval = Duration.seconds(60)
    /// Between two looks at whether it does.
    static let identityInterval = Duration.seconds(10)
    /// Of the time until the disk is full.
    static let daysMin = 14.0

    private var last: (seen: DatabaseInspection, daysUntilFull: Double?)?
    /// Who holds another file than the one at its place, as the latest look saw it.
    private var split: WorkFailure?
    /// What the checks of a copy found of the live database, and which file that was.
    private var damage: (failure: WorkFailure, file: [UInt64]?)?

    /// `file`: as `FileIdentity.number` names it.
    func found(_ failure: WorkFailure, in file: [UInt64]?) { damage = (failure, file) }

    /// It was copied and every check passed, or a whole one was put in its place: what was seen
    /// before says nothing any more.
    func foundWhole() {
        damage = nil
        last?.seen.corrupt = nil
    }

    /// What is known to be damaged; nil where nothing is, or another file has come to its place.
    func damage(of file: [UInt64]?) -> WorkFailure? {
        if damage?.file != file { damage = nil }
        return damage?.failure
    }

    /// The same, or what the last look says, which reads no more than the schema.
    func corruption(of file: [UInt64]?) -> WorkFailure? {
        damage(of: file) ?? last?.seen.corrupt
    }

    func saw(_ seen: DatabaseInspection, daysUntilFull: Double?) {
        last = (seen, daysUntilFull)
        split = seen.split
    }

    func found(split failure: WorkFailure) { split = failure }

    /// It was looked who holds which file, and all hold the same.
    func foundOneFile() { split = nil }

    /// How soon is looked again by itself: what is wrong with the file may end at any moment.
    private var pause: Duration { split == nil ? Self.interval : Self.identityInterval }

    /// Looks now and then until it is cancelled.
    static func run(_ service: ServiceControl) async {
        guard case .sqlite(let path) = service.parts.settings.database?.engine else { return }
        while !Task.isCancelled {
            await waitForLook(at: path, within: service.parts.care.pause)
            // An operation may hold requests, and nothing is started then.
            guard await service.operation == nil else { continue }
            do throws(Problem) {
                _ = try await service.inspect()
            } catch {
                // Whoever stops ends the jobs as well.
                if Task.isCancelled { return }
                service.parts.logger.warning(
                    "\(service.parts.name): the database cannot be looked at: \(error.detail)")
            }
        }
    }

    /// Returns early where another file has come to its place, or none is there any more: whoever
    /// has the old one open goes on with it.
    private static func waitForLook(at path: String, within pause: Duration) async {
        let end = Instant.now.advanced(by: pause)
        let before = FileIdentity.number(at: path)
        while Instant.now < end, !Task.isCancelled {
            await sleep(min(identityInterval, end.duration(since: .now)))
            if FileIdentity.number(at: path) != before { return }
        }
    }

    /// Of the file and its disk; whether it is damaged says `corruption`.
    var warnings: [DatabaseWarning] {
        let known = [split.map { DatabaseWarning(.split, $0.sentence) }].compactMap { $0 }
        guard let last else { return known }
        return known
            + [
                log(last.seen), lock(last.seen), disk(last.daysUntilFull),
            ].compactMap { $0 }
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
        let stated = await parts.statedSplit()
        // What targets state is told as of now, and not twice.
        var all = await parts.care.warnings.filter { stated == nil || $0.name != .split }
        if let failure = await parts.corruption() {
            all.append(DatabaseWarning(.corrupt, failure.sentence))
        }
        if let stated { all.append(DatabaseWarning(.split, stated.sentence)) }
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
        if let failed = await parts.journal.state().lastFailure(.drill, of: parts.name) {
            all.append(
                DatabaseWarning(
                    .drillFailed, "the drill of \(failed.time) did not go well: \(failed.message)"))
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

extension Check {
    /// The check `database`, where the gate could read it: what is damaged further in.
    func damaged(_ failure: WorkFailure?) -> Check {
        guard let failure, name == .database, state == .passed else { return self }
        var check = failure.check(.database)
        check.hint = [failure.hint, "where it was mended: bascule db backup looks at it anew"]
            .filter { !$0.isEmpty }.joined(separator: "; ")
        return check
    }
}

extension ServiceParts {
    private var databaseNumber: [UInt64]? {
        guard case .sqlite(let path) = settings.database?.engine else { return nil }
        return FileIdentity.number(at: path)
    }

    /// What a copy's checks found damaged in the live database; nil where nothing.
    func damage() async -> WorkFailure? { await care.damage(of: databaseNumber) }

    /// What is known to be damaged at all.
    func corruption() async -> WorkFailure? { await care.corruption(of: databaseNumber) }

    /// Remembers a failure that says something of the live database, for warnings and checks.
    func note(_ failure: WorkFailure) async {
        if failure.kind == .corrupt { await care.found(failure, in: databaseNumber) }
        guard failure.kind == .split, await statedSplit() == nil else { return }
        await care.found(split: failure)
    }

    /// Remembers what a gate saw. What targets state is asked of them whenever it is told.
    /// `isThorough`: it has looked at who holds which file.
    func note(_ gate: GateAnswer, isThorough: Bool) async {
        guard gate.verdict == .split else {
            if isThorough { await care.foundOneFile() }
            return
        }
        guard await statedSplit() == nil else { return }
        await care.found(
            split: WorkFailure(
                .split, "split: \(gate.saw); expected \(gate.expected)", hint: gate.hint))
    }

    /// Why targets do not hold the file that is there, as far as they state one.
    func statedSplit() async -> WorkFailure? {
        guard case .sqlite(let path) = settings.database?.engine else { return nil }
        var files: [StatedFile] = []
        for targets in allTargets { files += await targets.health.files }
        return StatedFile.failure(of: path, stated: files)
    }

    /// Nothing is copied from, or written to, a file that somebody else does not hold. What
    /// processes hold is looked at by the job.
    func expectOneFile() async throws(WorkFailure) {
        if let failure = await statedSplit() { throw failure }
    }
}
