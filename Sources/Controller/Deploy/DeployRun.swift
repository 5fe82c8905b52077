internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Logging
internal import SharedDatabase
internal import Switchover

/// A deploy as it is carried out: performs the plan's actions and tells how they went. The switch
/// at its end is a `SwitchRun`, which also keeps the counts of both.
struct DeployRun {
    /// Between two looks at a new version that starts.
    private static let startInterval = Duration.milliseconds(50)
    /// Between two `progress` events of the wait for it.
    private static let progressInterval = Duration.seconds(2)

    let terms: DeployTerms
    let order: SwitchRun.Order
    let lease: DeployLease
    /// For a person: what is run.
    let command: String
    var plan: DeployPlan
    var tail: SwitchRun
    var copy: DrainedMoment?
    private var moment: DeployMoment?
    private var held: RouteWord?
    private var settled: DeploySettling.Result?

    var parts: ServiceParts { tail.parts }
    var events: EventLog { tail.events }
    var elapsed: Duration { tail.elapsed }
    var from: Color { order.from }
    private var to: Color { order.to }
    private var holdsAll: Bool { terms.hold == .all }

    init(
        _ terms: DeployTerms, _ order: SwitchRun.Order, lease: DeployLease, command: String,
        parts: ServiceParts, events: EventLog, lock: ServiceControl
    ) {
        self.terms = terms
        self.order = order
        self.lease = lease
        self.command = command
        plan = DeployPlan(terms)
        tail = SwitchRun(order, parts: parts, events: events, lock: lock)
    }

    /// To the end. Everything that it did is in the journal when its last event is sent.
    mutating func run() async {
        await tail.lock()
        var action = plan.start()
        while true {
            switch action {
            case .preflight: action = await preflight()
            case .backup: action = await backup()
            case .rehearse: action = await rehearse()
            case .hold(let time): action = await hold(for: time)
            case .poll(let pause): action = await poll(after: pause)
            case .snapshot(let end): action = await snapshot(until: end)
            case .command(let end): action = await run(until: end)
            case .start(let end): action = await start(until: end)
            case .handOver(let left): action = await handOver(left)
            case .letGo: action = await letGo()
            case .settle: action = await settle()
            case .finish(let ending): return await finish(ending)
            }
        }
    }

    // MARK: Before the command

    private mutating func preflight() async -> DeployPlan.Action {
        await tail.begin(.preflight, "checks what can be checked before \(to.name) starts")
        let isHeld = terms.hold != .none
        let checks = await DeployChecks(
            preflight: Preflight(
                parts: parts, to: to, overrides: Set(order.overrides),
                accepts: Set(order.accepts), journalProblem: tail.journalProblem,
                isBackupOff: order.isBackupOff),
            needsSnapshot: isHeld && !order.isBackupOff && parts.gate.hasDatabase
        ).before()
        if await tail.isRefused(checks) { return plan.refused() }
        if !terms.backsUp, await !prepareCopy() { return plan.refused() }
        return plan.passed(at: elapsed)
    }

    private mutating func backup() async -> DeployPlan.Action {
        guard let backup = parts.backupSettings else { return plan.passed(at: elapsed) }
        await tail.begin(.backup, "copies the database")
        let events = events
        do throws(WorkFailure) {
            let copy = await parts.order(.preSwitch, backup, operation: order.identifier)
            let made = try await BackupStep.make(copy, parts: parts) { stage, done, total in
                await events.add(
                    .backup, .progress, total > 0 ? "\(stage): \(done) of \(total) pages" : stage)
            }
            await parts.backups.made(made.manifest)
            await events.add(.backup, .passed, made.sentence, made.details)
        } catch {
            guard error.kind != .corrupt, order.overrides.contains(.backup) else {
                return await refused(.backup, error)
            }
            await events.add(.backup, .passed, "overridden: \(error.message)")
        }
        return await prepareCopy() ? plan.passed(at: elapsed) : plan.refused()
    }

    /// Started before the hold, so that nothing has to be started in it.
    private mutating func prepareCopy() async -> Bool {
        guard terms.hold != .none, let backup = parts.backupSettings else { return true }
        do throws(WorkFailure) {
            copy = try await DrainedMoment(parts, backup, operation: order.identifier)
            return true
        } catch {
            await note(tail.step, error)
            return false
        }
    }

    private mutating func note(_ step: Step, _ error: WorkFailure) async {
        tail.reason = error.message
        tail.details = error.details
        await events.add(step, .failed, error.sentence)
    }

    mutating func refused(_ step: Step, _ error: WorkFailure) async -> DeployPlan.Action {
        await note(step, error)
        return error.kind == .timedOut ? plan.ranOut(at: elapsed) : plan.refused()
    }

    // MARK: The hold

