internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Switchover

/// A switch around the start of a version that migrates by itself.
extension ServiceControl {
    /// Starts a deploy; the stream ends with it. Throws what forbids it before anything is locked.
    func deploy(_ body: DeployBody, by caller: Caller) async throws(Problem) -> AsyncStream<Event> {
        let request = try DeployRequest(body, parts)
        let identifier = OperationIdentifier.next()
        let events = EventLog(service: parts.name, operation: identifier, hub: parts.hub)
        let lease = DeployLease()
        try await mustBeFree()
        let from = parts.route.active
        guard from != request.to else {
            throw Problem(
                .refused,
                "\(request.to.name) serves: a deploy starts the color that does not",
                hint: "bascule deploy \(parts.name) \(request.to.other.name) -- ...")
        }
        // Known now, and not after a backup was made.
        let word = parts.route
        let mayHold = word.phase == .open || word.phase == .held
        guard request.terms.hold == .none || mayHold && !word.endsClosed else {
            throw phaseForbids("held for a deploy")
        }
        guard occupy(identifier, .deploy, request.to, by: caller, events, lease: lease) else {
            throw await busy()
        }
        let order = SwitchRun.Order(
            identifier: identifier, kind: .deploy, from: from, to: request.to,
            terms: request.switchTerms, overrides: body.options.override ?? [],
            accepts: body.options.accept ?? [], by: caller.peer, command: caller.command,
            isBackupOff: body.options.noBackup ?? false)
        let stream = await events.listen()
        Task {
            var run = DeployRun(
                request.terms, order, lease: lease, command: body.command.joined(separator: " "),
                parts: parts, events: events, lock: self)
            await run.run()
        }
        return stream
    }

    /// Carries on what a controller before this one left: its command may have run.
    func settle(_ entry: HistoryEntry, _ moment: DeployMoment) async {
        let events = EventLog(
            service: parts.name, operation: entry.operation, hub: parts.hub)
        let lease = DeployLease()
        await lease.remember(process: moment.mark)
        let caller = Caller(peer: entry.by, command: entry.command ?? "")
        guard
            occupy(entry.operation, .deploy, entry.to, by: caller, events, lease: lease)
        else { return }
        let operation = DatabaseOperation(
            identifier: entry.operation, kind: .deploy, to: entry.to, parts: parts,
            events: events, service: self)
        let settling = DeploySettling(
            parts: parts, events: events, operation: entry.operation, lease: lease,
            moment: moment, from: entry.from)
        Task {
            let result = await settling.run()
            await operation.end(
                .settle, .failed, "the controller ended in the middle; \(result.sentence)")
        }
    }
}
