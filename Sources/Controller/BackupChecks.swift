internal import Control
internal import Settings
internal import SharedDatabase

/// The checks `disk` and `backup` of a switch: whether its copies can be made.
struct BackupChecks: Sendable {
    let parts: ServiceParts
    /// The switch wants none: `--no-backup`.
    let isSwitchedOff: Bool

    func run() async -> [Check] {
        guard case .sqlite = parts.settings.database?.engine,
            let backup = parts.settings.database?.backup, backup.beforeSwitch
        else { return Self.skipped("no backup before a switch is configured") }
        if isSwitchedOff { return Self.skipped("switched off for this switch: --no-backup") }
        do throws(WorkFailure) {
            guard case .checked(let disk, let folder) = try await parts.job(.check).answer() else {
                throw .unexpected
            }
            return [
                Self.check(disk, .disk, passed: "room for two copies"),
                Self.check(folder, .backup, passed: "\(backup.directory) can be written"),
            ]
        } catch {
            return [
                Check(name: .disk, state: .skipped, saw: "it could not be looked at"),
                error.check(.backup),
            ]
        }
    }

    private static func skipped(_ reason: String) -> [Check] {
        [
            Check(name: .disk, state: .skipped, saw: reason),
            Check(name: .backup, state: .skipped, saw: reason),
        ]
    }

    private static func check(
        _ finding: DatabaseNotice.Finding, _ name: CheckName, passed: String
    ) -> Check {
        switch finding {
        case .good: Check(name: name, state: .passed, saw: passed)
        case .doubtful(let saw, let expected):
            Check(name: name, state: .warned, saw: saw, expected: expected)
        case .bad(let failure):
            Check(
                name: name, state: .refused, saw: failure.message,
                expected: name == .disk
                    ? "room for a copy" : "a folder that the owner of the database can write",
                hint: failure.hint.isEmpty ? nil : failure.hint)
        }
    }
}
