internal import Foundation
internal import Synchronization

/// Work that goes on beside the caller's, on a thread of its own: what reads a whole copy keeps a
/// core busy for as long as the copying took, and more than one such thing is done with it.
final class SideWork<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let end = DispatchSemaphore(value: 0)

    init(_ work: @escaping @Sendable () throws -> Value) {
        Thread.detachNewThread { [self] in
            let made = Result { try work() }
            result.withLock { $0 = made }
            end.signal()
        }
    }

    /// Waits for its end; called once.
    func value() throws -> Value {
        end.wait()
        guard let made = result.withLock({ $0 }) else { preconditionFailure("it has not ended") }
        return try made.get()
    }
}
