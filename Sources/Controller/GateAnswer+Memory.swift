internal import SharedDatabase

extension GateAnswer {
    /// The same with what was recorded for its migrations: another fingerprint is `drift`.
    func remembering(_ memory: SchemaMemory?) async -> GateAnswer {
        guard let memory, verdict == .match, let facts = database,
            facts.applied.count == facts.appliedCount,
            let recorded = await memory.fingerprint(of: facts.applied),
            recorded != facts.fingerprint
        else { return self }
        return drift(recorded: recorded)
    }
}
