internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Settings
internal import Switchover

/// What is done to one service, one operation at a time.
actor ServiceControl {
    /// An operation that goes on.
    struct Running {
        let identifier: String
        let kind: OperationKind
        let to: Color
        let since: Timestamp
        let by: Peer
        let events: EventLog
        /// An operator wants the color before: the watch is to end.
        var isWatchEnded = false
        /// Of a deploy: how its command is.
        var lease: DeployLease?
    }

    let parts: ServiceParts
    private var running: Running?
    /// A backup is being sent. One at a time: the room on the disk is looked at for one.
    var isReceiving = false
    /// Whether this process ends.
    private(set) var isEnding = false
    /// What was counted when the hold by hand began.
    var heldSince: BoardTotals?
    /// Those who wait for the end of a watch.
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ parts: ServiceParts) { self.parts = parts }

    // MARK: Operations

    /// Starts a switch or a rollback; the stream ends with the operation, which goes on whether
    /// anybody reads it or not. Throws what forbids it before anything is locked.
    func start(
        _ kind: OperationKind, _ body: SwitchBody, by caller: Caller
    ) async throws(Problem) -> AsyncStream<Event> {
        let request = try SwitchRequest(kind, body, parts)
        if kind == .rollback {
            if await operation?.step != .watch { try await mustBeFree() }
            try await SwitchRequest.mustHaveServed(request.to, parts)
            try await mustBeWorthTheWatch(request.to, body)
            await endWatch()
        }
        let word = parts.route
        try await mustBeFree()
        guard word.active != request.to else { return await alreadyActive(word) }
        let identifier = OperationIdentifier.next()
        let events = EventLog(service: parts.name, operation: identifier, hub: parts.hub)
        // Looked at again without an await in between: this is the lock.
        guard running == nil else { throw await busy() }
        running = Running(
            identifier: identifier, kind: kind, to: request.to, since: .now, by: caller.peer,
            events: events)
        let order = SwitchRun.Order(
            identifier: identifier, kind: kind, from: word.active, to: request.to,
            terms: request.terms, overrides: body.override ?? [], accepts: body.accept ?? [],
            by: caller.peer, command: caller.command, isBackupOff: body.noBackup ?? false)
        let stream = await events.listen()
        Task {
            var run = SwitchRun(order, parts: parts, events: events, lock: self)
            await run.run()
        }
        return stream
    }

    /// Nothing is to be done: that is no operation, and nobody finds one afterwards.
    private func alreadyActive(_ word: RouteWord) async -> AsyncStream<Event> {
        let events = EventLog(service: parts.name, operation: nil, hub: parts.hub)
        let ending = Event.Ending(
            outcome: .done, active: word.active, epoch: word.epoch, report: Report())
        let event = await events.event(
            .lock, .passed, "\(word.active.name) is already active; nothing changed", [:], ending)
        await events.end(event)
        return await events.listen()
    }

    /// The operation is over and written down; its last event comes next, so that who has read it
    /// finds the service free.
    func unlock() {
        running = nil
        for one in waiting { one.resume() }
        waiting = []
    }

    /// Ends the watch that goes on, if one does, and returns when its operation is over: it has
    /// switched and holds nothing any more that a rollback could break.
    func endWatch() async {
        guard let identifier = running?.identifier, await running?.events.step == .watch,
            running?.identifier == identifier
        else { return }
        running?.isWatchEnded = true
        await withCheckedContinuation { waiting.append($0) }
    }

    /// A rollback that its checks refuse changes nothing, and so leaves the watch as well: without
    /// it nobody would take the new color back once the one before is well again.
    private func mustBeWorthTheWatch(_ to: Color, _ body: SwitchBody) async throws(Problem) {
        guard await operation?.step == .watch else { return }
        let checks = await Preflight(
            parts: parts, to: to, overrides: Set(body.override ?? []),
            accepts: Set(body.accept ?? []), journalProblem: await parts.journal.problem(),
            isBackupOff: body.noBackup ?? false
        ).run()
        guard let first = Preflight.refusals(checks).first, await operation?.step == .watch
        else { return }
        let ways = [first.hint, first.isOverridable ? "--override \(first.name.rawValue)" : nil]
        throw Problem(
            .refused,
            "\(Preflight.sentence(first)); \(to.other.name) serves as before, its watch goes on",
            hint: ways.compactMap { $0 }.joined(separator: "; or "))
    }

    /// This process ends, and a watch with it: that of now, and one that would begin.
    func endWatches() { isEnding = true }

    /// Whether an operator has ended the watch of this operation, or the end of this process has.
    func isWatchEnded(_ identifier: String) -> Bool {
        isEnding || running.map { $0.identifier == identifier && $0.isWatchEnded } ?? false
    }

    var isBusy: Bool { running != nil }

    /// What a deploy of this identifier is told of its command; nil where another goes on, or none.
    func lease(of identifier: String) -> DeployLease? {
        guard let running, running.identifier == identifier else { return nil }
        return running.lease
    }

    /// The events so far of an operation that goes on; nil where it is another one.
    func events(of identifier: String) async -> [Event]? {
        guard let running, running.identifier == identifier else { return nil }
        return await running.events.all
    }

    var operation: OperationStatus? {
        get async {
            guard let running else { return nil }
            return OperationStatus(
                id: running.identifier, kind: running.kind, to: running.to,
                step: await running.events.step, since: running.since, by: running.by)
        }
    }

    /// The lock for an operation that is no switch. False where another has it.
    func occupy(
        _ identifier: String, _ kind: OperationKind, _ to: Color, by caller: Caller,
        _ events: EventLog, lease: DeployLease? = nil
    ) -> Bool {
        guard running == nil else { return false }
        running = Running(
            identifier: identifier, kind: kind, to: to, since: .now, by: caller.peer,
            events: events, lease: lease)
        return true
    }

    func mustBeFree() async throws(Problem) {
        if running != nil { throw await busy() }
    }

    func busy() async -> Problem {
        guard let operation = await operation else {
            return Problem(.busy, "\(parts.name) was held by an operation that has just ended")
        }
        let who = operation.by.user ?? "user \(operation.by.uid)"
        return Problem(
            .busy,
            "\(parts.name) is held by a \(operation.kind.rawValue) of \(who) "
                + "(pid \(operation.by.pid)), at step \(operation.step.rawValue), since "
                + "\(operation.since)", operation: operation)
    }

    /// What a switch would say, without any of its effects.
    func check(_ to: Color) async throws(Problem) -> CheckAnswer {
        try SwitchRequest.mustExist(to, parts)
        let checks = await Preflight(
            parts: parts, to: to, overrides: [], journalProblem: await parts.journal.problem()
        ).run()
        return CheckAnswer(
            service: parts.name, to: to, passed: Preflight.refusals(checks).isEmpty,
            checks: checks, rollback: await rollback(after: to, checks))
    }
}

/// Who asks, and with what.
struct Caller: Sendable {
    let peer: Peer
    /// The peer's program and arguments; empty where the kernel does not tell.
    let command: String
}
