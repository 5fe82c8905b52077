import Foundation
import Kernel
import Synchronization

/// Lets a process go on whenever it has stopped, until it is told to end.
final class Resumer: Sendable {
    private let isOver = Atomic(false)

    init(_ pid: Int32) {
        Thread {
            while !self.isOver.load(ordering: .relaxed) {
                if ProcessFacts.isStopped(pid) { ChildProcess.send(.resume, to: pid) }
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
