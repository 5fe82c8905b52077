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
        if parts.route.isDecided {
            endForsakenHold(state)
            await correctJournal(state)
            await correctMaintenance(state)
        } else {
            await decide(state)
        }
        let left = await leftDeploy()
        if left == nil { await correctClosure(state) }
        for entry in state.unfinished
        where entry.service == parts.name && entry.operation != left?.entry.operation {
            await close(entry, state)
        }
    }

    /// A deploy whose command may have run: what has become of the database is found out once the
    /// API answers, and writes stay closed until then.
    ///
    /// Only while they are: once the service was opened, or the other color has served, the moment
    /// before the command is no moment to go back to.
    func leftDeploy() async -> (entry: HistoryEntry, moment: DeployMoment)? {
        let word = parts.route
        guard let (entry, moment) = deploy(in: await parts.journal.state()),
            word.active == entry.from, moment.hold == .none || word.endsClosed
        else { return nil }
        return (entry, moment)
    }

    /// The newest operation, where it never ended. One that is older has ended, whether or not that
    /// could be written: the service was free when the next one began.
    private func unfinished(_ state: JournalState) -> HistoryEntry? {
        state.newest(of: parts.name).flatMap { $0.ended == nil ? $0 : nil }
    }

    private func deploy(in state: JournalState) -> (entry: HistoryEntry, moment: DeployMoment)? {
        guard let entry = unfinished(state), entry.kind == .deploy,
            let moment = state.moment(of: entry.operation)
        else { return nil }
        return (entry, moment)
    }

    /// A way back that takes the database back too, and may have done so while the color that it
    /// leaves still serves.
    private func restore(in state: JournalState) -> (HistoryEntry, JournalRecord.Restoring)? {
        guard let entry = unfinished(state), entry.from != entry.to,
            let restoring = state.restoring(of: entry.operation)
        else { return nil }
        let isSwitched =
            parts.route.isDecided
            ? parts.route.active == entry.to
            : state.isDecided(by: entry.operation, of: parts.name)
        return isSwitched ? nil : (entry, restoring)
    }

    /// A hold whose operation never ended has nobody left to end it, and one by hand lasts no
    /// longer than the controller that was asked for it: who waits is let through.
    private func endForsakenHold(_ state: JournalState) {
        guard let newest = unfinished(state) else { return endHoldByHand() }
        switch newest.kind {
        case .switch, .rollback, .restore, .deploy: break
        case .hold, .release, .maintenance, .backup, .verify, .drill, .optimize, .unlock,
            .rehearse:
            return endHoldByHand()
        }
        // Nothing of the color that serves is to be ended.
        parts.letServe(parts.route.active)
        guard restore(in: state) == nil else { return closeWrites() }
        // A deploy whose command has not run leaves nothing behind: the closed hold is its own.
        let isHarmless =
            newest.kind == .deploy && deploy(in: state) == nil && !state.isClosed(parts.name)
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
        guard let word, word.phase == .open else { return }
        parts.logger.notice(
            "\(parts.name): a hold that its operation left was ended; \(word.active.name) serves"
        )
    }

    /// What a deploy has left closed is none: it opens by what has become of its database.
    private func endHoldByHand() {
        let word = parts.changeRoute { word in
            word.phase == .held && !word.endsClosed
                ? word.next(phase: .open, active: word.active) : nil
        }
        guard let word else { return }
        parts.logger.notice(
            "\(parts.name): a hold by hand ended with its controller; \(word.active.name) serves")
    }

    /// Until the color that serves fits the database that it may have now, which is looked at
    /// again and again.
    private func closeWrites() {
        let word = parts.changeRoute { word in
            switch word.phase {
            // It goes on, and is followed by that.
            case .maintenance:
                return word.next(phase: .maintenance, active: word.active, endsClosed: true)
            case .open, .held, .heldWrites:
                parts.board.setDeadline(parts.index, .now)
                return word.next(phase: .heldWrites, active: word.active, endsClosed: true)
            }
        }
        guard word != nil else { return }
        parts.logger.warning("\(parts.name): closed to writes: a restore did not come to its end")
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
            tellOfDoubt(known.active)
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
        let isClosed = isClosed(state)
        if isClosed { parts.board.setDeadline(parts.index, .now) }
        // What a deploy left is not opened by the end of a maintenance.
        let phase: Phase = isClosed ? .heldWrites : maintained(state) ? .maintenance : .open
        parts.board.exchangeRoute(
            parts.index, from: .undecided,
            to: RouteWord(
                epoch: route.epoch, phase: phase, active: route.active,
                endsClosed: isClosed))
    }

    /// A line that cannot be read may have said otherwise.
    private func tellOfDoubt(_ color: Color) {
        guard case .corrupt = parts.journal.finding else { return }
        parts.logger.warning(
            "\(parts.name): \(color.name) serves, by what can be read of the journal")
    }

    /// Whether the journal knows of something for which writes have to stay closed.
    private func isClosed(_ state: JournalState) -> Bool {
        if state.isClosed(parts.name) || restore(in: state) != nil { return true }
        guard let (entry, moment) = deploy(in: state), moment.hold != .none else { return false }
        return !state.isDecided(by: entry.operation, of: parts.name)
            && state.hasClosed(entry.operation, parts.name) != false
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

    /// And for a service that is closed to writes, or was opened again.
    private func correctClosure(_ state: JournalState) async {
        let word = parts.route
        let isClosed =
            word.endsClosed && (word.phase == .heldWrites || word.phase == .maintenance)
        guard isClosed != state.isClosed(parts.name) else { return }
        await write(
            state.newest(of: parts.name)?.operation,
            .closure(JournalRecord.Closure(isClosed: isClosed, active: word.active)))
    }

    /// An operation of a controller that died: what it came to can be seen now.
    private func close(_ entry: HistoryEntry, _ state: JournalState) async {
        let isOfDatabase = [
            .backup, .verify, .restore, .drill, .optimize, .unlock, .rehearse,
        ].contains(entry.kind)
        let isDone = parts.route.active == entry.to && !isOfDatabase
        let serves = "\(parts.route.active.name) serves as before"
        // Of the newest alone: who began after another found the service free.
        let last = unfinished(state)?.operation == entry.operation ? parts.lastStep : nil
        let place =
            last.map { "in the step \($0.step.rawValue), begun \($0.since)" }
            ?? "in the middle, and its steps are not known"
        let message =
            if !isDone, let restoring = state.restoring(of: entry.operation) {
                sentence(restoring, entry, isClosed: restore(in: state) != nil)
            } else if isOfDatabase {
                "the controller ended \(place); `bascule db backups` shows what there is"
            } else if isDone {
                "the controller ended \(place), before it could tell; \(entry.to.name) serves"
            } else {
                "the controller ended \(place); \(serves)"
            }
        let event = Event(
            time: .now, operation: entry.operation, service: parts.name,
            step: last?.step ?? .release, state: isDone ? .passed : .failed, message: message,
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
                    events: steps(of: entry, last) + [event])))
    }

    /// What is known of the steps: all but the first and the last one are gone with the controller.
    private func steps(
        of entry: HistoryEntry, _ last: (step: Step, since: Timestamp)?
    ) -> [Event] {
        func event(_ time: Timestamp, _ step: Step, _ state: StepState, _ text: String) -> Event {
            Event(
                time: time, operation: entry.operation, service: parts.name, step: step,
                state: state, message: text)
        }
        let first = event(entry.started, .lock, .passed, "operation \(entry.operation)")
        guard let last, last.step != .lock else { return [first] }
        return [first, event(last.since, last.step, .started, "what it told before is not known")]
    }

    /// Of a restore that may have been committed.
    private func sentence(
        _ restoring: JournalRecord.Restoring, _ entry: HistoryEntry, isClosed: Bool
    ) -> String {
        let name = parts.name
        let first =
            "the controller ended in the middle of a restore: the database is either what it was, "
            + "which is kept in \(restoring.safety), or what \(restoring.file) holds"
        guard isClosed else { return first }
        let active = parts.route.active.name
        return "\(first). Writes are answered 503 until \(active) fits it: "
            + "`bascule switch \(name) \(entry.to.name)` goes on with what was restored, "
            + "`bascule db restore \(restoring.safety) \(name)` takes back what was"
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
