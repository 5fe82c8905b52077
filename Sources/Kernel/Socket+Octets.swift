/// The same calls on arrays, for those who do not count microseconds.
extension Socket {
    /// Writes once, from this offset on.
    public static func send(
        _ operation: StaticString, to socket: CInt, _ octets: [UInt8], from offset: Int = 0
    ) -> Transfer {
        // SAFETY: every bit pattern is a UInt8, so the octets may be seen raw.
        let bytes = unsafe octets.span.bytes
        return send(operation, to: socket, bytes.extracting(offset..<octets.count))
    }

    /// What one read did, with the octets of `moved`.
    public struct Received: Sendable {
        public let transfer: Transfer
        public let octets: [UInt8]
    }

    /// Reads once, at most so many octets.
    public static func receive(
        _ operation: StaticString, from socket: CInt, bytesMax: Int
    ) -> Received {
        var octets = [UInt8](repeating: 0, count: bytesMax)
        var span = octets.mutableSpan
        // SAFETY: every bit pattern is a UInt8, so the kernel may write any octets.
        var room = unsafe span.mutableBytes
        let transfer = receive(operation, from: socket, into: &room)
        guard case .moved(let count) = transfer else {
            return Received(transfer: transfer, octets: [])
        }
        octets.removeLast(bytesMax - count)
        return Received(transfer: transfer, octets: octets)
    }
}
