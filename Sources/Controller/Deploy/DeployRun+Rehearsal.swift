internal import Board
internal import Control
internal import Settings
internal import SharedDatabase
internal import Switchover

/// `--rehearse`, before anything is held.
extension DeployRun {
    /// What the new version does to the schema is known before anything is held: what the old code
    /// would not survive refuses here.
    mutating func rehearse() async -> DeployPlan.Action {
        await tail.begin(.rehearse, "starts the new version once against a copy")
        let events = events
        do throws(WorkFailure) {
            let result = try await Rehearsal(parts: parts).run(timeout: terms.commandTimeout) {
                stage, done, total in
                await events.add(
                    .rehearse, .progress, total > 0 ? "\(stage): \(done) of \(total)" : stage)
            }
            let check = result.check(
                for: from, accepts: Set(order.accepts), overrides: Set(order.overrides))
            guard check.state != .refused else {
                tail.reason = Preflight.sentence(check)
                tail.details = result.details.merging([
                    "checks": .array([EventLog.value(check)])
                ]) { $1 }
                await events.add(.rehearse, .failed, tail.reason, tail.details)
                copy?.giveUp()
                return plan.refused()
            }
            await events.add(.rehearse, .passed, result.sentence, result.details)
        } catch {
            copy?.giveUp()
            return await refused(.rehearse, error)
        }
        return plan.passed(at: elapsed)
    }
}
