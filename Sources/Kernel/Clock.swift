internal import Glibc

/// Time that only goes forward: CLOCK_MONOTONIC, the same in every process of one boot, so that
/// a deadline on the board means the same moment to all of them.
public struct Instant: Comparable, Hashable, Sendable {
    /// Since some moment before boot.
    public let nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Later than every moment that is reached.
    public static let never = Instant(nanoseconds: .max)

    public static var now: Instant { Instant(nanoseconds: readClock(CLOCK_MONOTONIC)) }

    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// `never` where the sum cannot be represented.
    public func advanced(byNanoseconds count: UInt64) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(count)
        return overflow ? .never : Instant(nanoseconds: sum)
    }

    /// Nanoseconds since an earlier moment, 0 where it is not earlier.
    public func nanoseconds(since earlier: Instant) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
    }
}

/// The time of day, which may jump: for people and headers, never for deadlines.
public enum WallClock {
    /// Milliseconds since 1970-01-01 00:00 UTC.
    public static var milliseconds: UInt64 { readClock(CLOCK_REALTIME) / 1_000_000 }
}

func readClock(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    // SAFETY: the kernel writes one timespec during the call and keeps no pointer to it.
    _ = unsafe clock_gettime(clock, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}
