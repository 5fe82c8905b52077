import Bytes
import Kernel

/// Which connections may have run out of time, found without looking at the others.
///
/// A wheel of buckets, one a tick. Nobody is ever taken out: a connection notes the tick under
/// which it stands (`Timer.tick`), and an entry that is met under another tick is old. A deadline
/// that moves later costs nothing: when the entry comes up, the connection is put in again.
struct DeadlineWheel: ~Copyable {
    /// A connection's deadline, and where it stands on the wheel.
    struct Timer {
        var deadline = Instant.never
        /// `.max`: it stands nowhere.
        var tick = UInt64.max
    }

    /// Deadlines are met up to this much late: a good deal finer than any of the time-outs, and
    /// rare enough to cost an idle worker nothing that could be measured.
    static let tickNanoseconds: UInt64 = 32_000_000
    /// Two minutes; later deadlines come up early and are put in again.
    private static let buckets = 4_096

    private var wheel: [[Handle]] = .init(repeating: [], count: buckets)
    /// Every tick before this one has been met.
    private var next: UInt64
    private(set) var count = 0

    init(now: Instant) { next = now.nanoseconds / Self.tickNanoseconds }

    /// Sets a deadline. Only one that is earlier than the connection's entry needs a new entry.
    @inline(__always)
    mutating func set(_ timer: inout Timer, to deadline: Instant, for handle: Handle) {
        timer.deadline = deadline
        if Self.tick(of: deadline) < timer.tick { enter(&timer, handle) }
    }

    /// Puts a connection in under its deadline.
    mutating func enter(_ timer: inout Timer, _ handle: Handle) {
        guard timer.deadline != .never else {
            timer.tick = .max
            return
        }
        // Within one turn of the wheel.
        timer.tick = min(
            max(Self.tick(of: timer.deadline), next), next + UInt64(Self.buckets) - 1)
        wheel[Int(timer.tick % UInt64(Self.buckets))].append(handle)
        count += 1
    }

    /// The first tick that begins after the deadline, so that it is never met early.
    private static func tick(of deadline: Instant) -> UInt64 {
        deadline.nanoseconds / tickNanoseconds + 1
    }

    /// Moves to now. Gives out everybody whose entry has come up, with the tick it stood under.
    mutating func advance(to now: Instant, into due: inout [(Handle, UInt64)]) {
        let end = now.nanoseconds / Self.tickNanoseconds
        // An empty wheel may have stood still for days.
        if count == 0 { next = max(next, end) }
        // After a stop of the process every tick is met all the same, for an entry is known by it:
        // a day of them takes a few milliseconds.
        while next <= end {
            let bucket = Int(next % UInt64(Self.buckets))
            if !wheel[bucket].isEmpty {
                for handle in wheel[bucket] { due.append((handle, next)) }
                count -= wheel[bucket].count
                wheel[bucket].removeAll(keepingCapacity: true)
            }
            next += 1
        }
    }
}
