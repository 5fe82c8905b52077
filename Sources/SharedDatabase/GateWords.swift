/// The sentences of the gate: what was seen, what was expected, and what repairs it.
struct GateWords {
    let facts: DatabaseFacts
    let stated: MigrationStatement
    let path: String

    /// Names shown of a longer list; the rest is counted.
    static let namesMax = 5

    var saw: String {
        guard let latest = facts.latest else { return "no migration applied" }
        return "\(Self.count(facts.appliedCount)) applied, the latest \(latest)"
    }

    var expected: String {
        switch stated {
        case .notAsked: "the target is not asked"
        case .nothing: "the migrations that the target knows"
        case .latest(let id): "the latest to be \(id)"
        case .known(let ids): "exactly the \(Self.count(ids.count)) that the target knows"
        }
    }

    func match() -> GateJudgement { GateJudgement(.match, saw: saw, expected: expected) }

    func fresh() -> GateJudgement {
        GateJudgement(
            .fresh, saw: "an empty database", expected: expected,
            hint: "the first start of a color creates its tables; then run this command again")
    }

    func behind(_ missing: [String]) -> GateJudgement {
        GateJudgement(
            .databaseBehind, saw: saw, expected: "also \(Self.list(missing)), which is not applied",
            hint:
                "let the target apply its migrations (its start, or `dotnet ef database update`), "
                + "then run this command again")
    }

    func ahead(_ extra: [String]) -> GateJudgement {
        GateJudgement(
            .databaseAhead, saw: "\(saw); the target does not know \(Self.list(extra))",
            expected: "nothing that the target does not know",
            hint:
                "start a version of the target that knows these migrations; or, where its code is "
                + "known to work on the newer schema, take that on yourself: --override migrations")
    }

    func outOfOrder(_ late: [String], newest: String) -> GateJudgement {
        GateJudgement(
            .outOfOrder, saw: "\(saw); not applied: \(Self.list(late))",
            expected: "new migrations to be newer than \(newest)",
            hint: "give the migration a new timestamp (remove it and add it again after a merge), "
                + "then build the target anew")
    }

    func diverged(missing: [String], extra: [String]) -> GateJudgement {
        let lacks = missing.isEmpty ? "" : "; not applied: \(Self.list(missing))"
        return GateJudgement(
            .diverged, saw: "\(saw); unknown to the target: \(Self.list(extra))\(lacks)",
            expected: expected,
            hint: "target and database come from different branches, or it is not the target's "
                + "database: check both, and the path \(path)")
    }

    func unstated(_ reason: String) -> GateJudgement {
        GateJudgement(
            .unstated, saw: "the target states no migrations: \(reason)",
            expected: "`migration` or `migrations` where `database.expect` says",
            hint: "have the target state them, or remove `database.expect`")
    }

    func unmanaged() -> GateJudgement {
        GateJudgement(
            .unmanaged, saw: "\(facts.tableCount) tables and no history of migrations",
            expected: "a table \(Bookkeeping.efHistory)",
            hint: "a database made by EnsureCreated() has no history: create a first migration and "
                + "record it as applied; or check the path \(path)")
    }

    func unbaselined() -> GateJudgement {
        GateJudgement(
            .unbaselined,
            saw: "\(facts.tableCount) tables, and \(Bookkeeping.efHistory) without a row",
            expected: expected,
            hint: "record the migrations that made these tables: INSERT INTO "
                + "\"\(Bookkeeping.efHistory)\" VALUES ('<id>', '<version>')")
    }

    func dirty() -> GateJudgement {
        GateJudgement(
            .dirty, saw: facts.dirty.map(Self.describe).joined(separator: "; "),
            expected: "no migration running, and none left half done", hint: dirtyHint)
    }

    private var dirtyHint: String {
        let file = "'" + path.replacing("'", with: "'\\''") + "'"
        let kinds = Set(facts.dirty.map(\.kind))
        if kinds.contains(.rebuildTable) {
            return "when no color is starting, a rebuild was cut: compare the table with its "
                + "original (sqlite3 \(file) .schema), keep the complete one, drop the other"
        }
        return "wait for the migration that runs; when no color is starting, clear what is left: "
            + "sqlite3 \(file) 'DELETE FROM \"\(Bookkeeping.efLock)\"'"
    }

    private static func describe(_ marker: DirtyMarker) -> String {
        let age = marker.ageSeconds.map { ", set \($0) s ago" } ?? ""
        switch marker.kind {
        case .lockRow: return "a row in \(marker.name)\(age)"
        case .rebuildTable: return "a table \(marker.name) of a rebuild that has not ended"
        }
    }

    static func list(_ ids: [String]) -> String {
        let shown = ids.prefix(namesMax).joined(separator: ", ")
        let rest = ids.count - namesMax
        return rest > 0 ? "\(shown) and \(rest) more" : shown
    }

    static func count(_ number: Int) -> String {
        number == 1 ? "1 migration" : "\(number) migrations"
    }
}
