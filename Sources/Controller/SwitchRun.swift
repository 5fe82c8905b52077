internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Switchover

/// One switchover as it is carried out: performs the plan's actions and tells how they went.
struct SwitchRun {
    /// What was asked, and by whom.
    struct Order: Sendable {
        let identifier: String
        let kind: OperationKind
        let from: Color
        let to: Color
        let terms: SwitchTerms
        let overrides: [CheckName]
        /// Findings of `schema`, by ID.
        let accepts: [String]
        let by: Peer
        let command: String
        var isBackupOff = false
    }

    /// Between two `progress` events of a drain.
    static let progressInterval = Duration.milliseconds(250)
    /// How long the report waits for held requests to be let through.
    static let releaseTimeout = Duration.seconds(2)
    /// Whoever watches is told before it happens that a hold nears its end.
    static let holdWarning = Duration.seconds(2)

    let order: Order
    let parts: ServiceParts
    var began = Instant.now
    var plan: SwitchPlan
    /// Where its events go.
    let events: EventLog
    /// Whose lock this operation holds.
    let service: ServiceControl
    /// The step that is under way.
    var step = Step.lock
    /// Of the moment that the hold, or without one the switch, began.
    var base: (totals: BoardTotals, time: Instant)?
    /// Of the moment that our own drain began: within a deploy later than `base`.
    var drainBase: BoardTotals?
    /// The word of our own hold.
    var held: RouteWord?
    /// For the metrics: whether anybody could have waited.
    var didHold = false
    var report = Report()
    var journalProblem: JournalError?
    /// Why it did not go on, for the last event.
    var reason = ""
    var details: [String: JSONValue] = [:]
    var nextProgress = Instant.now
    /// nil without a SQLite database.
    let copies: SwitchCopies?
    /// The way that is being gone: back, while the watch has failed.
    var from: Color
    var to: Color
    /// When the hold ends by itself, and whether that was said.
    var holdEnds: Instant?
    /// The phase that the service had before and has again where it comes to nothing.
    var phase = Phase.open
    /// Of a hold by hand, or of a phase that ended closed, before this hold.
    private var deadlineBefore = Instant.never
    /// What the new color is compared with, from the switch on.
    var watch: WatchRun?
    /// What a watch that was ended was ended by, in words.
    var watchEnder = "a rollback"

    init(_ order: Order, parts: ServiceParts, events: EventLog, lock: ServiceControl) {
        self.order = order
        self.parts = parts
        self.events = events
        service = lock
        plan = SwitchPlan(order.terms)
        copies = SwitchCopies(
            parts, operation: order.identifier, isOff: order.isBackupOff)
        from = order.from
        to = order.to
    }

    /// To the end. Everything that it did is in the journal when its last event is sent.
    mutating func run() async {
        await lock()
        await finish(await follow())
    }

    /// Carries the plan out and returns how it ended. `isChecked`: it begins with the hold.
    mutating func follow(isChecked: Bool = false) async -> Ending {
        var action = isChecked ? plan.startChecked() : plan.start()
        while true {
            switch action {
            case .preflight: action = await preflight()
            case .backup: action = await backup()
            case .hold(let time): action = await hold(for: time)
            case .endStreams: action = endOld(requests: false)
            case .poll(let pause): action = await poll(after: pause)
            case .cut: action = endOld(requests: true)
            case .verify(let end): action = await verify(until: end)
            case .commit: action = await commit()
            case .switchOver: action = await switchOver()
            case .undo(let decided): action = await undo(decided: decided)
            case .observe(let pause): action = await observe(after: pause)
            case .wayBack: action = await wayBack()
            case .finish(let ending): return ending
            }
        }
    }

    /// The switch at the end of a deploy: in a hold that has begun, with what is left of its time.
    mutating func follows(_ terms: SwitchTerms) {
        began = .now
        plan = SwitchPlan(terms)
    }

    var elapsed: Duration { Instant.now.duration(since: began) }

    mutating func begin(_ next: Step, _ message: String) async {
        step = next
        parts.mark(next)
        // A crash test ends or stops this process here, by the step's name.
        Faults.reach("switch.\(next.rawValue)")
        await events.add(next, .started, message)
    }

    // MARK: The steps

    mutating func lock() async {
        await begin(.lock, "\(parts.name) is locked for this \(order.kind.rawValue)")
        do {
            try await parts.begin(
                order.identifier,
                JournalRecord.Start(
                    kind: order.kind, from: order.from, to: order.to, mode: order.terms.mode,
                    by: order.by, command: order.command, overrides: order.overrides,
                    accepts: order.accepts))
        } catch {
            journalProblem = error
        }
        await events.add(.lock, .passed, "operation \(order.identifier)")
    }

