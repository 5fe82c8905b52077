internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Settings
internal import SharedDatabase

/// A restore of the live database as it is carried out:
///
/// preflight (find, verify, compare, gate) → hold → drain → backup (the safety copy) → restore →
/// verify (the gate on the live file) → release; with `switchesTo` the other color gets the
/// requests in the end.
///
/// The job commits only on our word, and that is given only while our hold stands. Whatever fails
/// before leaves the live database as it was; after it the safety copy is put back.
struct RestoreRun {
    struct Terms: Sendable {
        /// nil: the newest verified backup that the color knows.
        var file: String?
        /// The one that was sent; `file` is what its sender calls it then.
        var sent: SentBackup?
        var isDryRun = false
        var overrides: Set<CheckName> = []
        var holdTimeout: Duration
        var drainTimeout: Duration
        /// The color that has to fit the restored database.
        var color: Color
        /// Who serves now.
        var from: Color
        /// An operation whose snapshot of the drained moment is preferred.
        var preferred: String?
        /// Findings of `schema` that the operator lives with, by ID.
        var accepts: Set<String> = []
    }

    /// Between two counts of what is in flight.
    static let pollInterval = Duration.milliseconds(2)

    let operation: DatabaseOperation
    let terms: Terms
    let backup: BackupSettings
    private var held: RouteWord?
    /// When the service was closed to writes before; nil where it was open.
    private var closedSince: Instant?
    private var base: (totals: BoardTotals, time: Instant)?
    /// Who waited already, in a hold by hand.
    private var waiting = 0
    private var step = Step.preflight
    private(set) var file = ""
    /// No hold was needed: the service is in maintenance, and stays so.
    private var isMaintained = false
    /// Why a dry run would not be carried out.
    private var wouldRefuse: WorkFailure?
    /// The job has been told to commit.
    private var isCommitting = false
    /// The file itself is replaced, so that no application runs that could state anything.
    private(set) var isOffline = false

    var parts: ServiceParts { operation.parts }
    var isSwitch: Bool { terms.color != terms.from }

    init(_ operation: DatabaseOperation, _ terms: Terms, _ backup: BackupSettings) {
        self.operation = operation
        self.terms = terms
        self.backup = backup
    }

    /// To the last event.
    mutating func run(by caller: Caller) async {
        let job: DatabaseJob
        do throws(WorkFailure) {
            try await operation.begin(
                by: caller, overrides: CheckName.allCases.filter(terms.overrides.contains))
            job = try parts.job(.restore(await order()))
        } catch {
            await terms.sent?.remove()
            return await operation.end(step, error)
        }
        do throws(WorkFailure) {
            let losses = try await preflight(job)
            if terms.isDryRun {
                job.close()
                await terms.sent?.remove()
                return await operation.end(
                    .preflight, .done,
                    "nothing was restored: this was a dry run"
                        + (wouldRefuse.map { "; it would be refused: \($0.sentence)" } ?? ""),
                    losses.merging(refusal) { _, new in new })
            }
            try await holdAndDrain()
            try await restore(job)
            job.close()
            await parts.care.foundWhole()
            await release()
            await end(.done, "\(file) is restored; \(parts.route.active.name) serves", losses)
        } catch {
            job.close()
            let isUncertain =
                isSwitch && isCommitting && [.died, .broken].contains(error.kind)
            await letGo(isRestored: false, isUncertain: isUncertain)
            let closed = isUncertain ? ". Writes are answered 503 until the database fits" : ""
            await end(error.outcome, error.sentence + closed, error.details)
        }
    }

    /// Of a dry run, for whoever would ask next whether it shall be done.
    private var refusal: [String: JSONValue] {
        wouldRefuse.map { ["refusal": .string($0.sentence)] } ?? [:]
    }

    private func order() async -> RestoreOrder {
        let safety = await parts.order(.safety, backup, operation: operation.identifier)
        let stated = await parts.targets(terms.color)?.health.statement ?? .notAsked
        let fit: RestoreOrder.Fit =
            switch stated {
            case .known(let ids): .known(ids: ids)
            case .latest(let id): .latest(id: id)
            case .notAsked, .nothing: .unknown
            }
        return RestoreOrder(
            file: terms.file, sent: terms.sent?.folder, fit: fit, preferred: terms.preferred,
            isUnchecked: terms.overrides.contains(.backup),
            lockMilliseconds: Int(clamping: terms.holdTimeout.wholeNanoseconds / 1_000_000),
            safety: safety)
    }

    private mutating func begin(_ next: Step, _ message: String) async {
        step = next
        if !operation.isAside { parts.mark(next) }
        Faults.reach("restore.step.\(next.rawValue)")
        await operation.events.add(next, .started, message)
    }

