internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Settings

/// What an operator does to a service by hand: no operation that holds the lock, but it stands in
/// the journal. All of it ends by itself where that was asked for, whether or not a controller
/// lives: the deadline is on the board, and whoever comes to it first ends it. A hold ends sooner
/// where the controller dies, by the one that comes after it.
extension ServiceControl {
    func hold(_ body: HoldBody, by caller: Caller) async throws(Problem) -> PhaseAnswer {
        try await mustBeFree()
        let time = body.duration ?? parts.settings.switchover.holdTimeout
        guard time > .zero else { throw Problem(.badRequest, "for: found 0, expected more") }
        let deadline = Instant.now.advanced(byNanoseconds: time.nanoseconds)
        parts.board.resetLongestHold(service: parts.index)
        // One that goes on, only longer, is still the same hold.
        if heldSince == nil || parts.route.phase == .open {
            heldSince = BoardTotals(parts.board, service: parts.index)
        }
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
            // What a deploy left closed is opened only by a person who asks for it.
            word.phase == .held || word.phase == .heldWrites && word.endsClosed
                ? word.next(phase: .open, active: word.active) : nil
        }
        guard let word else {
            guard before.phase == .open || parts.route.phase == .open else {
                throw phaseForbids("released")
            }
            return PhaseAnswer(
                service: parts.name, active: before.active, phase: .open,
                epoch: parts.route.epoch, phaseEnds: nil, held: 0, message: "nothing is held")
        }
        let report = before.phase == .held ? reportOfHold() : Report()
        let note = await note(.release, "released by hand", by: caller, report)
        return PhaseAnswer(
            service: parts.name, active: word.active, phase: word.phase, epoch: word.epoch,
            phaseEnds: nil, held: held,
            message: "\(Counting.text(held, "request")) waited and go on"
                + "\(Self.sentence(report))\(note)")
    }

    /// What the hold by hand that is ending has done to requests.
    func reportOfHold() -> Report {
        defer { heldSince = nil }
        guard let heldSince else { return Report() }
        return BoardTotals(parts.board, service: parts.index).report(since: heldSince)
    }

    /// Whom a hold by hand kept from being served, told at its end; empty where nobody.
    static func sentence(_ report: Report) -> String {
        guard report.expired > 0 else { return "" }
        return "; \(Counting.text(report.expired, "request")) of this hold got 503: the wait was "
            + "longer than hold_timeout, or the queue full"
    }

    /// Everything ends: what waits by hand goes on, since nobody could let it go later. An
    /// operation ends its own hold, and what a deploy left closed stays so.
    func endHoldByHand() {
        guard !isBusy else { return }
        parts.changeRoute { word in
            word.phase == .held && !word.endsClosed
                ? word.next(phase: .open, active: word.active) : nil
        }
    }

    func phaseForbids(_ verb: String) -> Problem {
        Problem(.refused, "\(parts.name) is in \(parts.route.phase.name) and cannot be \(verb)")
    }

    /// A line in the journal and an event for who watches. What is done by hand is done whether
    /// or not it can be written down: returns what to add to the answer where it cannot.
    func note(
        _ kind: OperationKind, _ message: String, by caller: Caller, _ report: Report = Report()
    ) async -> String {
        let identifier = OperationIdentifier.next()
        let word = parts.route
        let event = Event(
            time: .now, operation: identifier, service: parts.name,
            step: Self.step(kind), state: .passed, message: message)
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
                        outcome: .done, message: message, report: report, events: [event])))
            return ""
        } catch {
            return " (not in the journal: \(error))"
        }
    }

    private static func step(_ kind: OperationKind) -> Step {
        switch kind {
        case .hold, .maintenance: .hold
        case .release, .switch, .rollback, .deploy, .backup, .verify, .restore, .drill, .optimize,
            .unlock, .rehearse:
            .release
        }
    }
}
