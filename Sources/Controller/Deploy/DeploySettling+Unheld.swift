internal import Kernel
internal import SharedDatabase
internal import Switchover

/// After a deploy that held nothing (`--hold none`).
extension DeploySettling {
    /// The color that serves writes all the time, so that neither the write lock nor a commit says
    /// anything: only the schema tells what the command has done, once it stays the same.
    func settleUnheld(until end: Instant) async -> Result {
        var facts: DatabaseFacts
        do throws(WorkFailure) {
            facts = try await Self.look(parts, 0, limit: .zero).facts
            while true {
                await sleep(.milliseconds(Self.quietMilliseconds))
                let now = try await Self.look(parts, 0, limit: .zero).facts
                let isSame =
                    now.fingerprint == facts.fingerprint && now.applied == facts.applied
                    && now.dirty == facts.dirty
                facts = now
                if isSame || Instant.now >= end { break }
            }
        } catch {
            return await closed("the database could not be looked at: \(error.message)")
        }
        return Self.isUnchanged(facts, since: moment) ? await settleRows() : await takeBack(facts)
    }
}
