/// One end of a socket pair that keeps message boundaries; never waits.
public struct MessageChannel: ~Copyable, Sendable {
    /// A message is at most this long, so that it fits the kernel's default send buffer.
    public static let messageBytesMax = 64 * 1024

    public let descriptor: Descriptor

    public init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Sends one message. `wouldBlock` where the other side has not read earlier ones.
    @discardableResult
    public func send(_ operation: StaticString, _ message: String) -> Transfer {
        send(operation, Array(message.utf8))
    }

    @discardableResult
    public func send(_ operation: StaticString, _ message: [UInt8]) -> Transfer {
        precondition(message.count <= Self.messageBytesMax, "a message is at most 64 KiB")
        return unsafe Socket.send(operation, to: descriptor.number, message.span.bytes)
    }

    /// The next message; nil when none waits, or when the other side is gone.
    public func receive(_ operation: StaticString) -> [UInt8]? {
        var message = [UInt8](repeating: 0, count: Self.messageBytesMax)
        var octets = message.mutableSpan
        // SAFETY: every octet is a UInt8, so any bytes that are received make valid elements.
        var room = unsafe octets.mutableBytes
        guard
            case .moved(let count) = Socket.receive(
                operation, from: descriptor.number, into: &room)
        else { return nil }
        message.removeLast(message.count - count)
        return message
    }
}