    private mutating func hold(for time: Duration) async -> DeployPlan.Action {
        if let end = await givenUp(.hold) { return end }
        let what = holdsAll ? "new requests wait" : "new writes wait, reads go on"
        await tail.begin(.hold, "\(what), \(time.inWords) at the most")
        let since = elapsed
        let now = Instant.now
        let deadline = now.advanced(by: time)
        let phase: Phase = holdsAll ? .held : .heldWrites
        tail.beginCounting()
        held = parts.changeRoute { word in
            guard word.active == from, word.phase == .open || word.phase == .held,
                !word.endsClosed
            else { return nil }
            parts.board.setDeadline(parts.index, deadline)
            return word.next(phase: phase, active: from, endsClosed: true)
        }
        tail.held = held
        guard let held else {
            copy?.giveUp()
            tail.reason =
                "\(parts.name) could not be held: its phase is \(parts.route.phase.name)"
            await events.add(.hold, .failed, tail.reason)
            return plan.holdLost()
        }
        tail.holdEnds = deadline
        parts.order(
            EndOrder(
                color: from, epoch: held.epoch, cutsRequests: false, streamsEnd: .now,
                sparesReads: true))
        await events.add(
            .hold, .passed,
            "\(holdsAll ? "no request" : "nothing that may write") starts from epoch "
                + "\(held.epoch) on")
        await tail.begin(
            .drain, "waits for the \(holdsAll ? "requests" : "writes") and tunnels of \(from.name)")
        tail.nextProgress = Instant.now.advanced(by: SwitchRun.progressInterval)
        return plan.holdStands(since: since)
    }

    private mutating func poll(after pause: Duration) async -> DeployPlan.Action {
        if pause > .zero { await sleep(pause) }
        if let end = await givenUp(.drain) { return end }
        var writing = 0
        for color in Color.allCases {
            let inFlight = parts.board.inFlight(service: parts.index, color: color)
            writing += holdsAll ? inFlight.total : inFlight.writes
            writing += parts.board.tunnels(service: parts.index, color: color)
        }
        let totals = tail.totals
        let lost = totals.lostWithWorkers(since: tail.base?.totals ?? totals)
        let action = plan.counted(writing: writing, lostWithWorkers: lost, at: elapsed)
        switch action {
        case .poll: await tail.progress(writing)
        case .snapshot:
            await events.add(
                .drain, .passed,
                holdsAll ? "\(from.name) is quiet" : "nothing writes on \(from.name) any more")
        case .letGo, .finish: await drainFailed(writing, lost: lost)
        case .preflight, .backup, .rehearse, .hold, .command, .start, .handOver, .settle: break
        }
        return action
    }

    private mutating func drainFailed(_ writing: Int, lost: Int) async {
        let answer = await parts.workers.requests(service: parts.index, name: parts.name)
        let blocking = answer.requests.filter { request in
            switch request.state {
            case .held, .collecting: false
            case .started, .abandoned:
                holdsAll || !["GET", "HEAD", "OPTIONS", "TRACE"].contains(request.method)
            case .streaming: true
            }
        }
        tail.reason =
            lost > 0
            ? "a worker died with \(Counting.text(lost, "request")) of \(from.name)"
            : Counting.text(writing, holdsAll ? "request" : "write")
                + " on \(from.name) did not end: "
                + SwitchRun.names(blocking, silent: answer.silent, writing)
        tail.details = [
            "requests": .array(blocking.prefix(50).map(EventLog.value)),
            "silent": .array(answer.silent.map(EventLog.value)),
        ]
        await events.add(.drain, .failed, tail.reason, tail.details)
    }

    // MARK: The moment before the command

    private mutating func snapshot(until end: Duration?) async -> DeployPlan.Action {
        await tail.begin(.snapshot, "the moment before the command")
        do throws(WorkFailure) {
            let moment = try await takeMoment(until: end)
            if let end = await givenUp(.snapshot) { return end }
            do {
                try await parts.record(order.identifier, .moment(moment))
            } catch {
                throw WorkFailure(.refused, "journal: \(error)", hint: error.hint)
            }
            self.moment = moment
        } catch {
            copy?.giveUp()
            guard let end, elapsed >= end else { return await refused(.snapshot, error) }
            return await refused(
                .snapshot, WorkFailure(.timedOut, "the copy was not ready before the hold's end"))
        }
        let name = moment?.snapshot
        await events.add(
            .snapshot, .passed, name.map { "\($0), verified" } ?? "noted; there is no copy",
            name.map { ["file": .string($0)] } ?? [:])
        return plan.passed(at: elapsed)
    }

    private func takeMoment(until end: Duration?) async throws(WorkFailure) -> DeployMoment {
        guard let copy else {
            let facts = try await DeploySettling.facts(of: parts)
            return DeployMoment(
                hold: terms.hold, snapshot: nil, fingerprint: facts?.fingerprint,
                applied: facts.map { MigrationStatement.key(set: $0.applied) }, command: command)
        }
        let events = events
        let deadline = tail.began.advanced(by: end ?? .seconds(60))
        let made = try await copy.take(until: deadline) { stage, done, total in
            await events.add(
                .snapshot, .progress, total > 0 ? "\(stage): \(done) of \(total) pages" : stage)
        }
        if let writers = made.writers, !order.overrides.contains(.writers) {
            throw WorkFailure(
                .refused,
                "writers: \(writers) wrote to the database after the drained moment, although "
                    + "writes are held",
                hint: "stop what writes to the database without going through bascule; or, where "
                    + "it may be lost: --override writers")
        }
        let manifest = made.copy.manifest
        return DeployMoment(
            hold: terms.hold, snapshot: manifest.file, fingerprint: manifest.fingerprint,
            applied: MigrationStatement.key(set: manifest.migrations), command: command)
    }

