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

/// Handing an open file to another process, with nothing more to say.
public enum DescriptorPassing {
    /// Sends a copy of the descriptor as a message of its own, never waiting. Throws `wouldBlock`
    /// where the other side has not read earlier ones.
    public static func send(
        _ operation: StaticString, _ file: borrowing Descriptor, over channel: CInt
    ) throws(SystemError) {
        if let injected = Faults.injected(operation) { throw SystemError("\(operation)", injected) }
        var octet = UInt8(ascii: "d")
        // SAFETY: one octet is read during the call.
        let count = unsafe ck_send_passing(channel, &octet, 1, file.number)
        guard count == 1 else { throw SystemError("\(operation)", .current) }
    }

    /// The descriptor in the next message; nil when none waits or the message holds none.
    public static func receive(from channel: CInt) -> Descriptor? {
        var octet: UInt8 = 0
        var passed: CInt = -1
        // SAFETY: at most one octet is written, and one number, during the call.
        let count = unsafe ck_receive_passed(channel, &octet, 1, &passed)
        return count > 0 && passed >= 0 ? Descriptor(owning: passed) : nil
    }
}

extension Descriptor {
    /// From now on this number means the file of `other` too: whoever writes to it, on whichever
    /// thread, writes to the old file or to the new one, never to none.
    public func become(
        _ operation: StaticString, _ other: consuming Descriptor
    ) throws(SystemError) {
        guard ck_duplicate(other.number, number) >= 0 else {
            throw SystemError("\(operation)", .current)
        }
    }
}
