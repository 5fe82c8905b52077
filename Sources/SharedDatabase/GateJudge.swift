/// The gate's decision, from what was read and what was stated, and from nothing else.
enum GateJudge {
    /// `path` stands in the commands of hints only. `writers`: who holds the write lock now.
    static func judge(
        _ facts: DatabaseFacts, _ request: GateRequest, path: String,
        writers: LockHolders = LockHolders(processes: [])
    ) -> GateJudgement {
        let words = GateWords(facts: facts, request: request, path: path)
        if request.isMigrating || !facts.dirty.isEmpty { return words.dirty(writers) }
        if facts.found.count > 1, request.tool == nil { return words.ambiguous() }
        guard let tool = words.tool else {
            return facts.tableCount == 0 && facts.found.isEmpty
                ? words.fresh() : words.unmanaged()
        }
        if facts.appliedCount == 0 {
            return facts.tableCount == 0 ? words.fresh() : words.unbaselined(tool)
        }
        switch request.stated {
        case .notAsked:
            return words.match()
        case .nothing(let reason):
            return words.unstated(reason)
        case .latest(let id):
            return words.judgement(
                HistoryComparison(
                    applied: facts.applied, latest: id, pending: request.pending, tool: tool),
                tool)
        case .known(let ids):
            guard !ids.isEmpty else { return words.unstated("its list of migrations is empty") }
            return words.judgement(
                HistoryComparison(
                    applied: facts.applied, known: ids, pending: request.pending, tool: tool,
                    floor: facts.floor),
                tool)
        }
    }
}
