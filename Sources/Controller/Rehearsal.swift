internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Settings
internal import SharedDatabase

/// Starts the new version once against a clone of the shared database, for whoever is about to let
/// it migrate the live one.
struct Rehearsal: Sendable {
    let parts: ServiceParts

    /// What came of it.
    struct Result: Sendable {
        /// The worst first.
        let changes: [SchemaDifference.Change]
        /// Migrations that it applied.
        let applied: [String]
        let report: Report

        /// The worst of the changes.
        var verdict: SchemaFinding.Verdict { changes.map(\.verdict).max() ?? .safe }

        var details: [String: JSONValue] { ["rehearsal": EventLog.value(report)] }

        /// `2 migrations in 813 ms; 1 change: table-added:budgets (safe)`.
        var sentence: String {
            let count = applied.count == 1 ? "1 migration" : "\(applied.count) migrations"
            let did = applied.isEmpty ? "no new migration recorded" : count
            let list = changes.isEmpty ? "no change" : SchemaDifference.list(changes)
            return "the rehearsal ended well: \(did), in \(report.milliseconds) ms; \(list)"
        }
    }

    /// For the journal.
    struct Report: Codable, Sendable {
        let verdict: String
        let applied: [String]
        let from: String
        let to: String
        let findings: [CheckFinding]
        let tablesTried: Int
        let rowsTried: Int
        let milliseconds: Int

        private enum CodingKeys: String, CodingKey {
            case verdict, applied, from, to, findings
            case tablesTried = "tables_tried"
            case rowsTried = "rows_tried"
            case milliseconds = "took_ms"
        }
    }

    /// Whether there is anything to start: without it `--rehearse` is wrong usage.
    static func isConfigured(_ settings: ServiceSettings) -> Bool {
        settings.database?.rehearse.isEmpty == false
    }

    /// Runs it to its end. `told` hears of the progress: stage, done, total.
    ///
    /// Throws `refused` where the program fails, does not end in time, or leaves something half
    /// done; a verdict of `warn` or `break` is no failure, `check` says what it means.
    func run(
        timeout: Duration, _ told: @Sendable (String, Int, Int) async -> Void
    ) async throws(WorkFailure) -> Result {
        let order = RehearsalOrder(
            service: parts.name,
            milliseconds: Int(clamping: timeout.wholeNanoseconds / 1_000_000),
            tool: parts.settings.database?.migrationTool)
        let job = try parts.job(.rehearse(order))
        guard case .rehearsed(let finding) = try await job.answer(told) else {
            throw .unexpected
        }
        await certify(finding)
        let known = Set(finding.before.applied)
        let changes = finding.findings.map(SchemaDifference.Change.init)
        let active = parts.route.active
        let report = Report(
            verdict: finding.findings.verdict.rawValue,
            applied: finding.after.applied.filter { !known.contains($0) },
            from: finding.before.fingerprint, to: finding.after.fingerprint,
            findings: SchemaDifference.changes(changes).findings(of: active, accepts: nil),
            tablesTried: finding.tablesTried, rowsTried: finding.rowsTried,
            milliseconds: finding.milliseconds)
        return Result(changes: changes, applied: report.applied, report: report)
    }

    /// What the color that serves would meet: a way back asks this later, not a person.
    private func certify(_ finding: RehearsalFinding) async {
        let active = parts.route.active
        let statement = await parts.targets(active)?.health.statement ?? .notAsked
        await parts.schema.certify(
            statement, of: active, from: finding.before.fingerprint, finding.after,
            finding.findings)
    }
}

extension Rehearsal.Result {
    /// The check `schema` of what is about to happen, for code of the color that serves.
    func check(
        for color: Color, accepts: Set<String>, overrides: Set<CheckName>
    ) -> Check {
        let difference = SchemaDifference.changes(changes)
        let open = difference.doubtful.filter { !accepts.contains($0.id) }
        var check = Check(
            name: .schema, state: .passed, verdict: verdict.rawValue, saw: sentence,
            findings: difference.findings(of: color, accepts: accepts))
        if !difference.breaking.isEmpty || !open.isEmpty {
            check.state = overrides.contains(.schema) ? .skipped : .refused
            check.expected = "only changes that code of \(color.name) survives"
            check.hint =
                difference.breaking.isEmpty
                ? "where the code of \(color.name) lives with it: "
                    + open.map { "--accept \($0.id)" }.joined(separator: " ")
                : "where the code of \(color.name) is known to live with it: --override schema"
        }
        return check
    }
}

extension ServiceControl {
    /// A rehearsal by itself: what a deploy would do before anything is held.
    func rehearse(_ body: RehearseBody, by caller: Caller) async throws(Problem)
        -> AsyncStream<Event>
    {
        _ = try backupSettings()
        guard Rehearsal.isConfigured(parts.settings) else {
            throw Problem(
                .badRequest, "\(parts.name) has no database.rehearse",
                hint: "set services.\(parts.name).database.rehearse to what starts the new version")
        }
        let operation = try await lock(.rehearse, by: caller)
        let (parts, active) = (parts, parts.route.active)
        let accepts = Set(body.accept ?? [])
        let overrides = body.override ?? []
        return await run(operation, by: caller, overrides, .rehearse) { () throws(WorkFailure) in
            let result = try await Rehearsal(parts: parts).run(
                timeout: parts.settings.deploy.timeout.duration
            ) { stage, done, total in await operation.tell(.rehearse, stage, done, total) }
            let check = result.check(for: active, accepts: accepts, overrides: Set(overrides))
            guard check.state != .refused else {
                let failure = WorkFailure(
                    .refused, Preflight.sentence(check), hint: check.hint ?? "")
                await operation.events.add(
                    .rehearse, .failed, failure.message,
                    result.details.merging(["checks": .array([EventLog.value(check)])]) { $1 })
                throw failure
            }
            return (result.sentence, result.details)
        }
    }
}
