internal import Board
internal import Control
internal import Kernel
internal import Settings
internal import SharedDatabase

/// What is done to the shared database of a service.
extension ServiceControl {
    /// The backups that are configured; throws where there are none.
    func backupSettings() throws(Problem) -> BackupSettings {
        guard let database = parts.settings.database, case .sqlite = database.engine else {
            throw Problem(
                .refused, "\(parts.name) has no SQLite database",
                hint: "set services.\(parts.name).database.sqlite")
        }
        guard let backup = database.backup else {
            throw Problem(
                .refused, "no backups are configured for \(parts.name)",
                hint: "set services.\(parts.name).database.backup.directory")
        }
        return backup
    }

    /// Makes a backup now.
    func backUp(
        _ reason: BackupReason, by caller: Caller
    ) async throws(Problem) -> AsyncStream<Event> {
        let backup = try backupSettings()
        let operation = try await lock(.backup, by: caller)
        let parts = parts
        return await run(operation, by: caller, [], .backup) { () throws(WorkFailure) in
            try await parts.expectOneFile()
            let order = await parts.order(reason, backup, operation: operation.identifier)
            let made = try await BackupStep.make(order, parts: parts) { stage, done, total in
                await operation.tell(.backup, stage, done, total)
            }
            await parts.backups.made(made.manifest)
            return (made.sentence, made.details)
        }
    }

    /// Compares a backup with its manifest.
    func verify(_ file: String, by caller: Caller) async throws(Problem) -> AsyncStream<Event> {
        _ = try backupSettings()
        let operation = try await lock(.verify, by: caller)
        let parts = parts
        return await run(operation, by: caller, [], .verify) { () throws(WorkFailure) in
            let job = try parts.job(.verify(file: file))
            let answer = try await job.answer { stage, done, total in
                await operation.tell(.verify, stage, done, total)
            }
            guard case .verified(let finding) = answer else { throw .unexpected }
            let details: [String: JSONValue] = ["finding": EventLog.value(finding)]
            guard finding.verified else {
                throw WorkFailure(
                    .manifest, "\(file): " + finding.problems.joined(separator: "; "))
            }
            return ("\(file) is what its manifest says", details)
        }
    }

    func prune(_ body: PruneBody) async throws(Problem) -> PruneAnswer {
        let backup = try backupSettings()
        let keep = body.keep ?? backup.keep
        guard BackupSettings.keepRange.contains(keep) else {
            throw Problem(.badRequest, "keep: found \(keep), expected 1 to 1000")
        }
        try await mustBeFree()
        do throws(WorkFailure) {
            let job = try parts.job(
                .prune(keep: keep, protected: await parts.protectedOperations()))
            guard case .pruned(let removed, let left) = try await job.answer() else {
                throw .unexpected
            }
            return PruneAnswer(service: parts.name, keep: keep, removed: removed, left: left)
        } catch {
            throw error.problem
        }
    }

    /// Takes the lock for an operation on the database.
    func lock(
        _ kind: OperationKind, to color: Color? = nil, by caller: Caller
    ) async throws(Problem) -> DatabaseOperation {
        let to = color ?? parts.route.active
        let identifier = OperationIdentifier.next()
        let events = EventLog(service: parts.name, operation: identifier, hub: parts.hub)
        try await mustBeFree()
        guard occupy(identifier, kind, to, by: caller, events) else {
            throw await busy()
        }
        return DatabaseOperation(
            identifier: identifier, kind: kind, to: to, parts: parts, events: events, service: self)
    }

    /// Runs the work of an operation to its end, whether anybody listens or not.
    func run(
        _ operation: DatabaseOperation, by caller: Caller, _ overrides: [CheckName], _ step: Step,
        _ work:
            @escaping @Sendable () async throws(WorkFailure) -> (String, [String: JSONValue])
    ) async -> AsyncStream<Event> {
        let stream = await operation.events.listen()
        Task {
            do throws(WorkFailure) {
                try await operation.begin(by: caller, overrides: overrides)
                if !operation.isAside { parts.mark(step) }
                await operation.events.add(step, .started, "works in a process of its own")
                let (message, details) = try await work()
                await operation.end(step, .done, message, details)
            } catch {
                await operation.end(step, error)
            }
        }
        return stream
    }
}

extension WorkFailure {
    static let unexpected = WorkFailure(.failed, "the job said something unexpected")
}

/// A backup as a step of whatever needs one.
enum BackupStep {
    struct Made: Sendable {
        let manifest: BackupManifest
        let removed: [String]

        var sentence: String {
            let count = removed.count == 1 ? "1 old one" : "\(removed.count) old ones"
            let old = removed.isEmpty ? "" : ", \(count) removed"
            return "\(manifest.file), \(manifest.bytes) octets, verified\(old)"
        }

        var details: [String: JSONValue] {
            ["backup": EventLog.value(manifest), "removed": .array(removed.map(JSONValue.string))]
        }
    }

    static func make(
        _ order: BackupOrder, parts: ServiceParts,
        _ told: @Sendable (String, Int, Int) async -> Void
    ) async throws(WorkFailure) -> Made {
        let job = try parts.job(.backup(order))
        // Whoever gives up waiting ends the process too.
        defer { job.close() }
        return try await made(job, parts, told)
    }

    /// What its checks found of the live database is remembered.
    static func made(
        _ job: DatabaseJob, _ parts: ServiceParts, _ told: (String, Int, Int) async -> Void
    ) async throws(WorkFailure) -> Made {
        do throws(WorkFailure) {
            guard case .backedUp(let manifest, let removed) = try await job.answer(told) else {
                throw .unexpected
            }
            await parts.care.foundWhole()
            return Made(manifest: manifest, removed: removed)
        } catch {
            await parts.note(error)
            throw error
        }
    }
}