    private mutating func preflight() async -> SwitchPlan.Action {
        await begin(.preflight, "checks \(to.name)")
        let preflight = Preflight(
            parts: parts, to: to, overrides: isGoingBack ? [] : Set(order.overrides),
            accepts: isGoingBack ? [] : Set(order.accepts), journalProblem: journalProblem,
            isBackupOff: order.isBackupOff || isGoingBack)
        let checks: [Check]
        if let end = order.terms.timeout, !isGoingBack {
            guard let inTime = await inTime(until: end, { await preflight.run() }) else {
                await events.add(.preflight, .failed, "the checks were not done in time")
                return plan.preflightPassed(at: elapsed)
            }
            checks = inTime
        } else {
            checks = await preflight.run()
        }
        if await isRefused(checks) { return plan.refused() }
        if !order.terms.backsUp { await prepareGate() }
        let isOldHealthy = await parts.targets(from)?.health.isHealthy ?? false
        return plan.preflightPassed(at: elapsed, isOldHealthy: isOldHealthy)
    }

    private mutating func backup() async -> SwitchPlan.Action {
        if !isGoingBack {
            switch await backUp() {
            case .goesOn: break
            case .refused: return plan.refused()
            case .outOfTime: return plan.backupRanOut()
            }
        }
        await prepareGate()
        return plan.backedUp(at: elapsed)
    }

    /// Its process is started now, so that nothing has to be started while requests are held.
    private func prepareGate() async {
        guard order.terms.mode == .handover else { return }
        await prepareMoment()
        await parts.gate.prepare()
    }

    /// Those who wait are not kept waiting by a target or a disk that does not answer.
    private mutating func verify(until end: Duration) async -> SwitchPlan.Action {
        await begin(.verify, "checks \(to.name) again")
        let preflight = Preflight(
            parts: parts, to: to, overrides: isGoingBack ? [] : Set(order.overrides),
            accepts: isGoingBack ? [] : Set(order.accepts), journalProblem: nil)
        let inTime = await inTime(until: end) { await preflight.verify() }
        guard var checks = inTime else {
            reason = "health and gate did not answer before the hold's end"
            await events.add(.verify, .failed, reason)
            return plan.verifyRanOut(at: elapsed)
        }
        if !isGoingBack, let check = await copies?.compare() { checks.append(check) }
        if await isRefused(checks) { return plan.refused() }
        return plan.verified(at: elapsed)
    }

    /// Sends the event that ends a step of checks.
    mutating func isRefused(_ checks: [Check]) async -> Bool {
        let refusals = Preflight.refusals(checks)
        let listed: [String: JSONValue] = ["checks": .array(checks.map(EventLog.value))]
        guard let first = refusals.first else {
            await events.add(step, .passed, Preflight.summary(checks), listed)
            return false
        }
        reason = Preflight.sentence(first)
        details = listed
        await events.add(
            step, .failed, refusals.map(Preflight.sentence).joined(separator: "; "),
            listed)
        return true
    }

    private mutating func hold(for time: Duration) async -> SwitchPlan.Action {
        await begin(.hold, "new requests wait, \(time.inWords) at the most")
        let since = elapsed
        let now = Instant.now
        let deadline = now.advanced(by: time)
        // Within a deploy all is counted from the deploy's own hold on.
        if base == nil { beginCounting() }
        // Reads that were lost while a deploy's command ran are for the report alone.
        drainBase = totals
        deadlineBefore = parts.board.deadline(parts.index)
        var before = Phase.open
        held = parts.changeRoute { word in
            guard word.active == from else { return nil }
            before = word.endsClosed ? .heldWrites : .open
            switch word.phase {
            case .open, .heldWrites: break
            // By hand, and so it is again where this comes to nothing.
            case .held: if !word.endsClosed { before = .held }
            // Nothing starts there anyway, and it stays so: its own end is not touched.
            case .maintenance:
                before = .maintenance
                return word.next(
                    phase: .maintenance, active: from, endsClosed: word.endsClosed)
            }
            parts.board.setDeadline(parts.index, deadline, isWaitedToItsEnd: true)
            return word.next(phase: .held, active: from, endsClosed: word.endsClosed)
        }
        guard let held else {
            reason = "\(parts.name) could not be held: its phase is \(parts.route.phase.name)"
            await events.add(.hold, .failed, reason)
            return plan.holdLost()
        }
        phase = before
        holdEnds = deadline
        await events.add(.hold, .passed, "no request starts from epoch \(held.epoch) on")
        await begin(.drain, "waits for the requests of \(from.name)")
        nextProgress = Instant.now.advanced(by: Self.progressInterval)
        return plan.holdStands(since: since)
    }

