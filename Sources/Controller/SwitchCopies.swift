internal import Control
internal import Kernel
internal import Logging
internal import Settings
internal import SharedDatabase
internal import Switchover

/// The two copies of the database that a switch makes: one before the hold, and one of the moment
/// at which the old color was quiet.
///
/// The process of the second is started before the hold. In the hold it does no more than begin a
/// read transaction, which pins the moment, and watch who writes after it; it copies after the
/// release. Without it the switch is no worse, so that it is told of and never refuses. Where no
/// copies are made it watches all the same.
actor SwitchCopies {
    /// Longest that the drained moment may cost those who wait.
    static let pinTimeout = Duration.seconds(1)
    /// The same of the question whether anybody has written since: its process has looked already.
    static let compareTimeout = Duration.milliseconds(10)

    private enum Snapshot {
        case none
        /// It did not come about; why.
        case missing(String)
        case waiting(DatabaseJob)
        case pinned(DatabaseJob)
        /// It was asked, and may not have answered.
        case compared(DatabaseJob, Task<Void, Never>)
        case copying(Task<Result<BackupStep.Made, WorkFailure>, Never>)
    }

    private let parts: ServiceParts
    /// nil where no copies are made: none are configured, or not for this switch.
    private let backup: BackupSettings?
    private let operation: String
    private var snapshot = Snapshot.none

    /// nil without a SQLite database. `isOff`: `--no-backup`.
    init?(_ parts: ServiceParts, operation: String, isOff: Bool) {
        guard case .sqlite = parts.settings.database?.engine else { return nil }
        self.parts = parts
        backup = isOff ? nil : parts.backupSettings
        self.operation = operation
    }

    /// Whether the drained moment is to be copied.
    nonisolated var keepsMoment: Bool { backup != nil }

    /// Whether this switch was to have a drained moment.
    var isPrepared: Bool {
        switch snapshot {
        case .none: false
        case .missing, .waiting, .pinned, .compared, .copying: true
        }
    }

    /// The copy before the hold.
    func make(
        _ told: @Sendable (String, Int, Int) async -> Void
    ) async throws(WorkFailure) -> BackupStep.Made {
        guard let backup else { throw WorkFailure(.refused, "no backups are configured") }
        let order = await parts.order(.preSwitch, backup, operation: operation)
        let made = try await BackupStep.make(order, parts: parts, told)
        await parts.backups.made(made.manifest)
        return made
    }

    /// Starts the process that will pin the drained moment.
    func prepare() async throws(WorkFailure) {
        var order: BackupOrder?
        if let backup { order = await parts.order(.drained, backup, operation: operation) }
        do throws(WorkFailure) {
            snapshot = .waiting(try parts.job(.snapshot(order)))
        } catch {
            snapshot = .missing(error.message)
            throw error
        }
    }

    /// The old color is quiet: pins the state of now. Returns why that did not come about.
    func pin() async -> String? {
        guard case .waiting(let job) = snapshot else { return nil }
        let failure = await pin(job)
        if let failure { snapshot = .missing(failure) }
        return failure
    }

    private func pin(_ job: DatabaseJob) async -> String? {
        let end = Instant.now.advanced(by: Self.pinTimeout)
        do throws(WorkFailure) {
            try job.say(.pin)
        } catch {
            return error.message
        }
        // Whoever waits is not kept waiting by a disk: the job is given up at the time's end.
        let answer = await withTaskGroup(of: Result<DatabaseNotice, WorkFailure>?.self) { group in
            group.addTask {
                await Result { () async throws(WorkFailure) in try await job.answer() }
            }
            group.addTask {
                await sleep(end.duration(since: .now))
                return nil
            }
            let first = await group.next() ?? nil
            if first == nil { job.close() }
            group.cancelAll()
            return first
        }
        switch answer {
        case .success(.pinned):
            snapshot = .pinned(job)
            return nil
        case .success: return "its process said something unexpected"
        case .failure(let failure): return failure.message
        case nil: return "it was not pinned in \(Self.pinTimeout.inWords)"
        }
    }

    /// The check `writers`: whether anybody has written since the moment that is pinned; nil where
    /// there was to be none. It is told, and never refuses.
    func compare() async -> Check? {
        let job: DatabaseJob
        switch snapshot {
        case .none, .compared, .copying: return nil
        case .missing(let why): return Self.unknown(why)
        case .waiting:
            giveUp()
            return Self.unknown("the color that served was not quiet")
        case .pinned(let pinned): job = pinned
        }
        let (stream, continuation) = AsyncStream.makeStream(of: Check.self)
        let asking = Task {
            let answer = await Result { () async throws(WorkFailure) in
                try job.say(.compare)
                return try await job.answer()
            }
            continuation.yield(Self.check(answer))
        }
        let clock = Task {
            await sleep(Self.compareTimeout)
            continuation.yield(Self.unknown("its process did not answer in time"))
        }
        snapshot = .compared(job, asking)
        for await first in stream {
            clock.cancel()
            return first
        }
        return nil
    }

    private static func check(_ answer: Result<DatabaseNotice, WorkFailure>) -> Check {
        switch answer {
        case .success(.compared(nil)):
            return Check(
                name: .writers, state: .passed, saw: "nobody has written since the drained moment")
        case .success(.compared(let writers?)):
            return Check(
                name: .writers, state: .warned,
                saw: "\(writers) has written to the database although requests are held",
                expected: "nobody to write past the door",
                hint: "what was written is in the database, and in no copy of the drained "
                    + "moment: have it stop while a switch goes on")
        case .success: return unknown("its process said something unexpected")
        case .failure(let failure): return unknown(failure.message)
        }
    }

    private static func unknown(_ why: String) -> Check {
        Check(
            name: .writers, state: .skipped,
            saw: "it is not known whether anybody has written: \(why)")
    }

    /// Requests go on: copies what was pinned, beside whatever follows.
    func copy(streams: Int) {
        guard keepsMoment else { return giveUp() }
        let parts = parts
        let (job, asking): (DatabaseJob, Task<Void, Never>?)
        switch snapshot {
        case .pinned(let pinned): (job, asking) = (pinned, nil)
        case .compared(let pinned, let task): (job, asking) = (pinned, task)
        case .none, .missing, .waiting, .copying: return
        }
        snapshot = .copying(
            Task {
                // Its answers come one after the other.
                await asking?.value
                return await Result { () async throws(WorkFailure) in
                    try job.say(.copy(streams: streams))
                    return try await BackupStep.made(job, parts) { _, _, _ in }
                }
            })
    }

    /// Waits for the copy; nil where there is none.
    func copied() async -> Result<BackupStep.Made, WorkFailure>? {
        guard case .copying(let task) = snapshot else {
            giveUp()
            return nil
        }
        snapshot = .none
        let result = await task.value
        if case .success(let made) = result { await parts.backups.made(made.manifest) }
        return result
    }

    /// Nobody waits for the copy: it ends by itself.
    func leave() {
        guard case .copying(let task) = snapshot else { return giveUp() }
        snapshot = .none
        let parts = parts
        Task {
            switch await task.value {
            case .success(let made): await parts.backups.made(made.manifest)
            case .failure(let failure):
                parts.logger.warning(
                    "\(parts.name): the drained moment is not kept: \(failure.message)")
            }
        }
    }

    /// Nothing of it is needed any more.
    func giveUp() {
        switch snapshot {
        case .waiting(let job), .pinned(let job), .compared(let job, _): job.close()
        case .none, .missing, .copying: return
        }
        snapshot = .none
    }
}