    // MARK: The command

    private mutating func run(until end: Duration) async -> DeployPlan.Action {
        await tail.begin(.command, command)
        let (parts, identifier, known) = (parts, order.identifier, moment)
        let ending = await lease.end(by: tail.began.advanced(by: end)) { process in
            // A controller that comes after this one sees by it when the command is gone.
            guard var moment = known else { return }
            moment.process = process.pid
            moment.started = process.started
            do {
                try await parts.record(identifier, .moment(moment))
            } catch {
                parts.logger.warning("\(parts.name): the command is not in the journal: \(error)")
            }
        }
        switch ending {
        case .done:
            await events.add(.command, .passed, "the command has ended")
            return plan.passed(at: elapsed)
        case .failed(let how):
            tail.reason = how
            await events.add(.command, .failed, how)
            return plan.commandFailed()
        case .silent:
            tail.reason =
                "nothing was heard of the command for \(DeployLease.silenceMax): its command "
                + "line is gone"
            await events.add(.command, .failed, tail.reason)
            return plan.commandFailed()
        case .ranOut:
            tail.reason = "the command did not end in time"
            await events.add(.command, .failed, tail.reason)
            return plan.ranOut(at: elapsed)
        }
    }

    private mutating func start(until end: Duration) async -> DeployPlan.Action {
        await tail.begin(.start, "waits until \(to.name) is healthy and its migrations match")
        let preflight = Preflight(
            parts: parts, to: to, overrides: Set(order.overrides), accepts: Set(order.accepts),
            journalProblem: nil)
        var said = Instant.now.advanced(by: Self.progressInterval)
        while true {
            // The command may have changed what it states, wherever it states it.
            let checks = await preflight.verify(asksOutside: true)
            let refusals = Preflight.refusals(checks)
            guard let first = refusals.first else {
                _ = await tail.isRefused(checks)
                return plan.passed(at: elapsed)
            }
            guard elapsed < end else {
                tail.reason = "\(to.name) did not get ready in time: " + Preflight.sentence(first)
                tail.details = ["checks": .array(checks.map(EventLog.value))]
                await events.add(.start, .failed, tail.reason, tail.details)
                return plan.ranOut(at: elapsed)
            }
            if Instant.now >= said {
                said = Instant.now.advanced(by: Self.progressInterval)
                await events.add(.start, .progress, Preflight.sentence(first))
            }
            await sleep(Self.startInterval)
        }
    }

    // MARK: Its end

    /// The rest is a switch, in our hold where there is one.
    private mutating func handOver(_ left: Duration?) async -> DeployPlan.Action {
        var terms = order.terms
        if let left {
            terms.holdTimeout = left
            terms.drainTimeout = min(terms.drainTimeout, left)
        }
        if terms.mode == .handover { await parts.gate.prepare() }
        tail.follows(terms)
        return plan.handedOver(await tail.follow(isChecked: true))
    }

    private mutating func letGo() async -> DeployPlan.Action {
        copy?.giveUp()
        parts.letServe(from)
        // Before what is written from here on: the moment may be in the journal already, and
        // nobody after us is to go back to it.
        await parts.remember(isClosed: false, active: from)
        parts.changeRoute { word in
            guard word.endsClosed, word.active == from else { return nil }
            switch word.phase {
            case .held, .heldWrites: return word.next(phase: .open, active: from)
            case .open, .maintenance: return nil
            }
        }
        await tail.release()
        return plan.letGo()
    }

    private mutating func settle() async -> DeployPlan.Action {
        guard let moment else { preconditionFailure("a command began after its moment") }
        tail.step = .settle
        Faults.reach("switch.settle")
        let settling = DeploySettling(
            parts: parts, events: events, operation: order.identifier, lease: lease,
            moment: moment, copy: copy, from: from)
        let result = await settling.run()
        settled = result
        tail.holdEnds = nil
        return plan.settled(result.aftermath)
    }

    private mutating func finish(_ ending: DeployEnding) async {
        copy?.giveUp()
        tail.settle()
        let outcome = ending.outcome(lost: tail.report.lost)
        let lost =
            tail.report.lost > 0 ? "; lost: \(Counting.text(tail.report.lost, "request"))" : ""
        let text: String
        switch ending {
        case .switched(let ending): text = tail.message(ending)
        case .stopped:
            text = "\(tail.reason); \(parts.route.active.name) serves as before\(lost)"
        case .failed:
            let why = tail.reason.isEmpty ? "the hold ended before the switch" : tail.reason
            text = "\(why); \(settled?.sentence ?? "")\(lost)"
        }
        await tail.conclude(outcome, text, isGood: ending.isSwitched)
    }
}
