internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Logging
internal import SharedDatabase
internal import Switchover

/// After a deploy that failed once its command had begun: waits until nothing writes any more,
/// finds out what has become of the database, and ends the hold accordingly. The same for a
/// controller that finds such a deploy when it starts.
struct DeploySettling {
    /// For a command that is told to end, and for what it leaves in the database: the client sends
    /// TERM, and KILL five seconds later.
    static let patience = Duration.seconds(15)
    /// Without a commit or a write lock for so long nothing migrates any more: EF Core's two
    /// transactions follow upon each other at once.
    static let quietMilliseconds = 400
    private static let lookInterval = Duration.milliseconds(20)

    struct Result {
        let aftermath: Aftermath
        /// What has become of the service, and what a person is to do where that is left to him.
        let sentence: String
    }

    let parts: ServiceParts
    let events: EventLog
    let operation: String
    let lease: DeployLease
    let moment: DeployMoment
    /// Still watches the database; nil where the controller before this one had it.
    var copy: DrainedMoment?
    let from: Color

    private var to: Color { from.other }
    private var name: String { parts.name }

    func run() async -> Result {
        await lease.giveUp()
        await events.add(.settle, .started, "waits until nothing writes any more")
        let end = Instant.now.advanced(by: Self.patience)
        // Once seen to have ended it has: a client that has yet to notice says once more that it
        // runs.
        var mayRun = await lease.mayRun
        while mayRun, Instant.now < end {
            await sleep(Self.lookInterval)
            mayRun = await lease.mayRun
        }
        if mayRun {
            let process = await lease.process?.pid
            let ending = process.map { " (`kill \($0)`)" } ?? ""
            return await closed("the command still runs, and nothing opens before its end\(ending)")
        }
        guard moment.fingerprint != nil else {
            await open()
            return await told(.asBefore, "\(from.name) serves as before")
        }
        guard moment.hold != .none else { return await settleUnheld(until: end) }
        let facts: DatabaseFacts
        do throws(WorkFailure) {
            let left = Instant.now < end ? end.duration(since: .now) : .zero
            let look = try await Self.look(
                parts, Self.quietMilliseconds, limit: max(left, .seconds(2)))
            if let writers = look.writers {
                return await closed("\(writers) still writes to the database")
            }
            facts = look.facts
        } catch {
            return await closed("the database could not be looked at: \(error.message)")
        }
        if Self.isUnchanged(facts, since: moment) {
            return await settleRows()
        }
        return await takeBack(facts)
    }

    // MARK: What has become of it

    static func look(
        _ parts: ServiceParts, _ milliseconds: Int, limit: Duration
    ) async throws(WorkFailure) -> (writers: String?, facts: DatabaseFacts) {
        let job = try parts.job(
            .quiet(milliseconds: milliseconds, limitMilliseconds: Int(limit.milliseconds)))
        guard case .quieted(let writers, let facts) = try await job.answer() else {
            throw .unexpected
        }
        return (writers, facts)
    }

    /// What the moment before a command is compared with later. nil without a SQLite database.
    static func facts(of parts: ServiceParts) async throws(WorkFailure) -> DatabaseFacts? {
        guard parts.gate.hasDatabase else { return nil }
        return try await look(parts, 0, limit: .zero).facts
    }

    static func isUnchanged(_ facts: DatabaseFacts, since moment: DeployMoment) -> Bool {
        facts.dirty.isEmpty && facts.fingerprint == moment.fingerprint
            && MigrationStatement.key(set: facts.applied) == moment.applied
    }

    func takeBack(_ facts: DatabaseFacts) async -> Result {
        let why: String
        switch (moment.hold, moment.snapshot) {
        case (.none, _): why = "nothing was held (--hold none)"
        case _ where !isClosed: why = "the service was opened meanwhile"
        case (_, nil): why = "there is no copy of the drained moment"
        case (_, let snapshot?):
            do throws(WorkFailure) {
                _ = try await restore(snapshot)
                await open()
                return await told(
                    .restored,
                    "\(snapshot) is restored: the database is that of the moment before the "
                        + "command, nothing is lost, and \(from.name) serves as before; end what "
                        + "may still migrate before you try again")
            } catch {
                why = "\(snapshot) could not be restored: \(error.sentence)"
            }
        }
        guard facts.dirty.isEmpty, let reason = await Self.survival(parts, from) else {
            let left = facts.dirty.map(\.name)
            let half = left.isEmpty ? "" : " and is half done (\(left.joined(separator: ", ")))"
            return await closed("the schema has changed\(half), and that stays: \(why)")
        }
        await open()
        let serves = "\(from.name) serves \(moment.hold == .none ? "on" : "again")"
        return await told(
            .opened,
            "the schema has changed and stays so (\(why)); \(serves): \(reason). " + commands)
    }

