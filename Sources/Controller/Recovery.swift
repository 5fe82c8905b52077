internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Logging
internal import Settings

/// What a controller does first with a service: it makes board and journal agree.
///
/// While a board lives its word is the truth, since workers serve by it: the journal is corrected
/// to it. On a new board the journal's last decision counts, and without one `initial`.
struct Recovery {
    private let parts: ServiceParts

    init(_ parts: ServiceParts) { self.parts = parts }

    func run() async {
        let state = await parts.journal.state()
        let unfinished = state.unfinished.filter { $0.service == parts.name }
        if parts.route.isDecided {
            endForsakenHold(unfinished, isLeft: unfinished.contains { isLeft($0, state) })
            await correctJournal(state)
            await correctMaintenance(state)
        } else {
            await decide(state)
        }
        for entry in unfinished where !isLeft(entry, state) { await close(entry) }
    }

    /// A deploy whose command may have run: what has become of the database is found out once the
    /// API answers, and writes stay closed until then.
    func leftDeploy() async -> (entry: HistoryEntry, moment: DeployMoment)? {
        let state = await parts.journal.state()
        guard
            let entry = state.unfinished.last(where: {
                $0.service == parts.name && isLeft($0, state)
            }), let moment = state.moment(of: entry.operation)
        else { return nil }
        return (entry, moment)
    }

    private func isLeft(_ entry: HistoryEntry, _ state: JournalState) -> Bool {
        entry.kind == .deploy && parts.route.active != entry.to
            && state.moment(of: entry.operation) != nil
    }

    /// A hold whose operation never ended has nobody left to end it; a hold by hand ends at its
    /// deadline, as it was asked to.
    ///
    /// `isLeft`: the command of a deploy may have run.
    private func endForsakenHold(_ unfinished: [HistoryEntry], isLeft: Bool) {
        let isOperation = unfinished.contains {
            switch $0.kind {
            case .switch, .rollback, .restore, .deploy: true
            case .hold, .release, .maintenance, .backup, .verify, .drill, .optimize, .unlock,
                .rehearse:
                false
            }
        }
        guard isOperation else { return }
        // One whose command has not run leaves nothing behind.
        let isHarmless = !isLeft && unfinished.contains { $0.kind == .deploy }
        // Nothing of the color that serves is to be ended.
        parts.letServe(parts.route.active)
        let word = parts.changeRoute { word in
            switch word.phase {
            case .open, .maintenance: return nil
            case .held, .heldWrites: break
            }
            // What had been closed before a switch or restore began stays so.
            guard isHarmless || !word.endsClosed else {
                return word.phase == .held
                    ? word.next(phase: .heldWrites, active: word.active, endsClosed: true) : nil
            }
            return word.next(phase: .open, active: word.active)
        }
        guard let word else { return }
        parts.logger.notice(
            "\(parts.name): a hold that its operation left was ended; \(word.active.name) serves"
        )
    }

    private func correctJournal(_ state: JournalState) async {
        let word = parts.route
        let known = state.route(of: parts.name)
        guard known?.active != word.active else { return }
        let route = JournalRecord.Route(active: word.active, epoch: word.epoch)
        await write(nil, .corrected(route))
        let said = known?.active.name ?? "nothing"
        parts.logger.notice(
            "\(parts.name): the journal said \(said), the living board \(word.active.name)")
    }

    private func decide(_ state: JournalState) async {
        let route: JournalRecord.Route
        if let known = state.route(of: parts.name), parts.targets(known.active) != nil {
            route = JournalRecord.Route(active: known.active, epoch: known.epoch + 1)
        } else {
            let initial = parts.settings.initial
            route = JournalRecord.Route(active: initial, epoch: 1)
            await write(nil, .initial(route))
            parts.logger.notice(
                "\(parts.name): the journal knows no active color; initial counts: \(initial.name)")
        }
        for targets in parts.allTargets where targets.color == route.active {
            await targets.waitForNames()
        }
        // On a new board nobody else decides.
        let holds = state.unfinished.contains {
            $0.service == parts.name && $0.kind == .deploy && $0.to != route.active
                && (state.moment(of: $0.operation)?.hold ?? .none) != .none
        }
        if holds { parts.board.setDeadline(parts.index, .now) }
        // What a deploy left is not opened by the end of a maintenance.
        let phase: Phase = holds ? .heldWrites : maintained(state) ? .maintenance : .open
        parts.board.exchangeRoute(
            parts.index, from: .undecided,
            to: RouteWord(
                epoch: route.epoch, phase: phase, active: route.active,
                endsClosed: holds))
    }

    /// An operator's maintenance goes on after a restart of everything, to the end that was said.
    private func maintained(_ state: JournalState) -> Bool {
        guard let maintenance = state.maintenance(of: parts.name), maintenance.isOn else {
            return false
        }
        var deadline = Instant.never
        if let ends = maintenance.ends {
            let left = ends.milliseconds(since: .now)
            guard left > 0 else { return false }
            deadline = Instant.now.advanced(byNanoseconds: UInt64(left) * 1_000_000)
        }
        parts.board.setNotice(maintenance.message, service: parts.index)
        parts.board.setDeadline(parts.index, deadline)
        parts.logger.notice("\(parts.name): maintenance goes on, as the journal says")
        return true
    }

    /// The board is the truth here too: what was done while the journal could not be written.
    private func correctMaintenance(_ state: JournalState) async {
        let isOn = parts.route.phase == .maintenance
        let known = state.maintenance(of: parts.name)
        let isKnown = known.map { $0.isOn && $0.ends.map { $0 > .now } ?? true } ?? false
        guard isOn != isKnown else { return }
        let deadline = parts.board.deadline(parts.index)
        await write(
            nil,
            .maintained(
                JournalRecord.Maintenance(
                    isOn: isOn, message: isOn ? parts.board.notice(parts.index) ?? "" : "",
                    ends: isOn && deadline != .never ? Timestamp(of: deadline) : nil)))
    }

    /// An operation of a controller that died: what it came to can be seen now.
    private func close(_ entry: HistoryEntry) async {
        let isOfDatabase = [
            .backup, .verify, .restore, .drill, .optimize, .unlock, .rehearse,
        ].contains(entry.kind)
        let isDone = parts.route.active == entry.to && !isOfDatabase
        let message =
            isOfDatabase
            ? "the controller ended in the middle; `bascule db backups` shows what there is"
            : isDone
                ? "the controller ended before it could tell; \(entry.to.name) serves"
                : "the controller ended in the middle; \(parts.route.active.name) serves as before"
        let event = Event(
            time: .now, operation: entry.operation, service: parts.name, step: .release,
            state: isDone ? .passed : .failed, message: message,
            ending: Event.Ending(
                outcome: isDone ? .done : .failed, active: parts.route.active,
                epoch: parts.route.epoch, report: Report()))
        if OperationTally.counts(entry.kind) {
            parts.counts.add(
                isDone ? .done : .failed, Report(), didHold: false, service: parts.name)
        }
        await write(
            entry.operation,
            .ended(
                JournalRecord.End(
                    outcome: isDone ? .done : .failed, message: message, report: Report(),
                    events: [event])))
    }

    private func write(_ operation: String?, _ entry: JournalRecord.Entry) async {
        do {
            try await parts.record(operation, entry)
        } catch {
            // Traffic goes on by the board; switches look at the journal themselves.
            parts.logger.error("\(parts.name): the journal could not be written: \(error)")
        }
    }
}
