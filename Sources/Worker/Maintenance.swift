import Board
import Bytes
import Exchange
import HTTP
import Kernel

/// What clients are told while a service is under maintenance.
extension Worker {
    /// Where nobody said when a maintenance ends: often enough to notice its end, seldom enough to
    /// be no load.
    private static let retryAfterSeconds: UInt64 = 30
    /// What a deploy left behind is settled in seconds, or by a person.
    private static let migratingSeconds: UInt32 = 5

    /// The answer for a reason, in the operator's words where there are any.
    func ownAnswer(_ reason: Reason, _ handle: Handle) -> OwnAnswer {
        if reason == .migrating {
            return OwnAnswer(reason, retryAfterSeconds: Self.migratingSeconds)
        }
        guard reason == .maintenance else { return OwnAnswer(reason) }
        let service = clients[handle].exchange.service
        let end = core.board.deadline(service)
        let seconds =
            end == .never
            ? Self.retryAfterSeconds : end.nanoseconds(since: core.now) / 1_000_000_000 + 1
        return OwnAnswer(
            reason, retryAfterSeconds: UInt32(clamping: min(seconds, 86_400)),
            message: core.board.notice(service))
    }
}