    private mutating func poll(after pause: Duration) async -> SwitchPlan.Action {
        if pause > .zero { await sleep(pause) }
        var inFlight = parts.board.inFlight(service: parts.index, color: from).total
        if order.terms.closesStreams, !isGoingBack {
            inFlight += parts.board.streams(service: parts.index, color: from)
        }
        let lost = totals.lostWithWorkers(since: drainBase ?? base?.totals ?? totals)
        let action = plan.counted(inFlight: inFlight, lostWithWorkers: lost, at: elapsed)
        switch action {
        case .poll: await progress(inFlight)
        case .verify:
            await drained(inFlight, lost: lost, action)
            if inFlight == 0 { await pinDrainedMoment() }
        case .undo: await drained(inFlight, lost: lost, action)
        case .finish, .observe:
            await drained(inFlight, lost: lost, action)
            report.streams = parts.board.streams(service: parts.index, color: from)
            // The end of an overlap's wait: what comes now is for the watch to see.
            settle()
        case .cut: await cutting(inFlight)
        case .preflight, .backup, .hold, .endStreams, .commit, .switchOver, .wayBack: break
        }
        return action
    }

    private mutating func commit() async -> SwitchPlan.Action {
        await begin(.switch, "writes the decision for \(to.name)")
        let route = JournalRecord.Route(active: to, epoch: parts.route.epoch + 1)
        do {
            try await parts.record(order.identifier, .decision(route))
        } catch {
            reason = "journal: \(error)"
            await events.add(.switch, .failed, reason)
            return plan.commitFailed()
        }
        return plan.committed(at: elapsed)
    }

    private mutating func switchOver() async -> SwitchPlan.Action {
        Faults.reach("switch.swap")
        if base == nil { beginCounting() }
        let ours = held
        parts.letServe(to)
        let new = parts.changeRoute { word in
            // In a handover exactly our hold may be swapped; an overlap holds nothing, so that only
            // the color has to be what it was.
            if let ours, word != ours { return nil }
            guard word.active == from else { return nil }
            let next: Phase = word.phase == .maintenance ? .maintenance : .open
            return word.next(phase: next, active: to)
        }
        guard let new else {
            reason = "the hold's deadline passed before the switch"
            await events.add(.switch, .failed, reason)
            return plan.raceLost()
        }
        report.switchMilliseconds += Instant.now.duration(since: base?.time ?? .now).milliseconds
        report.streams = parts.board.streams(service: parts.index, color: from)
        endStreamsLater(new)
        if !isGoingBack { await beginComparing() }
        await events.add(.switch, .passed, "\(to.name) serves, epoch \(new.epoch)")
        let action = plan.switched(at: elapsed)
        switch action {
        case .poll: await begin(.drain, "waits for the requests of \(from.name)")
        case .finish, .observe: if held != nil { await release() }
        case .preflight, .backup, .hold, .endStreams, .cut, .verify, .commit, .switchOver, .undo,
            .wayBack:
            break
        }
        await SchemaCheck.switched(parts, to: to)
        return action
    }

    private mutating func undo(decided: Bool) async -> SwitchPlan.Action {
        await copies?.giveUp()
        if let ours = held {
            parts.letServe(from)
            putBack(ours)
            report.switchMilliseconds +=
                Instant.now.duration(since: base?.time ?? .now).milliseconds
            switch parts.route.phase {
            case .open, .maintenance: await release()
            // What may write goes on waiting, or is refused as before; a hold by hand goes on.
            case .held, .heldWrites: holdEnds = nil
            }
        }
        guard decided else { return plan.undone() }
        let word = parts.route
        do {
            try await parts.record(
                order.identifier,
                .undone(JournalRecord.Route(active: word.active, epoch: word.epoch)))
        } catch {
            reason +=
                "; \(from.name) serves, but the journal may name \(to.name) and "
                + "could not be corrected: \(error). \(error.hint)"
            return plan.undoFailed()
        }
        return plan.undone()
    }

    /// Where our hold still stands, the phase of before takes its place.
    private func putBack(_ ours: RouteWord) {
        let (phase, deadline) = (phase, deadlineBefore)
        parts.changeRoute { word in
            guard word == ours else { return nil }
            switch phase {
            case .open: return word.next(phase: .open, active: from)
            case .maintenance: return nil
            case .held:
                guard Instant.now < deadline else { return word.next(phase: .open, active: from) }
                parts.board.setDeadline(parts.index, deadline)
                return word.next(phase: .held, active: from)
            case .heldWrites:
                parts.board.setDeadline(parts.index, deadline)
                return word.next(phase: .heldWrites, active: from, endsClosed: true)
            }
        }
    }

    /// Waits, within a bound, for what was held to be let through. What is counted lost is over
    /// with this.
    mutating func release() async {
        holdEnds = nil
        await begin(.release, "held requests go on to \(parts.route.active.name)")
        let end = Instant.now.advanced(by: Self.releaseTimeout)
        while parts.board.sum(.heldNow, service: parts.index) > 0, Instant.now < end {
            await sleep(.milliseconds(1))
        }
        let released = totals.report(since: base?.totals ?? totals).released
        await copies?.copy(
            streams: parts.board.streams(service: parts.index, color: order.from))
        await events.add(
            .release, .passed, "\(Counting.text(released, "request")) let through",
            ["released": .integer(released)])
        settle()
    }
}
