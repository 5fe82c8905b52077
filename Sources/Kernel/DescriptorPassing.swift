internal import CKernel
internal import Glibc

/// Handing an open file to another process (unix(7), SCM_RIGHTS).
public enum DescriptorPassing {
    /// Sends a copy of the descriptor as a message of its own, never waiting. Throws `wouldBlock`
    /// where the other side has not read earlier ones.
    public static func send(
        _ operation: StaticString, _ file: borrowing Descriptor, over channel: CInt
    ) throws(SystemError) {
        if let injected = Faults.injected(operation) { throw SystemError("\(operation)", injected) }
        let failure = ck_send_descriptor(channel, file.number)
        guard failure == 0 else { throw SystemError("\(operation)", Errno(rawValue: failure)) }
    }

    /// The descriptor in the next message; nil when none waits or the message holds none.
    public static func receive(from channel: CInt) -> Descriptor? {
        let number = ck_receive_descriptor(channel)
        return number >= 0 ? Descriptor(owning: number) : nil
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
