extension Gate {
    /// What the gate would say of a database with these facts, without reading one: of a backup
    /// before it is restored. `path` stands in hints only.
    public static func judge(
        _ facts: DatabaseFacts, stated: MigrationStatement, path: String
    ) -> GateJudgement {
        GateJudge.judge(facts, GateRequest(stated: stated), path: path)
    }
}
