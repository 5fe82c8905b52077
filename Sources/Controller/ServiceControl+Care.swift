internal import Board
internal import Control
internal import Health
internal import Journal
internal import Kernel
internal import Settings
internal import SharedDatabase

/// What is done so that a database stays well: drills, statistics, left-over locks.
extension ServiceControl {
    /// Restores the newest backup beside the live database and looks at it.
    func drill(by caller: Caller) async throws(Problem) -> AsyncStream<Event> {
        _ = try backupSettings()
        let active = parts.route.active
        var request =
            await parts.targets(active)?.health.request ?? GateRequest(stated: .notAsked)
        // The clone is another file, and nobody migrates it.
        request.files = []
        request.isMigrating = false
        request.tool = parts.settings.database.flatMap(\.migrationTool)
        let order = DrillOrder(service: parts.name, gate: request)
        let operation = try await lock(.drill, by: caller)
        let parts = parts
        return await run(operation, by: caller, [], .drill) { () throws(WorkFailure) in
            let answer = try await parts.job(.drill(order)).answer { stage, done, total in
                await operation.tell(.drill, stage, done, total)
            }
            guard case .drilled(let finding) = answer else { throw .unexpected }
            let report = DrillReport(finding)
            guard finding.problems.isEmpty else {
                throw WorkFailure(
                    .manifest, "\(finding.file): " + finding.problems.joined(separator: "; "),
                    hint: "make another backup (bascule db backup), and look at the disk")
            }
            await parts.backups.drilled(.now)
            return (report.sentence(of: active), ["drill": EventLog.value(report)])
        }
    }

    /// Has SQLite look at the tables anew.
    func optimize(by caller: Caller) async throws(Problem) -> AsyncStream<Event> {
        _ = try sqlitePath()
        let operation = try await lock(.optimize, by: caller)
        let parts = parts
        return await run(operation, by: caller, [], .optimize) { () throws(WorkFailure) in
            try await parts.expectOneFile()
            let answer = try await parts.job(.optimize).answer { stage, done, total in
                await operation.tell(.optimize, stage, done, total)
            }
            guard case .optimized(let milliseconds, let free, let pages) = answer else {
                throw .unexpected
            }
            let share = pages > 0 ? free * 100 / pages : 0
            return (
                "the tables were looked at, in \(milliseconds) ms; \(share) % of the file is free",
                [
                    "took_ms": .integer(milliseconds), "free_pages": .integer(free),
                    "pages": .integer(pages),
                ]
            )
        }
    }

    /// Clears a left-over lock of EF Core's migrations.
    func clearLock(by caller: Caller) async throws(Problem) -> AsyncStream<Event> {
        _ = try sqlitePath()
        let order = await unlockOrder()
        let operation = try await lock(.unlock, by: caller)
        let parts = parts
        return await run(operation, by: caller, [], .unlock) { () throws(WorkFailure) in
            let answer = try await parts.job(.unlock(order)).answer { stage, done, total in
                await operation.tell(.unlock, stage, done, total)
            }
            guard case .unlocked(let age) = answer else { throw .unexpected }
            guard let age else {
                return ("there is no lock of EF Core's migrations: nothing changed", [:])
            }
            return (
                "the lock that was set \(age) s ago is cleared: an application starts again",
                ["age_seconds": .integer(age)]
            )
        }
    }

    /// A target that takes connections and is not healthy may be in the middle of its start.
    private func unlockOrder() async -> UnlockOrder {
        var order = UnlockOrder(healthyTargets: 0, starting: [])
        for targets in parts.allTargets {
            let health = await targets.probeAll(asksOutside: false)
            for target in health.targets {
                let name = "\(targets.color.name) at \(target.address)"
                guard let last = target.last, !last.answer.isPassed else {
                    order.healthyTargets += 1
                    if target.last?.statement.isMigrating == true {
                        order.starting.append("\(name) says that it is migrating")
                    }
                    continue
                }
                if last.answer.hasListener {
                    order.starting.append("\(name) is not healthy: \(last.answer.message)")
                }
            }
        }
        return order
    }
}

extension DatabaseSettings {
    /// The tool that the configuration names; nil: found by itself.
    var migrationTool: String? { migrations == .auto ? nil : migrations.rawValue }
}

/// A drill for the journal and for a person.
struct DrillReport: Codable, Sendable {
    let file: String
    let created: Timestamp?
    let ageSeconds: Int?
    let bytes: Int
    let restoreMilliseconds: Int
    let milliseconds: Int
    let verdict: String?
    let saw: String?

    init(_ finding: DrillFinding) {
        file = finding.file
        created = finding.created
        ageSeconds = finding.created.map { Int(Timestamp.now.milliseconds(since: $0) / 1_000) }
        bytes = finding.bytes
        restoreMilliseconds = finding.restoreMilliseconds
        milliseconds = finding.milliseconds
        verdict = finding.judgement?.verdict.rawValue
        saw = finding.judgement?.saw
    }

    private enum CodingKeys: String, CodingKey {
        case file, created, bytes, verdict, saw
        case ageSeconds = "age_seconds"
        case restoreMilliseconds = "restore_ms"
        case milliseconds = "took_ms"
    }

    /// `web-….db, 3600 s old, 40960 octets, is restored beside the live database in 12 ms and is
    /// what its manifest says; for blue: match`.
    func sentence(of color: Color) -> String {
        let age = ageSeconds.map { ", \($0) s old" } ?? ""
        let fit = verdict.map { "; for \(color.name): \($0)" } ?? ""
        return "\(file)\(age), \(bytes) octets, was restored beside the live database in "
            + "\(restoreMilliseconds) ms and is what its manifest says\(fit)"
    }
}
