internal import Foundation
public import Kernel
internal import Synchronization

/// A load that runs: creates transactions with unique ids over keep-alive connections, reads each
/// one back, and remembers what every request got.
///
/// It is the project's own so that it can say id by id what was acknowledged, and by whom. A
/// request that fails is reported with why, and never sent again.
public final class Load: Sendable {
    /// What there is to see while it runs.
    public struct Progress: Sendable {
        public var requests = 0
        public var failed = 0
        /// Answers by color, those that nobody signed under the empty name.
        public var answers: [String: Int] = [:]
    }

    private let finishing: EventCounter
    private let shared = Mutex(Progress())
    private let result = Mutex<LoadReport?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the load on a thread of its own.
    public init(_ plan: LoadPlan) throws(SystemError) {
        finishing = try EventCounter("load.finish")
        // Before the thread, so that what cannot be set up is thrown here.
        let loop = try LoadLoop(plan)
        start(loop)
    }

    private func start(_ loop: consuming sending LoadLoop) {
        let box = Mutex<LoadLoop?>(consume loop)
        Thread.detachNewThread { [self] in
            guard let loop = box.withLock({ $0.take() }) else { return }
            let report = loop.run(until: finishing) { record in
                shared.withLock {
                    $0.requests += 1
                    if !record.isAcknowledged { $0.failed += 1 }
                    if record.status != 0 { $0.answers[record.color, default: 0] += 1 }
                }
            }
            result.withLock { $0 = report }
            ended.signal()
        }
    }

    public var progress: Progress { shared.withLock { $0 } }

    /// Starts no more requests, waits for the answers on their way (at most 15 s), and returns
    /// what happened. Blocks the calling thread; call it once.
    public func finish() -> LoadReport {
        finishing.signal()
        return wait()
    }

    /// Waits until the requests of the plan are used up. Blocks the calling thread.
    public func wait() -> LoadReport {
        ended.wait()
        guard let report = result.withLock({ $0 }) else {
            preconditionFailure("the load signals after it has set its result")
        }
        // For a second caller.
        ended.signal()
        return report
    }
}
