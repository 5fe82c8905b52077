internal import Control
internal import Switchover

/// An operator who interrupts a deploy before its command.
extension DeployRun {
    /// Nobody is kept waiting for a command that will not be run; nil while it will be.
    mutating func givenUp(_ step: Step) async -> DeployPlan.Action? {
        guard let refusal = await lease.refusal else { return nil }
        tail.reason = refusal
        await events.add(step, .failed, refusal)
        return plan.givenUp()
    }
}
