internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Settings
internal import Switchover

/// What is done to one service, one operation at a time.
actor ServiceControl {
    /// An operation that goes on.
    private struct Running {
        let identifier: String
        let kind: OperationKind
        let to: Color
        let since: Timestamp
        let by: Peer
        let events: EventLog
    }

    let parts: ServiceParts
    private var running: Running?

    init(_ parts: ServiceParts) { self.parts = parts }

    // MARK: Operations

    /// Starts a switch or a rollback; the stream ends with the operation, which goes on whether
    /// anybody reads it or not. Throws what forbids it before anything is locked.
    func start(
        _ kind: OperationKind, _ body: SwitchBody, by caller: Caller
    ) async throws(Problem) -> AsyncStream<Event> {
        let request = try SwitchRequest(kind, body, parts)
        let identifier = OperationIdentifier.next()
        let events = EventLog(service: parts.name, operation: identifier, hub: parts.hub)
        let word = parts.route
        try await mustBeFree()
        guard word.active != request.to else {
            let ending = Event.Ending(
                outcome: .done, active: word.active, epoch: word.epoch, report: Report())
            let event = await events.event(
                .lock, .passed, "\(request.to.name) is already active; nothing changed", [:],
                ending)
            await events.end(event)
            return await events.listen()
        }
        // Looked at again without an await in between: this is the lock.
        guard running == nil else { throw await busy() }
        running = Running(
            identifier: identifier, kind: kind, to: request.to, since: .now, by: caller.peer,
            events: events)
        let order = SwitchRun.Order(
            identifier: identifier, kind: kind, from: word.active, to: request.to,
            terms: request.terms, overrides: body.override ?? [], accepts: body.accept ?? [],
            by: caller.peer, command: caller.command)
        let stream = await events.listen()
        Task {
            var run = SwitchRun(order, parts: parts, events: events, lock: self)
            await run.run()
        }
        return stream
    }

    /// The operation is over and written down; its last event comes next, so that who has read it
    /// finds the service free.
    func unlock() { running = nil }

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

    private func mustBeFree() async throws(Problem) {
        if running != nil { throw await busy() }
    }

    private func busy() async -> Problem {
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
            checks: checks, rollback: await rollback(after: to))
    }

    // MARK: By hand

    func hold(_ body: HoldBody, by caller: Caller) async throws(Problem) -> PhaseAnswer {
        try await mustBeFree()
        let time = body.duration ?? parts.settings.switchover.holdTimeout
        guard time > .zero else { throw Problem(.badRequest, "for: found 0, expected more") }
        let deadline = Instant.now.advanced(byNanoseconds: time.nanoseconds)
        parts.board.resetLongestHold(service: parts.index)
        let word = parts.changeRoute { word in
            guard word.phase == .open || word.phase == .held else { return nil }
            parts.board.setDeadline(parts.index, deadline)
            return word.next(phase: .held, active: word.active)
        }
        guard let word else { throw phaseForbids("held") }
        let note = await note(.hold, "held by hand for \(time)", by: caller)
        return PhaseAnswer(
            service: parts.name, active: word.active, phase: word.phase, epoch: word.epoch,
            phaseEnds: Timestamp(of: deadline),
            held: parts.board.sum(.heldNow, service: parts.index),
            message: "new requests wait, for \(time) at the most\(note)")
    }

    func release(by caller: Caller) async throws(Problem) -> PhaseAnswer {
        try await mustBeFree()
        let held = parts.board.sum(.heldNow, service: parts.index)
        let before = parts.route
        let word = parts.changeRoute { word in
            word.phase == .held ? word.next(phase: .open, active: word.active) : nil
        }
        guard let word else {
            guard before.phase == .open || parts.route.phase == .open else {
                throw phaseForbids("released")
            }
            return PhaseAnswer(
                service: parts.name, active: before.active, phase: .open,
                epoch: parts.route.epoch, phaseEnds: nil, held: 0, message: "nothing is held")
        }
        let note = await note(.release, "released by hand", by: caller)
        return PhaseAnswer(
            service: parts.name, active: word.active, phase: word.phase, epoch: word.epoch,
            phaseEnds: nil, held: held, message: "\(held) requests go on\(note)")
    }

    private func phaseForbids(_ verb: String) -> Problem {
        Problem(.refused, "\(parts.name) is in \(parts.route.phase.name) and cannot be \(verb)")
    }

    /// A line in the journal and an event for who watches. What is done by hand is done whether
    /// or not it can be written down: returns what to add to the answer where it cannot.
    private func note(
        _ kind: OperationKind, _ message: String, by caller: Caller
    ) async -> String {
        let identifier = OperationIdentifier.next()
        let word = parts.route
        let event = Event(
            time: .now, operation: nil, service: parts.name,
            step: kind == .hold ? .hold : .release, state: .passed, message: message)
        await parts.hub.publish(event)
        do {
            try await parts.record(
                identifier,
                .started(
                    JournalRecord.Start(
                        kind: kind, from: word.active, to: word.active, mode: nil,
                        by: caller.peer, command: caller.command, overrides: [])))
            try await parts.record(
                identifier,
                .ended(
                    JournalRecord.End(
                        outcome: .done, message: message, report: Report(), events: [event])))
            return ""
        } catch {
            return " (not in the journal: \(error))"
        }
    }
}

/// Who asks, and with what.
struct Caller: Sendable {
    let peer: Peer
    /// The peer's program and arguments; empty where the kernel does not tell.
    let command: String
}
