import Kernel

/// When a role that died is started again: at once, but from the sixth death in ten seconds on
/// only after a pause that doubles, so that a role which cannot live does not eat the machine.
struct RestartPolicy: Sendable {
    /// Five deaths may be bad luck, or somebody at work with kill.
    static let deathsAtOnceMax = 5
    static let windowNanoseconds: UInt64 = 10_000_000_000
    static let firstPauseNanoseconds: UInt64 = 500_000_000
    static let pauseNanosecondsMax: UInt64 = 8_000_000_000

    enum Decision: Equatable {
        case atOnce
        case after(nanoseconds: UInt64)
    }

    private var deaths: [Instant] = []
    private var pause = firstPauseNanoseconds

    mutating func died(at now: Instant) -> Decision {
        deaths.removeAll { now.nanoseconds(since: $0) > Self.windowNanoseconds }
        deaths.append(now)
        guard deaths.count > Self.deathsAtOnceMax else {
            pause = Self.firstPauseNanoseconds
            return .atOnce
        }
        // Paused deaths are further apart than the window, at last; the row goes on all the same.
        deaths.removeFirst()
        defer { pause = min(pause * 2, Self.pauseNanosecondsMax) }
        return .after(nanoseconds: pause)
    }
}
