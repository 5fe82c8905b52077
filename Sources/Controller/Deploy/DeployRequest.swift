internal import Board
internal import Control
internal import Settings
internal import Switchover

/// A body of `deploy`, with what it leaves out filled in from the settings.
struct DeployRequest {
    let to: Color
    let terms: DeployTerms
    /// Of the switch behind the command.
    let switchTerms: SwitchTerms

    /// Throws what makes it impossible, whatever state the service is in.
    init(_ body: DeployBody, _ parts: ServiceParts) throws(Problem) {
        let settings = parts.settings
        guard !body.command.isEmpty else {
            throw Problem(.badRequest, "command: missing, expected what starts the new version")
        }
        guard body.options.detach != true else {
            throw Problem(
                .badRequest,
                "detach: found true, expected none: the command needs whoever runs it")
        }
        let hold = body.hold ?? settings.deploy.hold
        if hold != .none { try Self.mustHold(body.options) }
        // The drain's bound is that of a switch; the hold's own is longer.
        var options = body.options
        options.holdTimeout = nil
        options.timeout = nil
        if hold != .none { options.mode = .handover }
        let request = try SwitchRequest(.deploy, options, parts)
        to = request.to
        switchTerms = request.terms
        let longest = body.options.holdTimeout ?? settings.deploy.holdTimeout
        guard longest > .zero else {
            throw Problem(.badRequest, "hold_timeout: found 0, expected more")
        }
        let isRehearsed = body.rehearse ?? false
        if isRehearsed { try Self.mustRehearse(parts) }
        var terms = DeployTerms(
            hold: hold, holdTimeout: longest.duration,
            drainTimeout: request.terms.drainTimeout,
            commandTimeout: (body.options.timeout ?? settings.deploy.timeout).duration)
        terms.rehearses = isRehearsed
        terms.backsUp =
            body.options.noBackup != true && parts.backupSettings != nil
        self.terms = terms
    }

    /// What would let a write go beside the command.
    private static func mustHold(_ options: SwitchBody) throws(Problem) {
        guard options.mode != .overlap else {
            throw Problem(
                .badRequest,
                "mode: found overlap, expected handover: a deploy holds through to the switch "
                    + "(or --hold none)")
        }
        switch options.onDrainTimeout {
        case .back, nil: break
        case .overlap, .cut:
            throw Problem(
                .badRequest,
                "on_drain_timeout: found \(options.onDrainTimeout?.rawValue ?? ""), expected "
                    + "back: a deploy waits for every write (or --hold none)")
        }
    }

    private static func mustRehearse(_ parts: ServiceParts) throws(Problem) {
        guard Rehearsal.isConfigured(parts.settings) else {
            throw Problem(
                .badRequest, "rehearse: \(parts.name) says nothing about how to rehearse",
                hint: "set services.\(parts.name).database.rehearse")
        }
    }
}

extension ServiceParts {
    /// nil without a SQLite database or without backups.
    var backupSettings: BackupSettings? {
        guard let database = settings.database, case .sqlite = database.engine else { return nil }
        return database.backup
    }
}
