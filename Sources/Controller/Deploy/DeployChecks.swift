internal import Board
internal import Control
internal import SharedDatabase

/// The checks of a deploy, before its command and after it.
///
/// Before it the new version does not run yet: what only it can say is asked once it does, and the
/// database has to be in order by itself.
struct DeployChecks {
    let preflight: Preflight
    /// Without it a migration that fails half way could not be taken back.
    let needsSnapshot: Bool

    func before() async -> [Check] {
        // The new version would fill an empty database, and what was in it would not be missed.
        let hadSchema = await preflight.parts.schema.lastSeen != nil
        return await preflight.run().map { check in
            if check.name == .backup, needsSnapshot { return missing(check) }
            if hadSchema, check.verdict == GateVerdict.fresh.rawValue { return check }
            guard Self.isOfTarget(check), check.state == .refused || check.state == .warned else {
                return check
            }
            var later = check
            later.state = .skipped
            later.hint = "asked again after the command"
            later.findings = nil
            return later
        }
    }

    private func missing(_ check: Check) -> Check {
        guard preflight.parts.backupSettings == nil, !preflight.overrides.contains(.backup) else {
            return check
        }
        let name = preflight.parts.name
        return Check(
            name: .backup, state: .refused, saw: "no backups are configured for \(name)",
            expected: "a folder for the copy of the drained moment",
            hint: "set services.\(name).database.backup.directory; or --no-backup: then what a "
                + "command leaves half done cannot be taken back")
    }

    /// Whether it is the new version that this check found wanting.
    private static func isOfTarget(_ check: Check) -> Bool {
        switch check.name {
        case .health, .schema: return true
        case .migrations:
            guard let verdict = check.verdict.flatMap(GateVerdict.init) else { return false }
            switch verdict {
            case .match, .databaseBehind, .databaseAhead, .outOfOrder, .diverged, .unstated,
                .fresh:
                return true
            case .drift, .dirty, .unmanaged, .unbaselined, .ambiguous, .split, .locked, .corrupt,
                .unreadable:
                return false
            }
        case .database, .disk, .backup, .journal, .writers: return false
        }
    }
}
