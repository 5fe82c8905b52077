internal import Board
internal import Control
internal import SharedDatabase

/// What is remembered of earlier schemas, as far as the gate asks for it.
protocol GateMemory: Sendable {
    /// The fingerprint that was recorded when exactly these migrations were applied, as they stood
    /// after a switch or a start that was not refused; nil where nothing was recorded.
    func fingerprint(of applied: [String]) async -> String?

    /// Whether code of this color, as it last served, survives the schema of now.
    func survival(of color: Color, on facts: DatabaseFacts) async -> SchemaSurvival
}

/// Whether older code survives a newer schema.
enum SchemaSurvival: Hashable, Sendable {
    /// The schema is word for word the one that it last served on.
    case sameSchema
    /// Every change since is one that it survives; the reason is a sentence.
    case certified(reason: String)
    /// It does not, or nothing is known of it; the reason is a sentence.
    case refused(reason: String)
}

extension GateAnswer {
    /// The same with what was recorded for its migrations: another fingerprint is `drift`.
    func remembering(_ memory: (any GateMemory)?) async -> GateAnswer {
        guard let memory, verdict == .match, let facts = database,
            facts.applied.count == facts.appliedCount,
            let recorded = await memory.fingerprint(of: facts.applied),
            recorded != facts.fingerprint
        else { return self }
        return drift(recorded: recorded)
    }
}

extension Check {
    /// The check of a database that is newer than the target: it passes only with a certificate.
    static func ahead(_ gate: GateAnswer, _ survival: SchemaSurvival) -> Check {
        var check = Check(
            name: .migrations, state: .refused, verdict: gate.verdict.rawValue, saw: gate.saw,
            expected: gate.expected, hint: gate.hint)
        let starts = gate.database?.startsOnNewer == true
        let tool = gate.database?.tool ?? "its tool"
        switch survival {
        case .sameSchema:
            pass(&check, because: "the schema is the one that the target last served on")
        case .certified(let reason) where starts:
            pass(&check, because: reason)
        case .certified(let reason):
            check.saw = "\(gate.saw); \(reason), but with \(tool) it would not start again"
        case .refused(let reason):
            check.saw = "\(gate.saw); \(reason)"
        }
        return check
    }

    private static func pass(_ check: inout Check, because reason: String) {
        check.state = .passed
        check.saw = "\(check.saw ?? ""); \(reason)"
        check.hint = nil
    }
}
