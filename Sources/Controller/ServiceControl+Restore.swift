internal import Board
internal import Control
internal import Journal
internal import Settings
internal import SharedDatabase

extension ServiceControl {
    /// A backup may be sent now. It is taken before the service is locked: a slow client keeps
    /// nobody from a switch.
    func beginReceiving() async throws(Problem) {
        _ = try backupSettings()
        try await mustBeFree()
        guard !isReceiving else {
            throw Problem(
                .refused, "another backup is being sent to \(parts.name)",
                hint: "one at a time: wait for it to end, then run this command again")
        }
        isReceiving = true
    }

    func endReceiving() { isReceiving = false }

    /// Puts a backup into the live database; `sent`: the one that was sent for it.
    func restore(
        _ body: RestoreBody, _ sent: SentBackup? = nil, by caller: Caller
    ) async throws(Problem) -> AsyncStream<Event> {
        let backup = try backupSettings()
        try RestoreRun.Terms.mustTake(body.override, isSwitch: false)
        guard sent != nil || body.manifest == nil else {
            throw Problem(.badRequest, "manifest: expected only with a backup that is sent")
        }
        let active = parts.route.active
        var terms = try terms(body.holdTimeout, body.drainTimeout, body.override, for: active)
        terms.file = body.file
        terms.sent = sent
        terms.isDryRun = body.dryRun ?? false
        let operation = try await lock(.restore, to: active, by: caller)
        return await start(RestoreRun(operation, terms, backup), by: caller)
    }

    /// A rollback that takes the database back too, to the newest backup that the color before
    /// knows.
    func rollBackWithDatabase(
        _ body: SwitchBody, by caller: Caller
    ) async throws(Problem) -> AsyncStream<Event> {
        let backup = try backupSettings()
        guard body.to == nil else {
            throw Problem(.badRequest, "to: a rollback goes back to the color before")
        }
        guard body.mode != .overlap else {
            throw Problem(
                .badRequest,
                "mode: found overlap, expected handover: nobody may write while the "
                    + "database is restored")
        }
        try RestoreRun.Terms.mustTake(body.override, isSwitch: true)
        let to = parts.route.active.other
        try SwitchRequest.mustHaveOther(to, parts)
        let isWatched = await operation?.step == .watch
        if !isWatched { try await mustBeFree() }
        try await SwitchRequest.mustHaveServed(to, parts)
        // Whoever only wants to see what would be lost leaves a watch alone.
        let isAside = isWatched && body.dryRun == true
        if !isAside { await endWatch() }
        guard parts.route.active != to else {
            throw Problem(
                .refused, "\(to.name) serves again by itself; the database was not touched")
        }
        var terms = try terms(body.holdTimeout, body.drainTimeout, body.override, for: to)
        terms.isDryRun = body.dryRun ?? false
        terms.accepts = Set(body.accept ?? [])
        terms.preferred = await parts.journal.state().operationBehindRoute(of: parts.name)
        let operation =
            isAside ? aside(.rollback, to: to) : try await lock(.rollback, to: to, by: caller)
        return await start(RestoreRun(operation, terms, backup), by: caller)
    }

    /// Beside whoever has the lock: it changes nothing, and nothing of it is kept.
    private func aside(_ kind: OperationKind, to: Color) -> DatabaseOperation {
        let identifier = OperationIdentifier.next()
        return DatabaseOperation(
            identifier: identifier, kind: kind, to: to, parts: parts,
            events: EventLog(service: parts.name, operation: identifier, hub: parts.hub),
            service: self, isAside: true)
    }

    private func terms(
        _ hold: TimeSpan?, _ drain: TimeSpan?, _ overrides: [CheckName]?, for color: Color
    ) throws(Problem) -> RestoreRun.Terms {
        let settings = parts.settings.switchover
        let hold = hold ?? settings.holdTimeout
        let drain = drain ?? min(settings.drainTimeout, hold)
        guard hold > .zero else {
            throw Problem(.badRequest, "hold_timeout: found 0s, expected more")
        }
        guard drain <= hold else {
            throw Problem(
                .badRequest,
                "drain_timeout: found \(drain), expected at most hold_timeout (\(hold))")
        }
        return RestoreRun.Terms(
            overrides: Set(overrides ?? []), holdTimeout: hold.duration,
            drainTimeout: drain.duration, color: color, from: parts.route.active)
    }

    private func start(_ run: RestoreRun, by caller: Caller) async -> AsyncStream<Event> {
        let stream = await run.operation.events.listen()
        Task {
            var run = run
            await run.run(by: caller)
        }
        return stream
    }
}

extension RestoreRun.Terms {
    /// Of the checks that `override` can name a restore asks these. `isSwitch`: another color
    /// serves after it.
    static func mustTake(_ overrides: [CheckName]?, isSwitch: Bool) throws(Problem) {
        let known: [CheckName] = (isSwitch ? [.health] : []) + [.migrations, .schema, .backup]
        guard let other = overrides?.first(where: { !known.contains($0) }) else { return }
        throw Problem(
            .badRequest,
            "override: found \(other.rawValue), which says nothing to a restore, expected one of "
                + known.map(\.rawValue).joined(separator: ", "))
    }
}
