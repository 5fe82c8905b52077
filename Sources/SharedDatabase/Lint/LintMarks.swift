/// What statements did to the tables of the migration tool, which no comparison of schemas looks
/// at: the gate does, and would refuse what a lint let pass.
enum LintMarks {
    static func findings(
        from before: DatabaseFacts, to after: DatabaseFacts
    ) -> [SchemaFinding] {
        let known = before.dirty.map { [$0.kind.rawValue, $0.name] }
        let left = after.dirty.filter { !known.contains([$0.kind.rawValue, $0.name]) }
        return left.map(finding) + history(before, after)
    }

    private static func finding(_ marker: DirtyMarker) -> SchemaFinding {
        SchemaFinding(
            .breaks, .leftHalfDone, [marker.name],
            "left is \(GateWords.describe(marker)): the gate says dirty, and refuses")
    }

    /// Copies of a schema alone have no rows, before as after.
    private static func history(
        _ before: DatabaseFacts, _ after: DatabaseFacts
    ) -> [SchemaFinding] {
        before.found.compactMap { name in
            let table = HistoryTool.named(name)?.table ?? name
            if !after.found.contains(name) {
                return SchemaFinding(
                    .breaks, .historyLost, [table],
                    "\(table), the history of \(name), is gone: nobody can say any more which "
                        + "migrations are applied, and \(name) would apply all of them again")
            }
            guard name == before.tool, before.appliedCount > 0, after.appliedCount == 0 else {
                return nil
            }
            return SchemaFinding(
                .breaks, .historyLost, [table],
                "\(table), the history of \(name), is empty: \(name) would apply all migrations "
                    + "again")
        }
    }
}
