/// The sentences of the gate: what was seen, what was expected, and what repairs it.
struct GateWords {
    let facts: DatabaseFacts
    let request: GateRequest
    let path: String

    /// Names shown of a longer list; the rest is counted.
    static let namesMax = 5

    var tool: HistoryTool? { facts.tool.flatMap(HistoryTool.named) }

    var saw: String {
        guard let latest = facts.latest else { return "no migration applied" }
        return "\(Self.count(facts.appliedCount)) applied, the latest \(latest)"
    }

    var expected: String {
        switch request.stated {
        case .notAsked: "the target is not asked (no database.expect)"
        case .nothing: "the migrations that the target knows"
        case .latest(let id): "the latest to be \(id)"
        case .known(let ids):
            "exactly the \(Self.count(known(ids))) that the target knows"
                + (ids.last.map { ", the latest \($0)" } ?? "")
        }
    }

    /// How many there are; one that is stated twice is one.
    private func known(_ ids: [String]) -> Int {
        guard let tool else { return Set(ids).count }
        return Set(ids.map(tool.identifier)).count
    }

    func judgement(_ comparison: HistoryComparison, _ tool: HistoryTool) -> GateJudgement {
        switch comparison {
        case .match: match()
        case .behind(let missing): behind(missing, tool)
        case .outOfOrder(let late, let newest): outOfOrder(late, newest: newest, tool)
        case .ahead(let extra): ahead(extra, tool)
        case .diverged(let missing, let extra): diverged(missing, extra, tool)
        }
    }

    func match() -> GateJudgement { GateJudgement(.match, saw: saw, expected: expected) }

    func fresh() -> GateJudgement {
        GateJudgement(
            .fresh, saw: "an empty database", expected: expected,
            hint: "the first start of a color creates its tables; then run this command again")
    }

    private func behind(_ missing: [String], _ tool: HistoryTool) -> GateJudgement {
        GateJudgement(
            .databaseBehind, saw: saw, expected: "also \(Self.list(missing)), which is not applied",
            hint: "let the target apply its migrations (its start, or `\(tool.commands.migrate)`), "
                + "then run this command again")
    }

    private func ahead(_ extra: [String], _ tool: HistoryTool) -> GateJudgement {
        let start: String =
            switch tool.onNewer {
            case .starts(let how):
                "an application with \(tool.name) starts on a newer database: it \(how); "
            case .fails(let how):
                "an application with \(tool.name) does not start on a newer database: it \(how); "
            }
        return GateJudgement(
            .databaseAhead, saw: "\(saw); the target does not know \(Self.list(extra))",
            expected: "nothing that the target does not know",
            hint: start
                + "start a version of the target that knows these migrations; or, where its code "
                + "is known to work on the newer schema, take that on yourself: "
                + "--override migrations")
    }

    private func outOfOrder(
        _ late: [String], newest: String, _ tool: HistoryTool
    ) -> GateJudgement {
        GateJudgement(
            .outOfOrder, saw: "\(saw); not applied: \(Self.list(late))",
            expected: "new migrations to be newer than \(newest)",
            hint: "give the migration a new name that sorts last (after a merge, remove it and add "
                + "it again), then build the target anew")
    }

    private func diverged(
        _ missing: [String], _ extra: [String], _ tool: HistoryTool
    ) -> GateJudgement {
        let lacks = missing.isEmpty ? "" : "; not applied: \(Self.list(missing))"
        return GateJudgement(
            .diverged, saw: "\(saw); unknown to the target: \(Self.list(extra))\(lacks)",
            expected: expected,
            hint: "target and database come from different branches, or it is not the target's "
                + "database: check both, and the path \(path)" + orderHint(tool))
    }

    /// Two names alone do not say which is older where a tool's names have no order.
    private func orderHint(_ tool: HistoryTool) -> String {
        guard case .latest = request.stated, case .rowAndList = tool.order else { return "" }
        return "; \(tool.name) does not say which of two migrations is older: have the target "
            + "state all that it knows, `migrations`, oldest first"
    }

    func unstated(_ reason: String) -> GateJudgement {
        let latest = facts.latest ?? "<the newest it knows>"
        let names =
            "the newest that it knows, like \(latest) (better all, one a line, oldest first)"
        let (expected, remedy): (String, String) =
            switch request.source {
            case .header(let name):
                (
                    "the header `\(name)` in its health answer",
                    "have its health answer carry `\(name): \(latest)`"
                )
            case .file(let path): ("migrations in \(path)", "have \(path) hold \(names)")
            case .command(let program):
                (
                    "migrations in the output of \(program), which ends with 0",
                    "have \(program) print \(names), and end with 0"
                )
            case .healthField, nil:
                (
                    "`migration` or `migrations` where `database.expect` says",
                    "have its health answer be JSON with \"migration\": \"\(latest)\" (better "
                        + "\"migrations\", all that it knows, oldest first)"
                )
            }
        return GateJudgement(
            .unstated, saw: "the target states no migrations: \(reason)", expected: expected,
            hint: remedy + "; or have `database.expect` name another place; or remove "
                + "`database.expect`")
    }

    func ambiguous() -> GateJudgement {
        let tables = facts.found.compactMap { HistoryTool.named($0)?.table }
        return GateJudgement(
            .ambiguous,
            saw: "histories of \(facts.found.joined(separator: " and ")) "
                + "(\(tables.joined(separator: ", ")))",
            expected: "one tool's history",
            hint: "name the tool that the application uses: "
                + "`database: {migrations: \(facts.found.first ?? "efcore")}`")
    }

    func unmanaged() -> GateJudgement {
        let wanted = request.tool.flatMap(HistoryTool.named)
        let other =
            facts.found.isEmpty
            ? "no history of migrations"
            : "a history of \(facts.found.joined(separator: " and ")) alone"
        return GateJudgement(
            .unmanaged, saw: "\(Self.tables(facts.tableCount)) and \(other)",
            expected: wanted.map { "the table \($0.table) of \($0.name)" }
                ?? "the history of a migration tool, like \(HistoryTool.efcore.table)",
            hint: wanted.map {
                "record the migrations that made these tables as applied: "
                    + "`\($0.commands.baseline)`; or check `database.migrations` and the path "
                    + path
            }
                ?? "a database made by EnsureCreated() has no history: create a first migration "
                + "and record it as applied; or check the path \(path)")
    }

    func unbaselined(_ tool: HistoryTool) -> GateJudgement {
        GateJudgement(
            .unbaselined,
            saw: "\(Self.tables(facts.tableCount)), and \(tool.table) without a row",
            expected: expected,
            hint: "record the migrations that made these tables as applied: "
                + "`\(tool.commands.baseline)`")
    }

    static func list(_ ids: [String]) -> String {
        let shown = ids.prefix(namesMax).joined(separator: ", ")
        let rest = ids.count - namesMax
        return rest > 0 ? "\(shown) and \(rest) more" : shown
    }

    static func count(_ number: Int) -> String {
        number == 1 ? "1 migration" : "\(number) migrations"
    }

    private static func tables(_ number: Int) -> String {
        number == 1 ? "1 table" : "\(number) tables"
    }
}
