internal import Board
internal import Control
internal import Settings
internal import SharedDatabase

extension ServiceControl {
    /// Tries statements on a copy of the shared database. No operation: it takes no lock, changes
    /// nothing, and may go on beside a switch.
    func lint(_ body: LintBody) async throws(Problem) -> LintAnswer {
        _ = try sqlitePath()
        let bytes = body.sql.utf8.count
        guard bytes <= LintBody.sqlBytesMax else {
            throw Problem(
                .badRequest,
                "sql: found \(bytes) octets, expected at most \(LintBody.sqlBytesMax)")
        }
        do throws(WorkFailure) {
            let job = try await parts.largeJob(.lint(LintOrder(sql: body.sql)))
            guard case .linted(let found) = try await job.answer() else { throw .unexpected }
            return answer(body, found)
        } catch {
            throw error.problem
        }
    }

    private func answer(_ body: LintBody, _ found: LintFinding) -> LintAnswer {
        let verdict = found.problem == nil ? found.findings.verdict : nil
        let color = parts.route.active
        return LintAnswer(
            service: parts.name, file: body.file, passed: verdict.map { $0 != .breaks } ?? false,
            verdict: verdict?.rawValue, copy: found.copy, statements: found.statements,
            findings: found.findings.map {
                CheckFinding(
                    color: color, id: $0.id, verdict: $0.verdict.rawValue, message: $0.sentence,
                    remedy: $0.remedy.isEmpty ? nil : $0.remedy)
            }, more: found.count - found.findings.count, problem: found.problem)
    }

    /// The shared database; throws where the service has none.
    func sqlitePath() throws(Problem) -> String {
        guard case .sqlite(let path) = parts.settings.database?.engine else {
            throw Problem(
                .refused, "\(parts.name) has no SQLite database",
                hint: "set services.\(parts.name).database.sqlite")
        }
        return path
    }
}
