internal import CKernel

/// A message, and the descriptor that came with it.
public struct PassedMessage: ~Copyable {
    public let octets: [UInt8]
    /// nil where none came with it.
    public var descriptor: Descriptor?
}

extension MessageChannel {
    /// Sends one message with a second copy of this descriptor, which the receiver owns.
    @discardableResult
    public func send(
        _ operation: StaticString, _ message: String, passing descriptor: borrowing Descriptor
    ) -> Transfer {
        if let injected = Faults.injected(operation) { return .failed(injected) }
        let octets = Array(message.utf8)
        precondition(octets.count <= Self.messageBytesMax, "a message is at most 64 KiB")
        // SAFETY: the array outlives the call, which keeps no pointer to it.
        return unsafe octets.withUnsafeBytes {
            unsafe Transfer(
                ck_send_passing(
                    self.descriptor.number, $0.baseAddress, $0.count, descriptor.number))
        }
    }

    /// The next message; nil when none waits, or when the other side is gone.
    public func receivePassed(_ operation: StaticString) -> PassedMessage? {
        if Faults.injected(operation) != nil { return nil }
        var octets = [UInt8](repeating: 0, count: Self.messageBytesMax)
        var passed: CInt = -1
        let socket = self.descriptor.number
        // SAFETY: at most the array's length is written, and one number, during the call.
        let count = unsafe octets.withUnsafeMutableBytes {
            unsafe ck_receive_passed(socket, $0.baseAddress, $0.count, &passed)
        }
        let descriptor: Descriptor? = passed >= 0 ? Descriptor(owning: passed) : nil
        guard count > 0 else { return nil }
        octets.removeLast(octets.count - count)
        return PassedMessage(octets: octets, descriptor: descriptor)
    }
}