    func tell(_ stage: String, _ done: Int, _ total: Int) async {
        // Its first page takes the write lock; the step of its own begins with that.
        guard step != .backup || stage != "restore" else { return }
        await operation.tell(step, stage, done, total)
    }

    // MARK: The steps

    private mutating func preflight(
        _ job: DatabaseJob
    ) async throws(WorkFailure) -> [String: JSONValue] {
        await begin(.preflight, "looks at the backup and at what would be lost")
        try await parts.expectOneFile()
        guard case .losses(let seen) = try await job.answer(tell) else { throw .unexpected }
        file = seen.file
        isOffline = seen.isOffline
        let judged = await gate(on: seen.facts)
        if isSwitch, let refusal = await healthRefusal() {
            try refuse(WorkFailure(.refused, refusal))
        }
        var details = seen.details
        details["checks"] = .array([EventLog.value(judged)])
        if judged.state == .refused {
            try refuse(
                WorkFailure(
                    .refused,
                    "\(file) does not fit \(terms.color.name): "
                        + Preflight.sentence(judged), hint: judged.hint ?? ""))
        }
        let age = seen.created.map { " of \($0)" } ?? ""
        await operation.events.add(
            .preflight, .passed, "\(file)\(age): \(seen.sentence)", details)
        return details
    }

    /// A dry run goes on and says so in the end.
    private mutating func refuse(_ failure: WorkFailure) throws(WorkFailure) {
        guard terms.isDryRun else { throw failure }
        wouldRefuse = wouldRefuse ?? failure
    }

    private mutating func holdAndDrain() async throws(WorkFailure) {
        let parts = parts
        isMaintained = parts.route.phase == .maintenance
        await begin(
            .hold,
            isMaintained
                ? "it is in maintenance: no request starts"
                : "new requests wait, \(terms.holdTimeout.inWords) at the most")
        let now = Instant.now
        let deadline = now.advanced(by: terms.holdTimeout)
        parts.board.resetLongestHold(service: parts.index)
        let counted = BoardTotals.withWaiting(parts.board, service: parts.index)
        (base, waiting) = ((counted.totals, now), counted.waiting)
        let from = terms.from
        let before = parts.board.deadline(parts.index)
        let isMaintained = isMaintained
        held = parts.changeRoute { word in
            guard word.active == from, isMaintained == (word.phase == .maintenance) else {
                return nil
            }
            if isMaintained {
                return word.next(phase: .maintenance, active: from, endsClosed: word.endsClosed)
            }
            closedSince = word.endsClosed ? before : nil
            parts.board.setDeadline(parts.index, deadline, isWaitedToItsEnd: true)
            return word.next(phase: .held, active: from, endsClosed: word.endsClosed)
        }
        guard let held else {
            throw WorkFailure(
                .refused, "\(parts.name) could not be held: its phase is \(parts.route.phase.name)")
        }
        await operation.events.add(
            .hold, .passed, "no request starts from epoch \(held.epoch) on")
        await begin(.drain, "waits for the requests of \(from.name)")
        let drainEnds = min(deadline, now.advanced(by: terms.drainTimeout))
        while true {
            let inFlight = Color.allCases.map {
                parts.board.inFlight(service: parts.index, color: $0).total
            }.reduce(0, +)
            if inFlight == 0 { break }
            guard Instant.now < drainEnds else {
                let left = Counting.text(inFlight, "request")
                throw WorkFailure(
                    .cancelled, "\(left) did not end in time; nothing was restored")
            }
            await sleep(Self.pollInterval)
        }
        await operation.events.add(.drain, .passed, "\(from.name) is quiet")
    }

    private mutating func restore(_ job: DatabaseJob) async throws(WorkFailure) {
        await begin(
            .backup,
            isOffline
                ? "the live file is set aside as it is" : "a safety copy of what is live")
        try job.say(.go)
        guard case .ready(let safety) = try await job.answer(tell) else { throw .unexpected }
        await operation.events.add(
            .backup, .passed,
            isOffline
                ? "the live file will be \(safety), as it is and not verified"
                : "\(safety), verified",
            ["safety": .string(safety), "verified": .bool(!isOffline)])
        await begin(.restore, "\(file) goes into the live database")
        do {
            // A controller after this one knows by it what the database may have become.
            try await parts.record(
                operation.identifier,
                .restoring(JournalRecord.Restoring(file: file, safety: safety)))
        } catch {
            throw WorkFailure(.refused, "journal: \(error)", hint: error.hint)
        }
        // From here to the commit the job has the write lock: whoever begins to write waits.
        guard parts.route == held else {
            throw WorkFailure(.cancelled, "the hold ended before the restore; nothing changed")
        }
        isCommitting = true
        let facts = try await commit(job, safety)
        await operation.events.add(
            .restore, .passed, "the live database is what \(file) holds, whole")
        await begin(.verify, "checks \(terms.color.name)")
        let judged = await gate(on: facts)
        if let refusal = await refusal(judged) {
            try await takeBack(job, safety, because: refusal)
        }
        do throws(WorkFailure) {
            try await decide()
        } catch {
            try await takeBack(job, safety, because: error.message)
        }
        await operation.events.add(
            .verify, .passed,
            judged.state == .skipped
                ? "overridden: \(Preflight.sentence(judged))"
                : "the gate passes \(terms.color.name)")
        do throws(WorkFailure) {
            try job.say(.keep)
        } catch {
            // A job that is gone keeps it too.
        }
    }

