/// Calls on sockets for code that is not on the way of a byte, and keeps octets in arrays.
extension Socket {
    /// Writes once; a closed peer is an error, not a signal. `octets` is not empty.
    public static func send(
        _ operation: StaticString, to socket: CInt, _ octets: ArraySlice<UInt8>
    ) -> Transfer {
        unsafe send(operation, to: socket, octets.span.bytes)
    }

    /// Reads once into the front of `buffer`, which is not empty.
    public static func receive(
        _ operation: StaticString, from socket: CInt, into buffer: inout [UInt8]
    ) -> Transfer {
        var octets = buffer.mutableSpan
        var room = unsafe octets.mutableBytes
        return receive(operation, from: socket, into: &room)
    }
}
