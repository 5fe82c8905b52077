internal import Board
internal import Control
internal import SharedDatabase

/// Can we go back without restoring the database, and why?
extension ServiceParts {
    /// The answer for a color, from what the gate says of it. `mayAsk`: the database may be asked
    /// for a schema that is not known yet.
    func wayBack(
        to back: ColorHealth?, _ gate: DatabaseAnswer?, mayAsk: Bool
    ) async -> RollbackAdvice {
        guard let back else {
            return RollbackAdvice(
                possible: false, to: nil, reason: "only one color is configured")
        }
        let color = back.color
        func verdict(
            _ isPossible: Bool, _ reason: String, accept: [String] = []
        ) -> RollbackAdvice {
            RollbackAdvice(
                possible: isPossible, to: color, reason: reason,
                accept: accept.isEmpty ? nil : accept)
        }
        guard back.isHealthy else { return verdict(false, "\(color.name) is not healthy") }
        switch gate {
        case .schema, nil:
            return verdict(true, "\(color.name) is healthy")
        case .failed(let reason):
            return verdict(false, "the gate could not look: \(reason)")
        case .gate(let answer):
            let isAhead = answer.verdict == .databaseAhead
            guard let facts = answer.database,
                isAhead || answer.verdict.passes(isFirstDeploy: false)
            else {
                return verdict(false, "the gate says \(answer.verdict.rawValue): \(answer.saw)")
            }
            // Nothing is recorded of it: an answer here may be an old one, and whoever only asks
            // leaves no trace.
            let difference = await schema.difference(
                for: color, stating: back.statement, on: facts, mayAsk: mayAsk)
            let (isPossible, reason) = judge(difference, facts, isAhead: isAhead, color)
            return verdict(
                isPossible, "\(reason) (the gate says \(answer.verdict.rawValue))",
                accept: isPossible ? difference.doubtful.map(\.id) : [])
        }
    }

    private func judge(
        _ difference: SchemaDifference, _ facts: DatabaseFacts, isAhead: Bool, _ color: Color
    ) -> (isPossible: Bool, reason: String) {
        let seen = difference.sentence(of: color)
        switch difference {
        case .none, .alike:
            return (true, "\(color.name) is healthy, the schema \(seen)")
        case .unknown(let reason):
            return isAhead
                ? (false, "\(reason), and it does not know every migration")
                : (true, "\(color.name) is healthy")
        case .changes:
            if !difference.breaking.isEmpty {
                let first = difference.breaking.first.map { ": \($0.sentence)" } ?? ""
                return (false, "the database would have to be restored\(first); \(seen)")
            }
            if isAhead, !facts.startsOnNewer {
                let tool = facts.tool ?? "its tool"
                return (
                    false, "with \(tool) it does not start on migrations that it does not know"
                )
            }
            if !difference.doubtful.isEmpty {
                let flags = difference.doubtful.map { "--accept \($0.id)" }
                return (true, "\(seen); it needs \(flags.joined(separator: " "))")
            }
            return (true, "\(color.name) is healthy, and its code survives \(seen)")
        }
    }
}
