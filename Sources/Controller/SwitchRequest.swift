internal import Board
internal import Control
internal import Settings
internal import Switchover

/// A body of `switch` or `rollback`, with what it leaves out filled in from the settings.
struct SwitchRequest {
    let to: Color
    let terms: SwitchTerms

    /// Throws what makes it impossible, whatever state the service is in.
    init(_ kind: OperationKind, _ body: SwitchBody, _ parts: ServiceParts) throws(Problem) {
        switch (kind, body.to) {
        case (.rollback, .some):
            throw Problem(.badRequest, "to: a rollback goes back to the color before")
        case (.rollback, nil): to = parts.route.active.other
        case (_, .some(let color)): to = color
        case (_, nil): throw Problem(.badRequest, "to: missing, expected blue or green")
        }
        try Self.mustExist(to, parts)
        try Self.mustBeServed(body)
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
        let action: SwitchTerms.OnDrainTimeout
        switch body.onDrainTimeout {
        case .back, nil: action = .back
        case .overlap: action = .overlap
        case .cut:
            throw Problem(.notServed, "on_drain_timeout: cut is not served by this version yet")
        }
        terms = SwitchTerms(
            mode: mode, onDrainTimeout: action, holdTimeout: hold.duration,
            drainTimeout: drain.duration, timeout: body.timeout?.duration)
    }

    static func mustExist(_ color: Color, _ parts: ServiceParts) throws(Problem) {
        guard parts.targets(color) != nil else {
            throw Problem(
                .unknownColor, "\(parts.name) has no color \(color.name)",
                hint: "configure it under services.\(parts.name).colors")
        }
    }

    /// What a later version does is refused, not left out in silence. A backup or a watch that is
    /// switched off is what this version does anyway.
    private static func mustBeServed(_ body: SwitchBody) throws(Problem) {
        if body.streams == .close {
            throw Problem(.notServed, "streams: close is not served by this version yet")
        }
        if let watch = body.watch, watch > .zero {
            throw Problem(.notServed, "watch: a watch is not served by this version yet")
        }
        if body.restoreDatabase == true {
            throw Problem(.notServed, "restore_database is not served by this version yet")
        }
    }
}
