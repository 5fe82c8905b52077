internal import Foundation
internal import Synchronization

/// How many connections of a listener are open, for the thread that accepts them.
final class OpenConnections: Sendable {
    private struct Counts {
        var open = 0
        var isClosed = false
    }

    /// How often a thread without room looks again.
    private static let lookSeconds = 0.05

    private let most: Int
    private let counts = Mutex(Counts())

    init(max: Int) { most = max }

    func enter() { counts.withLock { $0.open += 1 } }

    func leave() { counts.withLock { $0.open -= 1 } }

    /// Nobody takes connections any more.
    func close() { counts.withLock { $0.isClosed = true } }

    /// Waits until one more may be accepted; false once it is closed.
    func waitForRoom() -> Bool {
        while true {
            let counts = counts.withLock { $0 }
            if counts.isClosed { return false }
            if counts.open < most { return true }
            Thread.sleep(forTimeInterval: Self.lookSeconds)
        }
    }
}
