internal import Board
internal import Control
internal import Journal
internal import Settings
internal import SharedDatabase

/// The named checks of a switch to one color.
struct Preflight: Sendable {
    let parts: ServiceParts
    let to: Color
    /// What the operator takes upon himself.
    let overrides: Set<CheckName>
    /// Findings of `schema` that he lives with, by ID.
    var accepts: Set<String> = []
    /// Why the journal did not take the operation; nil where it did, or was not asked.
    let journalProblem: JournalError?
    /// `--no-backup`.
    var isBackupOff = false

    /// All checks. Probes come first: the gate is asked about what they hear.
    func run() async -> [Check] {
        guard let targets = parts.targets(to) else { return [] }
        let health = await targets.probeAll()
        let gate = await gateChecks(health, isVerify: false)
        let copies = await BackupChecks(parts: parts, isSwitchedOff: isBackupOff).run()
        return ([health.check] + gate + copies + [journalCheck])
            .map(applyOverride)
    }

    /// Health and gate again, once nothing writes through the door any more. `asksOutside`: for
    /// what the color states in files and commands too, which takes longer than a hold may.
    func verify(asksOutside: Bool = false) async -> [Check] {
        guard let targets = parts.targets(to) else { return [] }
        let health = await targets.probeAll(asksOutside: asksOutside)
        return ([health.check] + (await gateChecks(health, isVerify: true))).map(applyOverride)
    }

    static func refusals(_ checks: [Check]) -> [Check] { checks.filter { $0.state == .refused } }

    /// What let it pass: `journal; warned: disk; overridden: health`.
    static func summary(_ checks: [Check]) -> String {
        func names(_ title: String, _ belongs: (Check) -> Bool) -> String? {
            let names = checks.filter(belongs).map(\.name.rawValue)
            return names.isEmpty ? nil : title + names.joined(separator: ", ")
        }
        return [
            names("") { $0.state == .passed }, names("warned: ") { $0.state == .warned },
            names("overridden: ") { $0.state == .skipped && $0.hint == overriddenHint },
        ].compactMap { $0 }.joined(separator: "; ")
    }

    /// Tells a check that refused and was overridden from one that there was nothing to do for.
    static let overriddenHint = "overridden by the operator"

    /// `migrations: database-behind: 3 applied, expected also 2024_AddBudget`.
    static func sentence(_ check: Check) -> String {
        let verdict = check.verdict.map { " \($0):" } ?? ""
        let saw = check.saw.map { " \($0)" } ?? ""
        let expected = check.expected.map { "; expected \($0)" } ?? ""
        return "\(check.name.rawValue):\(verdict)\(saw)\(expected)"
    }

    private func gateChecks(_ health: ColorHealth, isVerify: Bool) async -> [Check] {
        // A database that was seen with something in it is not empty for the first time.
        let seen = await parts.schema.lastSeen
        let isFirst =
            await parts.journal.state().operationBehindRoute(of: parts.name) == nil && seen == nil
        var request = health.request
        let other = await parts.targets(to.other)?.health
        request.files += other?.files ?? []
        let (gate, answer) = await parts.gate.checks(
            request, isFirstDeploy: isFirst, isVerify: isVerify)
        let doubtful = health.doubtfulLibraries + (other?.doubtfulLibraries ?? [])
        if case .gate(let seen) = answer { await parts.note(seen, isThorough: !isVerify) }
        let checks = await SchemaCheck(
            parts: parts, to: to, accepts: accepts, overrides: overrides
        ).run(after: gate, answer, stating: health.statement)
        let damage = await parts.damage()
        return checks.map { $0.damaged(damage).doubting(doubtful) }
    }

    private var journalCheck: Check {
        guard let journalProblem else {
            return Check(name: .journal, state: .passed, saw: "it can be written")
        }
        return Check(
            name: .journal, state: .refused, saw: "\(journalProblem)",
            expected: "a journal that can be written", hint: journalProblem.hint)
    }

    private func applyOverride(_ check: Check) -> Check {
        guard overrides.contains(check.name), check.state == .refused else { return check }
        var changed = check
        if check.isOverridable {
            changed.state = .skipped
            changed.hint = Self.overriddenHint
        } else {
            changed.hint = "this cannot be overridden. " + (check.hint ?? "")
        }
        return changed
    }
}
