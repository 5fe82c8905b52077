internal import Board
internal import Control
internal import Health
internal import Journal
internal import Kernel
internal import Settings
internal import SharedDatabase

/// What is told of a service.
extension ServiceControl {
    /// `lookAge`: how old the last look at the database may be, in nanoseconds.
    func status(lookAge: UInt64 = Gatekeeper.cacheNanoseconds) async -> ServiceStatus {
        let operation = await operation
        // During an operation its own gate has the database's process.
        let isBusy = operation != nil
        let word = parts.route
        let other = await parts.targets(word.active.other)?.health
        let own = await parts.targets(word.active)?.health
        let stated = (other ?? own)?.statement ?? .notAsked
        let gate = await parts.gate.glance(
            stated, isBusy: isBusy, ageNanosecondsMax: lookAge)
        var colors: [ColorStatus] = []
        for targets in parts.allTargets {
            colors.append(
                await targets.health.status(
                    inFlight: parts.board.inFlight(service: parts.index, color: targets.color)
                        .total,
                    streams: parts.board.streams(service: parts.index, color: targets.color)))
        }
        let newest = isBusy ? await parts.gate.newest : nil
        var database = await parts.gate.status(newest ?? gate)
        let warnings = await databaseWarnings()
        database?.warnings = warnings.isEmpty ? nil : warnings
        database?.asksTargets = parts.settings.database?.expect != nil
        let never = await served(word.active.other)
        let broken = warnings.first { $0.name == .split || $0.name == .corrupt }
        let back =
            if let never {
                never
            } else if let broken, other != nil {
                RollbackAdvice(
                    possible: false, to: word.active.other,
                    reason: "the database is \(broken.name.rawValue): \(broken.message)")
            } else {
                await parts.wayBack(to: other, gate, mayAsk: !isBusy)
            }
        return ServiceStatus(
            name: parts.name, active: word.active, phase: word.phase,
            phaseEnds: phaseEnds(word),
            notice: await notice(word, isBusy: isBusy),
            epoch: word.epoch, operation: operation, colors: colors,
            held: parts.board.sum(.heldNow, service: parts.index),
            database: database,
            rollback: back)
    }

    /// Before the end of an operation that changed the database is told: asks again what `status`
    /// tells.
    func renewDatabase() async {
        let active = parts.route.active
        let other = await parts.targets(active.other)?.health
        let own = await parts.targets(active)?.health
        await parts.gate.renew((other ?? own)?.statement ?? .notAsked)
    }

    /// What a maintenance says to clients, or what ends a service that a deploy left closed.
    private func notice(_ word: RouteWord, isBusy: Bool) async -> String? {
        switch word.phase {
        case .maintenance: return parts.board.notice(parts.index)
        case .heldWrites where !isBusy:
            let state = await parts.journal.state()
            return (state.closing(of: parts.name) ?? state.lastDeploy(of: parts.name))?.message
        case .open, .held, .heldWrites: return nil
        }
    }

    /// Why there is no way back to a color that never served; nil where it did.
    private func served(_ color: Color) async -> RollbackAdvice? {
        guard parts.targets(color) != nil else { return nil }
        do throws(Problem) {
            try await SwitchRequest.mustHaveServed(color, parts)
            return nil
        } catch {
            return RollbackAdvice(possible: false, to: color, reason: error.detail)
        }
    }

    /// nil for a phase that does not end by itself.
    private func phaseEnds(_ word: RouteWord) -> Timestamp? {
        let end = parts.board.deadline(parts.index)
        return word.phase == .open || end == .never ? nil : Timestamp(of: end)
    }

    /// Whether there would be a way back after a switch to this color. `checks`: of that switch.
    func rollback(after to: Color, _ checks: [Check]) async -> RollbackAdvice {
        guard let back = await parts.targets(to.other)?.health else {
            return await parts.wayBack(to: nil, nil, mayAsk: true)
        }
        // What is wrong with the file is wrong for both; and a lock is not waited for twice.
        if let database = checks.first(where: { $0.name == .database }), database.state == .refused
        {
            return RollbackAdvice(
                possible: false, to: back.color, reason: Preflight.sentence(database))
        }
        let gate = await parts.gate.look(back.statement)
        return await parts.wayBack(to: back, gate, mayAsk: true)
    }
}