extension Result where Success: Sendable, Failure == WorkFailure {
    init(_ work: () async throws(WorkFailure) -> Success) async {
        do throws(WorkFailure) {
            self = .success(try await work())
        } catch {
            self = .failure(error)
        }
    }
}

/// What a switch does with its copies.
extension SwitchRun {
    /// How the copy before the hold went.
    enum BackupEnd {
        /// It is made, or somebody takes it upon himself that it is not.
        case goesOn
        case refused
        /// The time for the whole operation is over.
        case outOfTime
    }

    mutating func backUp() async -> BackupEnd {
        guard let copies else { return .goesOn }
        await begin(.backup, "copies the database")
        guard let result = await copyInTime(copies) else {
            await events.add(.backup, .failed, "the copy was not ready in time")
            return .outOfTime
        }
        do throws(WorkFailure) {
            let made = try result.get()
            await events.add(.backup, .passed, made.sentence, made.details)
        } catch {
            guard error.kind != .corrupt, order.overrides.contains(.backup) else {
                let check = error.check(.backup)
                reason = "\(check.name.rawValue): \(error.message)"
                details = ["checks": .array([EventLog.value(check)])]
                await events.add(.backup, .failed, reason, details)
                return .refused
            }
            await events.add(.backup, .passed, "overridden: \(error.message)")
        }
        return .goesOn
    }

    /// Before the hold: starts what will pin the drained moment in it.
    func prepareMoment() async {
        guard !isGoingBack, let copies else { return }
        do throws(WorkFailure) {
            try await copies.prepare()
        } catch {
            guard copies.keepsMoment else { return }
            await events.add(
                step, .progress, "no snapshot of the drained moment: \(error.message)")
        }
    }

    /// Nobody is held yet, so that the copy may take as long as the whole operation: nil after
    /// that, and it is given up.
    private func copyInTime(
        _ copies: SwitchCopies
    ) async -> Result<BackupStep.Made, WorkFailure>? {
        let events = events
        let work: @Sendable () async -> Result<BackupStep.Made, WorkFailure> = {
            await Result { () async throws(WorkFailure) in
                try await copies.make { stage, done, total in
                    await events.add(
                        .backup, .progress,
                        total > 0 ? "\(stage): \(done) of \(total) pages" : stage)
                }
            }
        }
        guard let end = order.terms.timeout else { return await work() }
        return await inTime(until: end, work)
    }

    /// In the hold, once nothing is in flight.
    func pinDrainedMoment() async {
        guard !isGoingBack, let copies, await copies.isPrepared else { return }
        let failure = await copies.pin()
        if copies.keepsMoment, let failure {
            await events.add(.drain, .progress, "the drained moment is not kept: \(failure)")
        } else if !copies.keepsMoment, parts.backupSettings != nil {
            await events.add(.drain, .progress, "no copy of the drained moment: --no-backup")
        }
    }

    /// Before the end is told: what became of the snapshot.
    func tellOfSnapshot() async {
        guard let result = await copies?.copied() else { return }
        switch result {
        case .success(let made):
            await events.add(
                .backup, .progress, "the drained moment: \(made.sentence)", made.details)
        case .failure(let failure):
            await events.add(
                .backup, .progress, "the drained moment is not kept: \(failure.message)")
        }
    }
}
