internal import Journal
internal import SharedDatabase

extension GateAnswer {
    /// An empty database that was seen with something in it has lost that: says so. `seen`: the
    /// last that was.
    func losing(_ seen: JournalRecord.Sighting?) -> GateAnswer {
        guard verdict == .fresh, let seen else { return self }
        let had =
            seen.applied.last.map {
                (seen.applied.count == 1
                    ? "it had 1 migration" : "it had \(seen.applied.count) migrations")
                    + " applied, the latest \($0)"
            } ?? "it had tables"
        return GateAnswer(
            GateJudgement(
                .fresh, saw: "an empty database; when it was last seen \(had)",
                expected: "what was in it then",
                hint: "somebody has emptied it, or another file is in its place: check the path "
                    + "and the mounts; bascule db restore FILE brings a backup back (bascule db "
                    + "backups lists them); where it is to begin anew: --override migrations"),
            database: database, file: file)
    }

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
