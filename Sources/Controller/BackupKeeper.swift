internal import Control
internal import Foundation
internal import Journal
internal import Kernel
internal import Logging
internal import Settings

/// What is known of the backups of one service between two looks at them, and its schedule.
actor BackupKeeper {
    /// How often the clock is looked at: it may jump, and a machine may sleep.
    static let lookInterval = Duration.seconds(5)
    /// After a scheduled backup that could not be made.
    static let retryInterval = Duration.seconds(900)
    /// While another operation has the service.
    static let busyInterval = Duration.seconds(5)

    /// Looks at the database that gave up waiting for a lock.
    private(set) var lockWaits = 0
    /// When the schedule makes the next one; nil without a schedule.
    private(set) var next: Timestamp?
    private var newest: Timestamp?

    /// Seconds since the newest backup's moment; nil where none is known.
    var ageSeconds: Double? {
        newest.map { Double(Timestamp.now.milliseconds(since: $0)) / 1_000 }
    }

    func saw(_ entries: [BackupEntry], isLocked: Bool) {
        if isLocked { lockWaits += 1 }
        newest = entries.filter(\.hasManifest).compactMap(\.created).max()
    }

    func made(_ manifest: BackupManifest) {
        newest = max(newest ?? manifest.created, manifest.created)
    }

    /// Makes backups by the clock until it is cancelled.
    func run(_ service: ServiceControl) async {
        let parts = service.parts
        guard let backup = parts.settings.database?.backup else { return }
        do throws(Problem) {
            _ = try await service.backups()
        } catch {
            parts.logger.warning("\(parts.name): its backups cannot be seen: \(error.detail)")
        }
        guard let schedule = backup.schedule else { return }
        var memory = await remember(schedule, parts)
        while !Task.isCancelled {
            let due = schedule.due(after: memory.last ?? memory.since)
            next = due
            guard Timestamp.now >= due else {
                await sleep(Self.lookInterval)
                continue
            }
            await sleep(await make(schedule, service, &memory))
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
            var last: Event?
            for await event in try await service.backUp(.schedule, by: caller) { last = event }
            guard let ending = last?.ending, ending.outcome == .done else {
                parts.logger.error(
                    "\(parts.name): the scheduled backup was not made: \(last?.message ?? "")")
                return Self.retryInterval
            }
        } catch {
            guard error.reason != .busy else { return Self.busyInterval }
            parts.logger.error(
                "\(parts.name): the scheduled backup was not made: \(error.detail)")
            return Self.retryInterval
        }
        memory.last = now
        await write(memory, parts)
        return Self.lookInterval
    }

    /// A schedule counts from the first start that knew it; another one starts anew.
    private func remember(
        _ schedule: BackupSchedule, _ parts: ServiceParts
    ) async -> JournalRecord.Schedule {
        let known = await parts.journal.state().schedule(of: parts.name)
        if let known, known.text == schedule.description { return known }
        let memory = JournalRecord.Schedule(text: schedule.description, since: .now, last: nil)
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
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let date = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1_000)
        let next = calendar.nextDate(
            after: date, matching: DateComponents(hour: hour, minute: minute, second: 0),
            matchingPolicy: .nextTime)
        // A calendar with days always has a next one.
        let seconds = (next ?? date.addingTimeInterval(86_400)).timeIntervalSince1970
        return Timestamp(milliseconds: Int64(seconds * 1_000))
    }
}