    /// Returns which tables were other ones; nil where all was the same and stays.
    /// `onlyChanged`: that is looked at first.
    func restore(
        _ snapshot: String, onlyChanged: Bool = false
    ) async throws(WorkFailure) -> [TableLoss]? {
        guard let backup = parts.backupSettings else {
            throw WorkFailure(.refused, "no backups are configured any more")
        }
        let safety = await parts.order(.safety, backup, operation: operation)
        let job = try parts.job(
            .restore(
                RestoreOrder(
                    file: snapshot, fit: .unknown, preferred: nil, isUnchecked: false,
                    lockMilliseconds: 2_000, safety: safety)))
        defer { job.close() }
        guard case .losses(let seen) = try await job.answer() else { throw .unexpected }
        if onlyChanged, seen.isExact, seen.losses.isEmpty { return nil }
        await events.add(
            .restore, .started, "\(snapshot) goes back into the database",
            ["losses": .array(seen.losses.map(EventLog.value))])
        try job.say(.go)
        guard case .ready(let copy) = try await job.answer() else { throw .unexpected }
        guard isClosed else { throw WorkFailure(.cancelled, "the service was opened meanwhile") }
        try job.say(.commit)
        guard case .restored = try await job.answer() else { throw .unexpected }
        do throws(WorkFailure) {
            try job.say(.keep)
        } catch {
            // A job that is gone keeps it too.
        }
        await events.add(
            .restore, .passed,
            "the database is that of the drained moment, whole; what the "
                + "command had made of it is kept in \(copy)", ["safety": .string(copy)])
        return seen.losses
    }

    /// Why code of a color survives the schema of now, every change being safe; nil where it may
    /// not.
    private static func survival(_ parts: ServiceParts, _ color: Color) async -> String? {
        guard let health = await parts.targets(color)?.probeAll(),
            let gate = await parts.gate.look(health.statement)
        else { return nil }
        let advice = await parts.wayBack(to: health, gate, mayAsk: true)
        return advice.possible && advice.accept == nil ? advice.reason : nil
    }

    /// Why a service that a deploy left closed may open now; nil where it may not.
    static func opening(_ parts: ServiceParts) async -> String? {
        let state = await parts.journal.state()
        let deploy = state.lastDeploy(of: parts.name)
        let moment = deploy.flatMap { state.moment(of: $0.operation) }
        // A command that nobody could end may still migrate: quiet is not enough.
        guard moment?.mark?.isRunning != true else { return nil }
        guard let look = await quiet(parts), look.dirty.isEmpty else { return nil }
        // That schema is one for the color before, which need not be the one that serves.
        if let moment, deploy?.from == parts.route.active, isUnchanged(look, since: moment) {
            return "the schema is what it was before the deploy"
        }
        return await survival(parts, parts.route.active)
    }

    private static func quiet(_ parts: ServiceParts) async -> DatabaseFacts? {
        do throws(WorkFailure) {
            let look = try await look(parts, quietMilliseconds, limit: .seconds(1))
            return look.writers == nil ? look.facts : nil
        } catch {
            parts.logger.warning("\(parts.name): \(error.message)")
            return nil
        }
    }

    // MARK: How it ends

    /// Whether our hold stands, so that nothing was written through the door since the moment.
    private var isClosed: Bool {
        let word = parts.route
        return word.endsClosed && word.active == from
    }

    /// So that it outlives the board. Returns whether it is written.
    private func remember(isClosed: Bool) async -> Bool {
        guard moment.hold != .none else { return true }
        do throws(JournalError) {
            try await parts.record(
                operation, .closure(JournalRecord.Closure(isClosed: isClosed, active: from)))
            return true
        } catch {
            parts.logger.error("\(name): the journal could not be written: \(error)")
            return false
        }
    }

    /// Only a hold of a deploy: whoever has decided otherwise meanwhile stays with it.
    func open() async {
        parts.letServe(from)
        // Without a hold of ours it is another's that stands.
        guard moment.hold != .none else { return }
        // First: what is written from here on is not to be taken back by a controller after this
        // one, which would find a deploy without an end.
        if await !remember(isClosed: false) { parts.rememberLater() }
        parts.changeRoute { word in
            guard word.endsClosed, word.active == from else { return nil }
            switch word.phase {
            case .held, .heldWrites: return word.next(phase: .open, active: from)
            case .open, .maintenance: return nil
            }
        }
        let end = Instant.now.advanced(by: SwitchRun.releaseTimeout)
        while parts.board.sum(.heldNow, service: parts.index) > 0, Instant.now < end {
            await sleep(.milliseconds(1))
        }
    }

    func closed(_ why: String) async -> Result {
        guard moment.hold != .none else {
            return await told(
                .closed,
                "\(why), so that \(from.name) serves on. " + commands)
        }
        // What waits is not to wait any longer: it is answered 503 now.
        parts.board.setDeadline(parts.index, .now)
        parts.changeRoute { word in
            guard word.endsClosed, word.active == from, word.phase == .held else { return nil }
            return word.next(phase: .heldWrites, active: from, endsClosed: true)
        }
        parts.workers.wakeAll()
        _ = await remember(isClosed: true)
        return await told(
            .closed,
            "\(why). Writes are answered 503 until the database is as \(from.name) needs it, or "
                + "a person decides. " + commands)
    }

    /// What ends it.
    var commands: String {
        let back =
            moment.snapshot.map {
                "`bascule db restore \($0) \(name)` takes the database back to the moment before "
                    + "the command"
            } ?? "`bascule db backups \(name)` lists what could be restored"
        let free =
            moment.hold == .none
            ? "" : ", `bascule release \(name)` lets \(from.name) write as it is"
        return "End what still migrates; then \(back), `bascule switch \(name) \(to.name)` goes "
            + "on with the new version\(free)"
    }

    func told(_ aftermath: Aftermath, _ sentence: String) async -> Result {
        let isGood =
            switch aftermath {
            case .asBefore, .restored: true
            case .opened, .closed: false
            }
        await events.add(.settle, isGood ? .passed : .failed, sentence)
        return Result(aftermath: aftermath, sentence: sentence)
    }
}
