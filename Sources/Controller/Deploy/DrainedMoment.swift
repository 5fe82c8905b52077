internal import Control
internal import Kernel
internal import Logging
internal import Settings
internal import SharedDatabase

/// The copy of the moment before a deploy's command, in a process of its own that is started
/// before the hold.
struct DrainedMoment {
    struct Made {
        let copy: BackupStep.Made
        /// Who has written since; nil where nobody has.
        let writers: String?
    }

    private let job: DatabaseJob
    private let parts: ServiceParts

    init(
        _ parts: ServiceParts, _ backup: BackupSettings, operation: String
    ) async throws(WorkFailure) {
        let order = await parts.order(.drained, backup, operation: operation)
        self.parts = parts
        job = try parts.job(.moment(order))
    }

    /// Nothing may write any more through the door: pins, copies, verifies, and looks whether
    /// somebody has written all the same.
    func take(
        until end: Instant, _ told: @Sendable (String, Int, Int) async -> Void
    ) async throws(WorkFailure) -> Made {
        let job = job
        let clock = Task {
            await sleep(Instant.now < end ? end.duration(since: .now) : .zero)
            if !Task.isCancelled { job.close() }
        }
        defer { clock.cancel() }
        try job.say(.pin)
        guard case .pinned = try await job.answer(told) else { throw .unexpected }
        try job.say(.copy(streams: 0))
        let copy = try await BackupStep.made(job, parts, told)
        await parts.backups.made(copy.manifest)
        try job.say(.compare)
        guard case .compared(let writers) = try await job.answer(told) else { throw .unexpected }
        return Made(copy: copy, writers: writers)
    }

    /// For the answer to one question.
    private static let answerTime = Duration.seconds(10)

    /// Whether nobody at all has written since the moment; nil where that cannot be said.
    func isPresent() async -> Bool? {
        let job = job
        let clock = Task {
            await sleep(Self.answerTime)
            if !Task.isCancelled { job.close() }
        }
        defer { clock.cancel() }
        do throws(WorkFailure) {
            try job.say(.compare)
            guard case .compared(let writers) = try await job.answer() else { return nil }
            return writers == nil
        } catch {
            parts.logger.warning("\(parts.name): the moment cannot be compared: \(error.message)")
            return nil
        }
    }

    /// Not needed any more.
    func giveUp() { job.close() }
}
