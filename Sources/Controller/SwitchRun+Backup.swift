internal import Control
internal import Switchover

/// The copy of the database before a hold.
extension SwitchRun {
    mutating func backup() async -> SwitchPlan.Action {
        await begin(.backup, "copies the database of \(parts.name)")
        await events.add(.backup, .passed, "no backup is made by this version")
        return plan.backedUp(at: elapsed)
    }
}
