internal import CKernel

/// A thread beside a loop that never waits, for the one thing that can make it wait: writing to a
/// file, whose disk may be slow, full or gone, and for which no poller says when it is ready.
///
/// It shares no Swift value with the loop that started it, only descriptors: the loop hands it
/// messages over a socket pair, and drops them when that is full.
public enum Companion {
    /// Deep enough for a few frames of ours, as it is taken for as long as the process lives.
    private static let stackBytes = 256 * 1024

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts it; it ends with `body`, or with the process. It inherits the signals that are
    /// blocked.
    public static func start(
        _ operation: StaticString, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        if let injected = Faults.injected(operation) { throw SystemError("\(operation)", injected) }
        // SAFETY: the work is retained here and released by the thread that runs it, or below where
        // there will be no thread.
        let work = unsafe Unmanaged.passRetained(Work(body))
        let failure = unsafe ck_start_thread(
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, work.toOpaque(), stackBytes)
        guard failure == 0 else {
            unsafe work.release()
            throw SystemError("\(operation)", Errno(rawValue: failure))
        }
    }
}
