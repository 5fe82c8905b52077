import Foundation
import Kernel
import Synchronization

/// Lets processes go on whenever they have stopped, until it is told to end.
final class Resumer: Sendable {
    private let isOver = Atomic(false)

    /// `pids` is asked anew each time.
    init(_ pids: @escaping @Sendable () -> [Int32]) {
        Thread {
            while !self.isOver.load(ordering: .relaxed) {
                for pid in pids() where ProcessFacts.isStopped(pid) {
                    ChildProcess.send(.resume, to: pid)
                }
                ThisProcess.pause(milliseconds: 2)
            }
        }.start()
    }

    func end() { isOver.store(true, ordering: .relaxed) }
}

extension ProcessFacts {
    /// A signal has stopped it.
    static func isStopped(_ pid: Int32) -> Bool {
        status(of: pid)["State"]?.hasPrefix("T") ?? false
    }
}
