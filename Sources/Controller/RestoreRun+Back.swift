internal import Board
internal import Control
internal import Kernel
internal import SharedDatabase

/// A restore that comes to nothing after its commit.
extension RestoreRun {
    /// Not what somebody has written into since: then it stays what was restored.
    func takeBack(
        _ job: DatabaseJob, _ safety: String, because reason: String
    ) async throws(WorkFailure) {
        do throws(WorkFailure) {
            try job.say(.undo)
            guard case .undone = try await job.answer(tell) else { throw .unexpected }
        } catch {
            let goesOn =
                isSwitch
                ? "`bascule switch \(parts.name) \(terms.color.name)` goes on with what was "
                    + "restored, " : ""
            throw WorkFailure(
                error.kind == .died ? .died : .broken, "\(reason); \(error.message)",
                hint: isOffline
                    ? ""
                    : goesOn + "`bascule db restore \(safety) \(parts.name)` takes back what was "
                        + "before, without what was written since")
        }
        throw WorkFailure(.refused, "\(reason); the database is again as it was")
    }

    /// The color that serves may have the database that another was to have. A maintenance goes
    /// on, and is followed by that.
    func closeWrites() async {
        let from = terms.from
        let parts = parts
        let word = parts.changeRoute { word in
            guard word.active == from else { return nil }
            guard word.phase != .maintenance else {
                return word.next(phase: .maintenance, active: from, endsClosed: true)
            }
            parts.board.setDeadline(parts.index, .now)
            return word.next(phase: .heldWrites, active: from, endsClosed: true)
        }
        if word != nil { await parts.remember(isClosed: true, active: from) }
    }
}
