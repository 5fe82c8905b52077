internal import Synchronization

/// How many requests are being answered now.
final class Traffic: Sendable {
    private let count = Mutex(0)

    var now: Int { count.withLock { $0 } }

    func began() { count.withLock { $0 += 1 } }
    func ended() { count.withLock { $0 -= 1 } }
}
