internal import Board
internal import Control
internal import Journal
internal import Settings
internal import Switchover

/// A body of `switch` or `rollback`, with what it leaves out filled in from the settings.
struct SwitchRequest {
    let to: Color
    private(set) var terms: SwitchTerms

    /// Throws what makes it impossible, whatever state the service is in.
    init(_ kind: OperationKind, _ body: SwitchBody, _ parts: ServiceParts) throws(Problem) {
        try Self.mustBelong(kind, body)
        switch (kind, body.to) {
        case (.rollback, .some):
            throw Problem(.badRequest, "to: a rollback goes back to the color before")
        case (.rollback, nil):
            to = parts.route.active.other
            try Self.mustHaveOther(to, parts)
        case (_, .some(let color)): to = color
        case (_, nil): throw Problem(.badRequest, "to: missing, expected blue or green")
        }
        try Self.mustExist(to, parts)
        let settings = parts.settings.switchover
        let mode = body.mode ?? settings.mode
        let hold = body.holdTimeout ?? settings.holdTimeout
        // Without a flag of its own a drain is no longer than the hold that was asked for.
        let drain = body.drainTimeout ?? min(settings.drainTimeout, hold)
        guard hold > .zero else {
            throw Problem(.badRequest, "hold_timeout: found 0, expected more")
        }
        guard mode == .overlap || drain <= hold else {
            throw Problem(
                .badRequest,
                "drain_timeout: found \(drain), expected at most hold_timeout (\(hold))")
        }
        guard mode == .handover || body.onDrainTimeout != .back else {
            throw Problem(
                .badRequest,
                "on_drain_timeout: found back, expected overlap or cut: an overlap has switched "
                    + "before it drains")
        }
        let isRollback = kind == .rollback
        terms = SwitchTerms(
            mode: mode, onDrainTimeout: Self.action(body.onDrainTimeout, isRollback: isRollback),
            holdTimeout: hold.duration, drainTimeout: drain.duration,
            timeout: body.timeout?.duration)
        terms.closesStreams = body.streams == .close
        terms.watch = (body.watch ?? settings.watch).duration
        terms.backsUp = Self.backsUp(parts.settings) && body.noBackup != true
        // Whoever names a mode gets that one.
        terms.isWayBack = isRollback && body.mode == nil
    }

    /// A way back is not given up for requests that do not end: the color that it leaves may hang.
    private static func action(
        _ wanted: DrainTimeoutAction?, isRollback: Bool
    ) -> SwitchTerms.OnDrainTimeout {
        switch wanted {
        case .back: .back
        case .overlap: .overlap
        case .cut: .cut
        case nil: isRollback ? .overlap : .back
        }
    }

    private static func backsUp(_ settings: ServiceSettings) -> Bool {
        settings.database?.backup?.beforeSwitch ?? false
    }

    static func mustExist(_ color: Color, _ parts: ServiceParts) throws(Problem) {
        guard parts.targets(color) != nil else {
            throw Problem(
                .unknownColor, "\(parts.name) has no color \(color.name)",
                hint: "configure it under services.\(parts.name).colors")
        }
    }

    /// Nobody has named the color of a rollback: that there is none is a state, no wrong usage.
    static func mustHaveOther(_ color: Color, _ parts: ServiceParts) throws(Problem) {
        guard parts.targets(color) == nil else { return }
        throw Problem(
            .refused,
            "\(parts.name) has the color \(color.other.name) alone: there is nothing to go back to")
    }

    /// A rollback goes to the color before, so there has to be one, and no watch that has gone back
    /// to it already.
    static func mustHaveServed(_ color: Color, _ parts: ServiceParts) async throws(Problem) {
        let state = await parts.journal.state()
        if let last = state.lastSwitch(of: parts.name), last.outcome == .rolledBack,
            last.to == color, parts.route.active == last.from
        {
            throw Problem(
                .refused,
                "\(last.from.name) serves \(parts.name) again already: the watch has left "
                    + "\(color.name)",
                hint: "`bascule switch \(parts.name) \(color.name)` goes there once more")
        }
        // A journal that cannot be read refuses by its own name.
        guard state.route(of: parts.name) != nil, !state.hasServed(color, of: parts.name) else {
            return
        }
        throw Problem(
            .refused,
            "\(color.name) has never served \(parts.name): there is nothing to go back to",
            hint: "`bascule switch \(parts.name) \(color.name)` goes there for the first time")
    }

    /// Fields of the body that only some operations have.
    private static func mustBelong(
        _ kind: OperationKind, _ body: SwitchBody
    ) throws(Problem) {
        guard body.dryRun != true else {
            throw Problem(
                .badRequest, "dry_run: only a rollback with restore_database has one",
                hint: "bascule check says what a switch would meet")
        }
        guard kind == .rollback || body.restoreDatabase == nil else {
            let foreign: [SwitchBody.CodingKeys] = [.restoreDatabase, .dryRun]
            let known = SwitchBody.CodingKeys.allCases.filter { !foreign.contains($0) }
            throw Problem(
                .badRequest,
                "restore_database: found in a \(kind.rawValue), expected in a rollback alone; "
                    + "known here: \(known.map(\.rawValue).joined(separator: ", "))")
        }
    }
}
