internal import Board
internal import Control
internal import SharedDatabase

/// Whether the color that will serve can work with what is restored.
extension RestoreRun {
    /// What the gate would say of the backup as the live database, with what it would know of its
    /// schema then.
    func gate(on facts: DatabaseFacts) async -> Check {
        let stated =
            isOffline
            ? .notAsked : await parts.targets(terms.color)?.health.statement ?? .notAsked
        let judged = Gate.judge(facts, stated: stated, path: file)
        let passes = judged.verdict.passes(isFirstDeploy: false)
        var check = Check(
            name: .migrations, state: passes ? .passed : .refused,
            verdict: judged.verdict.rawValue, saw: judged.saw, expected: judged.expected,
            hint: passes || judged.hint.isEmpty ? nil : judged.hint)
        if check.state == .refused, !isOffline {
            let own = await parts.schema.difference(
                for: terms.color, stating: stated, on: facts)
            SchemaCheck(
                parts: parts, to: terms.color, accepts: terms.accepts,
                overrides: terms.overrides
            ).amend(&check, own, facts)
        }
        if check.state == .refused, terms.overrides.contains(.migrations) {
            check.state = .skipped
            check.hint = Preflight.overriddenHint
        }
        return check
    }

    /// What health and gate have against the color; nil where nothing.
    func refusal(_ gate: Check) async -> String? {
        if gate.state == .refused { return Preflight.sentence(gate) }
        return isSwitch ? await healthRefusal() : nil
    }

    func healthRefusal() async -> String? {
        guard let health = await parts.targets(terms.color)?.probeAll().check,
            health.state == .refused, !terms.overrides.contains(.health)
        else { return nil }
        return Preflight.sentence(health)
    }
}