    /// The one moment at which a job that dies leaves a question: it is the old database or the
    /// restored one, whole either way.
    private func commit(
        _ job: DatabaseJob, _ safety: String
    ) async throws(WorkFailure) -> DatabaseFacts {
        do throws(WorkFailure) {
            try job.say(.commit)
            guard case .restored(let facts) = try await job.answer(tell) else { throw .unexpected }
            return facts
        } catch {
            guard error.kind == .died else { throw error }
            throw WorkFailure(
                .died,
                "its process died at the commit: the live database is whole, and either what it "
                    + "was (\(safety)) or what \(file) holds", hint: "bascule db status")
        }
    }

    /// With another color to serve: the decision is in the journal before it gets a request.
    private mutating func decide() async throws(WorkFailure) {
        guard isSwitch, let held else { return }
        do {
            try await parts.record(
                operation.identifier,
                .decision(JournalRecord.Route(active: terms.color, epoch: held.epoch + 1)))
        } catch {
            throw WorkFailure(.refused, "journal: \(error)", hint: error.hint)
        }
        let color = terms.color
        parts.letServe(color)
        let phase: Phase = isMaintained ? .maintenance : .open
        let new = parts.changeRoute { $0 == held ? $0.next(phase: phase, active: color) : nil }
        guard new == nil else {
            self.held = nil
            return
        }
        do {
            let word = parts.route
            try await parts.record(
                operation.identifier,
                .undone(JournalRecord.Route(active: word.active, epoch: word.epoch)))
        } catch {
            throw WorkFailure(.broken, "the journal could not be corrected: \(error)")
        }
        throw WorkFailure(.cancelled, "the hold ended before the switch")
    }

    // MARK: The end

    private var totals: BoardTotals { BoardTotals(parts.board, service: parts.index) }

    private mutating func release() async {
        await begin(.release, isMaintained ? "the maintenance goes on" : "held requests go on")
        let wasClosed = held?.endsClosed == true
        await letGo(isRestored: true)
        if wasClosed {
            await parts.remember(isClosed: false, active: parts.route.active)
        }
        let released = totals.report(since: base?.totals ?? totals).released
        await operation.events.add(
            .release, .passed,
            isMaintained
                ? "the maintenance goes on" : "\(Counting.text(released, "request")) let through")
    }

    /// Ends our hold where it still stands, and waits a moment for its queue. What a deploy had
    /// left closed is open once its database is restored. `isUncertain`: the color that serves may
    /// have the database that another was to have: closed to writes until it fits.
    private mutating func letGo(isRestored: Bool, isUncertain: Bool = false) async {
        guard base != nil else { return }
        if isUncertain { await closeWrites() }
        let ours = held
        let parts = parts
        let closed = isRestored ? nil : closedSince
        if let ours {
            parts.changeRoute { word in
                guard word == ours else { return nil }
                // It goes on, but what a deploy had closed does not come back behind it.
                if word.phase == .maintenance {
                    return isRestored ? word.next(phase: .maintenance, active: word.active) : nil
                }
                guard let closed else { return word.next(phase: .open, active: word.active) }
                parts.board.setDeadline(parts.index, closed)
                return word.next(phase: .heldWrites, active: word.active, endsClosed: true)
            }
        }
        held = nil
        let end = Instant.now.advanced(by: SwitchRun.releaseTimeout)
        while parts.board.sum(.heldNow, service: parts.index) > 0, Instant.now < end {
            await sleep(.milliseconds(1))
        }
    }

    private mutating func end(
        _ outcome: Outcome, _ message: String, _ details: [String: JSONValue]
    ) async {
        // Before the end is told: then nothing of it is left.
        await terms.sent?.remove()
        var report = totals.report(since: base?.totals ?? totals)
        report.held += waiting
        if let base {
            report.longestHoldMilliseconds =
                Double(parts.board.longestHold(service: parts.index)) / 1_000_000
            if isSwitch {
                report.switchMilliseconds = Instant.now.duration(since: base.time).milliseconds
            }
        }
        let final: Outcome = report.lost > 0 ? .lost : outcome
        if isSwitch, !terms.isDryRun {
            parts.counts.add(final, report, didHold: base != nil, service: parts.name)
        }
        await operation.end(step, final, message, details, report: report)
    }
}
