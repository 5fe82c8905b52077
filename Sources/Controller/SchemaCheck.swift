internal import Board
internal import Control
internal import SharedDatabase

/// The check `schema` of a switch, and what it means for the check `migrations`.
///
/// The target's own difference decides: what only the color being left would not survive is told,
/// and refuses nothing. A database that is ahead of the target passes where its code survives every
/// change since, which is what a certificate says.
struct SchemaCheck {
    let parts: ServiceParts
    let to: Color
    let accepts: Set<String>
    let overrides: Set<CheckName>

    /// The gate's checks with this one behind them, and its answer. `statement`: what the target
    /// states, which the gate was asked about.
    func run(
        after gate: [Check], _ answer: DatabaseAnswer?, stating statement: MigrationStatement
    ) async -> [Check] {
        guard case .gate(let seen) = answer, let facts = seen.database else {
            let saw =
                answer == nil
                ? "no SQLite database is configured" : "the database could not be read"
            return gate + [Check(name: .schema, state: .skipped, saw: saw)]
        }
        guard !facts.isFresh, facts.dirty.isEmpty else {
            let saw = facts.isFresh ? "an empty database" : "a migration has not ended"
            return gate + [Check(name: .schema, state: .skipped, saw: saw)]
        }
        await seeActive(facts)
        await parts.schema.see(
            SchemaMemory.Look(
                facts: facts, active: parts.route.active, color: to, statement: statement,
                isMatch: seen.verdict == .match))
        let own = await parts.schema.difference(for: to, stating: statement, on: facts)
        let check = await check(own, facts)
        var checks = gate
        if let index = checks.firstIndex(where: { $0.name == .migrations }) {
            amend(&checks[index], own, facts)
        }
        return checks + [check]
    }

    /// What the color that serves has served with up to now, where it knows just what is applied.
    private func seeActive(_ facts: DatabaseFacts) async {
        let active = parts.route.active
        guard active != to, let statement = await parts.targets(active)?.health.statement,
            let key = statement.key, facts.keys.contains(key)
        else { return }
        await parts.schema.see(
            SchemaMemory.Look(
                facts: facts, active: active, color: active, statement: statement, isMatch: true))
    }

    /// A switch is done: the schema is the one that the new color serves with.
    static func switched(_ parts: ServiceParts, to: Color) async {
        guard let statement = await parts.targets(to)?.health.statement,
            case .gate(let answer) = await parts.gate.lastAnswer(about: statement),
            let facts = answer.database
        else { return }
        await parts.schema.see(
            SchemaMemory.Look(
                facts: facts, active: to, color: to, statement: statement,
                isMatch: answer.verdict == .match, isSwitch: true, mayAsk: false))
    }

    private func check(_ own: SchemaDifference, _ facts: DatabaseFacts) async -> Check {
        let open = own.doubtful.filter { !accepts.contains($0.id) }
        var check = Check(
            name: .schema, state: .passed, saw: own.sentence(of: to),
            findings: own.findings(of: to, accepts: accepts))
        switch own {
        case .unknown: check.state = .skipped
        case .none: break
        case .alike:
            check.verdict = own.verdict.rawValue
            check.state = .warned
        case .changes:
            check.verdict = own.verdict.rawValue
            if !own.breaking.isEmpty {
                check.state = .refused
                let remedy = own.breaking.first?.remedy ?? ""
                check.hint =
                    (remedy.isEmpty ? "" : remedy + "; or, ")
                    + "where the code of \(to.name) is known to live with it: --override schema"
            } else if !open.isEmpty {
                check.state = .refused
                check.hint =
                    "where the code of \(to.name) lives with it: "
                    + open.map { "--accept \($0.id)" }.joined(separator: " ")
            } else if !own.doubtful.isEmpty {
                check.state = .warned
                check.hint = "accepted by the operator"
            }
            if check.state == .refused {
                check.expected = "only changes that code of \(to.name) survives"
            }
        }
        await addOther(&check, facts)
        nameUnknown(&check, own)
        return check
    }

    /// An ID that no change has is likely a slip, and would be accepted in vain.
    private func nameUnknown(_ check: inout Check, _ own: SchemaDifference) {
        if case .unknown = own { return }
        let known = own.identifiers.union((check.findings ?? []).map(\.id))
        let unknown = accepts.subtracting(known).sorted()
        guard !unknown.isEmpty else { return }
        if check.state == .passed { check.state = .warned }
        check.saw =
            (check.saw.map { $0 + "; " } ?? "") + "accepted, and no change has that ID: "
            + unknown.joined(separator: ", ")
    }

    /// What the color being left would meet on its way back.
    private func addOther(_ check: inout Check, _ facts: DatabaseFacts) async {
        guard let health = await parts.targets(to.other)?.health else { return }
        let other = await parts.schema.difference(
            for: to.other, stating: health.statement, on: facts)
        guard case .changes(let changes) = other, !changes.isEmpty else { return }
        check.saw = (check.saw.map { $0 + "; " } ?? "") + other.sentence(of: to.other)
        check.findings = (check.findings ?? []) + other.findings(of: to.other, accepts: nil)
    }

    /// `database-ahead` passes with a certificate.
    func amend(
        _ check: inout Check, _ own: SchemaDifference, _ facts: DatabaseFacts
    ) {
        if check.verdict == GateVerdict.databaseAhead.rawValue, check.state == .refused {
            certify(&check, own, facts)
        }
    }

    private func certify(
        _ check: inout Check, _ own: SchemaDifference, _ facts: DatabaseFacts
    ) {
        let saw = check.saw ?? ""
        switch own {
        case .unknown(let reason):
            check.saw = "\(saw); \(reason)"
            return
        case .none, .alike: break
        case .changes:
            let isTaken =
                own.verdict == .safe || overrides.contains(.schema)
                || own.breaking.isEmpty && own.doubtful.allSatisfy { accepts.contains($0.id) }
            guard isTaken else {
                check.saw = "\(saw); not every change is one that \(to.name) survives"
                return
            }
            guard facts.startsOnNewer else {
                check.saw =
                    "\(saw); its code survives that, but with \(facts.tool ?? "its tool") it does "
                    + "not start again"
                return
            }
        }
        check.state = .passed
        check.saw = "\(saw); \(own.sentence(of: to))"
        check.expected = nil
        check.hint = nil
    }
}
