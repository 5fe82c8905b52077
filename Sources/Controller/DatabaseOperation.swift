internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Logging
internal import Settings
internal import SharedDatabase

/// An operation on the shared database from its lock to its last event: what backup, verify and
/// restore have in common.
struct DatabaseOperation: Sendable {
    let identifier: String
    let kind: OperationKind
    /// Who shall serve: another color than now only where a rollback takes the database back too.
    let to: Color
    let parts: ServiceParts
    let events: EventLog
    /// Whose lock it holds.
    let service: ServiceControl
    /// It holds no lock and stands in no journal.
    var isAside = false

    /// Writes its start to the journal. A journal that cannot be written refuses it.
    func begin(by caller: Caller, overrides: [CheckName]) async throws(WorkFailure) {
        guard !isAside else { return }
        let active = parts.route.active
        await events.add(.lock, .started, "\(parts.name) is locked for this \(kind.rawValue)")
        do {
            parts.mark(.lock)
            try await parts.record(
                identifier,
                .started(
                    JournalRecord.Start(
                        kind: kind, from: active, to: to, mode: nil, by: caller.peer,
                        command: caller.command, overrides: overrides)))
        } catch {
            throw WorkFailure(.refused, "journal: \(error)", hint: error.hint)
        }
        await events.add(.lock, .passed, "operation \(identifier)")
    }

    /// Progress of a job as events of a step.
    func tell(_ step: Step, _ stage: String, _ done: Int, _ total: Int) async {
        let text =
            total > 0 ? "\(stage): \(done) of \(total) pages" : "\(stage)"
        await events.add(
            step, .progress, text,
            ["stage": .string(stage), "done": .integer(done), "total": .integer(total)])
    }

    /// The outcome is synced to the journal, then told; the lock is free when it is heard.
    func end(
        _ step: Step, _ outcome: Outcome, _ message: String, _ details: [String: JSONValue] = [:],
        report: Report = Report()
    ) async {
        if changesDatabase { await service.renewDatabase() }
        let word = parts.route
        let ending = Event.Ending(
            outcome: outcome, active: word.active, epoch: word.epoch, report: report)
        var event = await events.event(
            step, outcome == .done ? .passed : .failed, message, details, ending)
        guard !isAside else { return await events.end(event) }
        do {
            try await parts.record(
                identifier,
                .ended(
                    JournalRecord.End(
                        outcome: outcome, message: message, report: report,
                        events: await events.all + [event])))
        } catch {
            event.message += " (this end could not be written to the journal: \(error))"
        }
        parts.logger.info("\(parts.name): \(kind.rawValue) \(outcome.rawValue): \(event.message)")
        await service.unlock()
        await events.end(event)
    }

    /// What `status` says of the database is of after it.
    private var changesDatabase: Bool {
        switch kind {
        case .restore, .unlock: true
        case .rollback: !isAside
        case _: false
        }
    }

    func end(_ step: Step, _ failure: WorkFailure) async {
        await parts.note(failure)
        await end(step, failure.outcome, failure.sentence, failure.details)
    }
}

extension WorkFailure {
    /// What the command's exit code says of it.
    var outcome: Outcome {
        switch kind {
        case .refused, .manifest, .locked, .split, .corrupt, .corruptCopy, .failed: .refused
        case .timedOut, .cancelled: .timedOut
        case .died, .broken: .failed
        }
    }

    var sentence: String { hint.isEmpty ? message : "\(message). \(hint)" }

    var details: [String: JSONValue] { hint.isEmpty ? [:] : ["hint": .string(hint)] }

    /// As a named check of a switch. A live database that is damaged is no matter of backups.
    func check(_ name: CheckName) -> Check {
        kind == .corrupt
            ? Check(
                name: .database, state: .refused, verdict: GateVerdict.corrupt.rawValue,
                saw: message, expected: "a whole SQLite database", hint: hint)
            : Check(
                name: name, state: .refused, saw: message, expected: "a verified backup",
                hint: hint.isEmpty ? nil : hint)
    }

    var problem: Problem {
        switch outcome {
        case .done, .refused, .timedOut, .busy, .rolledBack, .lost:
            Problem(.refused, message, hint: hint.isEmpty ? nil : hint)
        case .failed: Problem(.failed, message, hint: hint.isEmpty ? nil : hint)
        }
    }
}
