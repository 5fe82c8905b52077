internal import Glibc

/// Waiting for a single descriptor, on a thread that has nothing else to do: poll(2). Whoever
/// waits for many uses a `Poller`.
public enum Waiting {
    public enum For: Sendable {
        case readable
        case writable
    }

    /// True once it is ready or broken, false at the deadline.
    public static func wait(
        _ what: For, of descriptor: CInt, until deadline: Instant
    ) -> Bool {
        while true {
            let left = deadline.nanoseconds(since: .now)
            // Rounded up, so that it never spins through the last millisecond.
            let milliseconds = CInt(clamping: left / 1_000_000 + (left % 1_000_000 > 0 ? 1 : 0))
            var entry = pollfd(
                fd: descriptor, events: Int16(what.events), revents: 0)
            // SAFETY: one entry is given and one is counted; the kernel writes it during the call.
            let result = unsafe poll(&entry, 1, milliseconds)
            if result > 0 { return true }
            // A signal ends a wait early; an error of the call itself is the next call's to report.
            if result < 0 && Errno.current != .interrupted { return true }
            if deadline <= .now { return false }
        }
    }
}

extension Waiting.For {
    fileprivate var events: CInt {
        switch self {
        case .readable: CInt(POLLIN)
        case .writable: CInt(POLLOUT)
        }
    }
}
