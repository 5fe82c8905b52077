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
    }

    /// Between two `progress` events of a drain.
    static let progressInterval = Duration.milliseconds(250)
    /// How long the report waits for held requests to be let through.
    static let releaseTimeout = Duration.seconds(2)

    let order: Order
    let parts: ServiceParts
    let began = Instant.now
    var plan: SwitchPlan
    /// Where its events go.
    let events: EventLog
    /// Whose lock this operation holds.
    let service: ServiceControl
    /// The step that is under way.
    var step = Step.lock
    /// Of the moment that the hold, or without one the switch, began.
    var base: (totals: BoardTotals, time: Instant)?
    /// The word of our own hold.
    var held: RouteWord?
    var report = Report()
    var journalProblem: JournalError?
    /// Why it did not go on, for the last event.
    var reason = ""
    var details: [String: JSONValue] = [:]
    var nextProgress = Instant.now

    init(_ order: Order, parts: ServiceParts, events: EventLog, lock: ServiceControl) {
        self.order = order
        self.parts = parts
        self.events = events
        service = lock
        plan = SwitchPlan(order.terms)
    }

    /// To the end. Everything that it did is in the journal when its last event is sent.
    mutating func run() async {
        await lock()
        var action = plan.start()
        while true {
            switch action {
            case .preflight: action = await preflight()
            case .hold(let time): action = await hold(for: time)
            case .poll(let pause): action = await poll(after: pause)
            case .verify: action = await verify()
            case .commit: action = await commit()
            case .switchOver: action = await switchOver()
            case .undo(let decided): action = await undo(decided: decided)
            case .finish(let ending): return await finish(ending)
            }
        }
    }

    private var elapsed: Duration { Instant.now.duration(since: began) }

    private mutating func begin(_ next: Step, _ message: String) async {
        step = next
        // A crash test ends or stops this process here, by the step's name.
        Faults.reach("switch.\(next.rawValue)")
        await events.add(next, .started, message)
    }

    // MARK: The steps

    private mutating func lock() async {
        await begin(.lock, "\(parts.name) is locked for this \(order.kind.rawValue)")
        do {
            try await parts.record(
                order.identifier,
                .started(
                    JournalRecord.Start(
                        kind: order.kind, from: order.from, to: order.to, mode: order.terms.mode,
                        by: order.by, command: order.command, overrides: order.overrides,
                        accepts: order.accepts)))
        } catch {
            journalProblem = error
        }
        await events.add(.lock, .passed, "operation \(order.identifier)")
    }

    private mutating func preflight() async -> SwitchPlan.Action {
        await begin(.preflight, "checks \(order.to.name)")
        let checks = await Preflight(
            parts: parts, to: order.to, overrides: Set(order.overrides),
            accepts: Set(order.accepts), journalProblem: journalProblem
        ).run()
        if await isRefused(checks) { return plan.refused() }
        // Started now, so that nothing has to be started while requests are held.
        if order.terms.mode == .handover { await parts.gate.prepare() }
        return plan.preflightPassed(at: elapsed)
    }

    private mutating func verify() async -> SwitchPlan.Action {
        await begin(.verify, "checks \(order.to.name) again")
        let checks = await Preflight(
            parts: parts, to: order.to, overrides: Set(order.overrides),
            accepts: Set(order.accepts), journalProblem: nil
        ).verify()
        if await isRefused(checks) { return plan.refused() }
        return plan.verified(at: elapsed)
    }

    /// Sends the event that ends a step of checks.
    private mutating func isRefused(_ checks: [Check]) async -> Bool {
        let refusals = Preflight.refusals(checks)
        let listed: [String: JSONValue] = ["checks": .array(checks.map(EventLog.value))]
        guard let first = refusals.first else {
            let passed = checks.filter { $0.state == .passed }.map(\.name.rawValue)
            await events.add(step, .passed, passed.joined(separator: ", "), listed)
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
        await begin(.hold, "new requests wait, \(time) at the most")
        let since = elapsed
        let now = Instant.now
        let deadline = now.advanced(by: time)
        parts.board.resetLongestHold(service: parts.index)
        base = (BoardTotals(parts.board, service: parts.index), now)
        held = parts.changeRoute { word in
            guard word.active == order.from, word.phase == .open || word.phase == .held else {
                return nil
            }
            parts.board.setDeadline(parts.index, deadline)
            return word.next(phase: .held, active: order.from)
        }
        guard let held else {
            reason = "\(parts.name) could not be held: its phase is \(parts.route.phase.name)"
            await events.add(.hold, .failed, reason)
            return plan.holdLost()
        }
        await events.add(.hold, .passed, "no request starts from epoch \(held.epoch) on")
        await begin(.drain, "waits for the requests of \(order.from.name)")
        nextProgress = Instant.now.advanced(by: Self.progressInterval)
        return plan.holdStands(since: since)
    }

    private mutating func poll(after pause: Duration) async -> SwitchPlan.Action {
        if pause > .zero { await sleep(pause) }
        let inFlight = parts.board.inFlight(service: parts.index, color: order.from).total
        let lost = totals.lostWithWorkers(since: base?.totals ?? totals)
        let action = plan.counted(inFlight: inFlight, lostWithWorkers: lost, at: elapsed)
        switch action {
        case .poll: await progress(inFlight)
        case .verify, .finish, .undo: await drained(inFlight, lost: lost, action)
        case .preflight, .hold, .commit, .switchOver: break
        }
        return action
    }

    private mutating func commit() async -> SwitchPlan.Action {
        await begin(.switch, "writes the decision for \(order.to.name)")
        let route = JournalRecord.Route(active: order.to, epoch: parts.route.epoch + 1)
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
        if base == nil { base = (totals, .now) }
        let ours = held
        let new = parts.changeRoute { word in
            // In a handover exactly our hold may be swapped; an overlap holds nothing, so that only
            // the color has to be what it was.
            if let ours, word != ours { return nil }
            guard word.active == order.from else { return nil }
            return word.next(phase: .open, active: order.to)
        }
        guard let new else {
            reason = "the hold's deadline passed before the switch"
            await events.add(.switch, .failed, reason)
            return plan.raceLost()
        }
        report.switchMilliseconds = Instant.now.duration(since: base?.time ?? .now).milliseconds
        report.streams = parts.board.streams(service: parts.index, color: order.from)
        await events.add(.switch, .passed, "\(order.to.name) serves, epoch \(new.epoch)")
        let action = plan.switched(at: elapsed)
        switch action {
        case .poll: await begin(.drain, "waits for the requests of \(order.from.name)")
        case .finish: await release()
        case .preflight, .hold, .verify, .commit, .switchOver, .undo: break
        }
        return action
    }

    private mutating func undo(decided: Bool) async -> SwitchPlan.Action {
        let ours = held
        if ours != nil {
            parts.changeRoute { word in
                word == ours ? word.next(phase: .open, active: order.from) : nil
            }
            report.switchMilliseconds =
                Instant.now.duration(since: base?.time ?? .now).milliseconds
            await release()
        }
        guard decided else { return plan.undone() }
        let word = parts.route
        do {
            try await parts.record(
                order.identifier,
                .undone(JournalRecord.Route(active: word.active, epoch: word.epoch)))
        } catch {
            reason +=
                "; \(order.from.name) serves, but the journal may name \(order.to.name) and "
                + "could not be corrected: \(error). \(error.hint)"
            return plan.undoFailed()
        }
        return plan.undone()
    }

    /// Waits, within a bound, for what was held to be let through.
    private mutating func release() async {
        await begin(.release, "held requests go on to \(parts.route.active.name)")
        let end = Instant.now.advanced(by: Self.releaseTimeout)
        while parts.board.sum(.heldNow, service: parts.index) > 0, Instant.now < end {
            await sleep(.milliseconds(1))
        }
        let released = totals.report(since: base?.totals ?? totals).released
        await events.add(
            .release, .passed, "\(released) requests let through", ["released": .integer(released)])
    }
}
