internal import Control
internal import Foundation
internal import Journal
internal import Kernel
internal import Logging
internal import Settings
internal import SharedDatabase

/// What is known of the backups of one service between two looks at them, and its schedules.
actor BackupKeeper {
    /// How often the clock is looked at: it may jump, and a machine may sleep.
    static let lookInterval = Duration.seconds(5)
    /// After a scheduled backup that could not be made.
    static let retryInterval = Duration.seconds(900)
    /// While another operation has the service.
    static let busyInterval = Duration.seconds(5)
    /// How late one may be before that is a warning: four tries, and what they take.
    static let graceMilliseconds: Int64 = 3_600_000

    /// Looks at the database that gave up waiting for a lock.
    private(set) var lockWaits = 0
    /// When the schedules make the next one; nil without a schedule.
    private var due: [JournalRecord.Schedule.Task: Timestamp] = [:]
    /// The moment that the newest backup holds; nil where none is known.
    private(set) var newest: Timestamp?
    private var lastDrill: Timestamp?

    /// When the next scheduled backup is made; nil without a schedule.
    var next: Timestamp? { due[.backup] }
    var nextDrill: Timestamp? { due[.drill] }

    /// Seconds since the newest backup's moment; nil where none is known.
    var ageSeconds: Double? {
        newest.map { Double(Timestamp.now.milliseconds(since: $0)) / 1_000 }
    }

    /// Seconds since the last drill that went well; nil where none is known.
    var drillAgeSeconds: Double? {
        lastDrill.map { Double(Timestamp.now.milliseconds(since: $0)) / 1_000 }
    }

    /// When one was due that has not come to be within the grace; nil where all is well.
    func overdue(_ what: JournalRecord.Schedule.Task) -> Timestamp? {
        due[what].flatMap {
            Timestamp.now.milliseconds(since: $0) >= Self.graceMilliseconds ? $0 : nil
        }
    }

    func saw(_ entries: [BackupEntry], isLocked: Bool) {
        if isLocked { lockWaits += 1 }
        newest = entries.filter(\.hasManifest).compactMap(\.created).max()
    }

    func made(_ manifest: BackupManifest) {
        newest = max(newest ?? manifest.created, manifest.created)
    }

    func drilled(_ moment: Timestamp) { lastDrill = moment }

    /// Makes backups and drills by the clock until it is cancelled.
    func run(_ service: ServiceControl) async {
        let parts = service.parts
        guard let backup = parts.settings.database?.backup else { return }
        do throws(WorkFailure) {
            // What jobs left that were killed with the controller before this one.
            _ = try await parts.job(.tidy).answer()
        } catch {
            parts.logger.warning("\(parts.name): left-over files stay: \(error.message)")
        }
        do throws(Problem) {
            _ = try await service.backups()
        } catch {
            parts.logger.warning("\(parts.name): its backups cannot be seen: \(error.detail)")
        }
        lastDrill = await parts.journal.state().lastDone(.drill, of: parts.name)
        await withDiscardingTaskGroup { group in
            if let schedule = backup.schedule {
                group.addTask { await self.run(.backup, schedule, service) }
            }
            if let schedule = backup.drill {
                group.addTask { await self.run(.drill, schedule, service) }
            }
        }
    }

    private func run(
        _ what: JournalRecord.Schedule.Task, _ schedule: BackupSchedule, _ service: ServiceControl
    ) async {
        var memory = await remember(what, schedule, service.parts)
        while !Task.isCancelled {
            // A clock that went ahead and came back has left a moment that is still to come.
            if memory.last ?? memory.since > .now { memory.last = .now }
            let moment = schedule.due(after: memory.last ?? memory.since)
            due[what] = moment
            guard Timestamp.now >= moment else {
                await sleep(Self.lookInterval)
                continue
            }
            let pause = await make(schedule, service, &memory)
            due[what] = schedule.due(after: memory.last ?? memory.since)
            await sleep(pause)
        }
    }

    /// Returns how long to wait after it.
    private func make(
        _ schedule: BackupSchedule, _ service: ServiceControl,
        _ memory: inout JournalRecord.Schedule
    ) async -> Duration {
        let parts = service.parts
        let now = Timestamp.now
        let caller = Caller(
            peer: Peer(
                uid: ThisProcess.userIdentifier, pid: ThisProcess.identifier, user: "schedule"),
            command: "schedule \(schedule)")
        do throws(Problem) {
            let events =
                switch memory.what {
                case .backup: try await service.backUp(.schedule, by: caller)
                case .drill: try await service.drill(by: caller)
                }
            var last: Event?
            for await event in events { last = event }
            guard let ending = last?.ending, ending.outcome == .done else {
                sayMissed(memory.what, last?.message ?? "", parts)
                return Self.retryInterval
            }
        } catch {
            guard error.reason != .busy else { return Self.busyInterval }
            sayMissed(memory.what, error.detail, parts)
            return Self.retryInterval
        }
        memory.last = now
        await write(memory, parts)
        return Self.lookInterval
    }

    private func sayMissed(
        _ what: JournalRecord.Schedule.Task, _ reason: String, _ parts: ServiceParts
    ) {
        parts.logger.error("\(parts.name): the scheduled \(what.rawValue) was not made: \(reason)")
    }

    /// A schedule counts from the first start that knew it; another one starts anew.
    private func remember(
        _ what: JournalRecord.Schedule.Task, _ schedule: BackupSchedule, _ parts: ServiceParts
    ) async -> JournalRecord.Schedule {
        let known = await parts.journal.state().schedule(what, of: parts.name)
        if let known, known.text == schedule.description { return known }
        let memory = JournalRecord.Schedule(
            what, text: schedule.description, since: .now, last: nil)
        await write(memory, parts)
        return memory
    }

    private func write(_ memory: JournalRecord.Schedule, _ parts: ServiceParts) async {
        do {
            try await parts.record(nil, .scheduled(memory))
        } catch {
            // It goes on from memory; a restart may make one backup more.
            parts.logger.error("\(parts.name): the journal could not be written: \(error)")
        }
    }
}

extension BackupSchedule {
    /// The first moment of the schedule after another, in local time. Where the clock leaps over
    /// it in spring, the moment right after the leap.
    func due(after moment: Timestamp, in zone: TimeZone = .current) -> Timestamp {
        var parts = DateComponents(second: 0)
        switch rule {
        case .every(let hours):
            return Timestamp(milliseconds: moment.milliseconds + Int64(hours) * 3_600_000)
        case .daily(let hour, let minute): (parts.hour, parts.minute) = (hour, minute)
        case .weekly(let day, let hour, let minute):
            (parts.weekday, parts.hour, parts.minute) = (day, hour, minute)
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let date = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1_000)
        let next = calendar.nextDate(after: date, matching: parts, matchingPolicy: .nextTime)
        // A calendar with days always has a next one.
        let seconds = (next ?? date.addingTimeInterval(86_400)).timeIntervalSince1970
        return Timestamp(milliseconds: Int64(seconds * 1_000))
    }
}
