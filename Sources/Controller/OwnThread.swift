internal import Dispatch
internal import Foundation
internal import Synchronization

/// Work that waits in a system call (a resolver, a disk, a probe) gets a thread of its own: the few
/// threads of Swift's pool never wait, or a slow disk would stop the drain of another service.
///
/// A thread that is done waits a while for more, since a new one costs a switch and every probe as
/// much as the work itself. There are as many as there is work at once, and none waits for another.
enum OwnThread {
    typealias Work = @Sendable () -> Void

    /// Longer than it is between two probes, as they are by default.
    private static let patience = DispatchTimeInterval.seconds(5)

    /// A thread without work.
    private final class Idle: Sendable {
        private let work = Mutex<Work?>(nil)
        private let told = DispatchSemaphore(value: 0)

        func give(_ next: @escaping Work) {
            work.withLock { $0 = next }
            told.signal()
        }

        /// nil where nothing came in time.
        func wait(until end: DispatchTime) -> Work? {
            guard told.wait(timeout: end) == .success else { return nil }
            return work.withLock { $0.take() }
        }
    }

    /// The one that was busy last is at the end.
    private static let idle = Mutex<[Idle]>([])

    static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            start { continuation.resume(returning: work()) }
        }
    }

    private static func start(_ work: @escaping Work) {
        if let thread = idle.withLock({ $0.popLast() }) {
            thread.give(work)
        } else {
            Thread.detachNewThread { serve(work) }
        }
    }

    private static func serve(_ first: Work) {
        first()
        while let work = next() { work() }
    }

    private static func next() -> Work? {
        let thread = Idle()
        idle.withLock { $0.append(thread) }
        if let work = thread.wait(until: .now() + patience) { return work }
        let isForgotten = idle.withLock { threads in
            guard let place = threads.firstIndex(where: { $0 === thread }) else { return false }
            threads.remove(at: place)
            return true
        }
        // Else it was chosen in this very moment, and its work is on the way.
        return isForgotten ? nil : thread.wait(until: .distantFuture)
    }
}

/// First come, first served: one task at a time between `take` and `give`.
actor Turn {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        guard isTaken else {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func give() {
        if waiting.isEmpty {
            isTaken = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
