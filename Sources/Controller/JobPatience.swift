internal import Kernel
internal import SharedDatabase
internal import Synchronization

/// How long a job may be silent while somebody waits for it, or after it was told to end.
///
/// What a job has to do has no bound: a database may be of any size. But one that is at work says
/// something every second, and one that stands still would keep its service locked for ever.
final class JobPatience: Sendable {
    /// Twice what a job waits for a lock of others at the most (`lockMillisecondsMax`), which is
    /// the longest that it may have nothing to do.
    static let silenceNanoseconds: UInt64 = 60_000_000_000
    /// A process that was killed is gone at once, unless the kernel keeps it for a disk's sake.
    static let killNanoseconds: UInt64 = 5_000_000_000
    private static let lookNanoseconds: UInt64 = 1_000_000_000

    enum Verdict: Hashable {
        case waits
        /// Its time is over.
        case kills
        /// It was killed and is not gone.
        case gaveUp
    }

    private struct State {
        var isAwaited = false
        var isClosed = false
        var heard = Instant.now
        var killed: Instant?
    }

    private let state = Mutex(State())

    /// Somebody waits from now on.
    func begin() {
        state.withLock {
            $0.isAwaited = true
            $0.heard = .now
        }
    }

    func end() { state.withLock { $0.isAwaited = false } }

    /// It is told to end, and has so long to do so.
    func close() {
        state.withLock {
            $0.isClosed = true
            $0.heard = .now
        }
    }

    func heard() { state.withLock { $0.heard = .now } }

    var nextLook: Instant { .now.advanced(byNanoseconds: Self.lookNanoseconds) }
    var hasKilled: Bool { state.withLock { $0.killed != nil } }

    func look(at now: Instant) -> Verdict {
        state.withLock { state in
            if let killed = state.killed {
                return now.nanoseconds(since: killed) < Self.killNanoseconds ? .waits : .gaveUp
            }
            guard state.isAwaited || state.isClosed,
                now.nanoseconds(since: state.heard) >= Self.silenceNanoseconds
            else { return .waits }
            state.killed = now
            return .kills
        }
    }
}

extension WorkFailure {
    /// Of a job that stood still.
    static func silent(isGone: Bool) -> WorkFailure {
        let seconds = JobPatience.silenceNanoseconds / 1_000_000_000
        return WorkFailure(
            .died,
            "its process stood still for \(seconds) s and "
                + (isGone ? "was killed" : "could not be killed"),
            hint: "look at the disks and the load of this machine; then try again")
    }
}
