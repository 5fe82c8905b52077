internal import Glibc

/// Whole messages over a SOCK_SEQPACKET socket (unix(7)), for a process that may wait.
public enum Message {
    /// The next message, at most `bytesMax` octets; nil when the peer has closed.
    ///
    /// Throws `timedOut` at the deadline, `messageTooLong` for a longer one, which is gone then.
    public static func receive(
        _ operation: StaticString, from socket: CInt, bytesMax: Int, until deadline: Instant
    ) throws(SystemError) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: bytesMax)
        while true {
            if let injected = Faults.injected(operation) {
                throw SystemError("\(operation)", injected)
            }
            // SAFETY: the kernel writes at most the buffer's length, and the call keeps nothing.
            // MSG_TRUNC: the message's own length, although only the buffer's is stored.
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe recv(
                    socket, $0.baseAddress, $0.count, CInt(MSG_TRUNC) | CInt(MSG_DONTWAIT))
            }
            if count == 0 { return nil }
            if count > bytesMax { throw SystemError("\(operation)", .messageTooLong) }
            if count > 0 {
                buffer.removeLast(bytesMax - count)
                return buffer
            }
            try wait(operation, socket, CShort(POLLIN), deadline)
        }
    }

    /// Sends one message whole. Throws `timedOut` when the peer takes none until the deadline.
    public static func send(
        _ operation: StaticString, to socket: CInt, _ message: [UInt8], until deadline: Instant
    ) throws(SystemError) {
        precondition(!message.isEmpty, "an empty message would look like the end")
        while true {
            if let injected = Faults.injected(operation) {
                throw SystemError("\(operation)", injected)
            }
            let count = unsafe message.withUnsafeBytes {
                unsafe Glibc.send(
                    socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
            }
            if count == message.count { return }
            try wait(operation, socket, CShort(POLLOUT), deadline)
        }
    }

    /// After a call that failed: returns when it is worth another try, throws when it is not.
    private static func wait(
        _ operation: StaticString, _ socket: CInt, _ events: CShort, _ deadline: Instant
    ) throws(SystemError) {
        let code = Errno.current
        if code == .interrupted { return }
        guard code == .wouldBlock else { throw SystemError("\(operation)", code) }
        let left = deadline.nanoseconds(since: .now)
        guard left > 0 else { throw SystemError("\(operation)", .timedOut) }
        var entry = pollfd(fd: socket, events: events, revents: 0)
        // Rounded up, so that the last wait does not spin.
        _ = unsafe poll(&entry, 1, CInt(clamping: left / 1_000_000 + 1))
    }
}

extension Errno {
    public static let timedOut = Errno(rawValue: ETIMEDOUT)
}
