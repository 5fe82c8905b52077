public import Bytes

/// Writes the chunked coding around pieces of content (RFC 9112 section 7.1): sizes of our own, no
/// extensions.
public enum ChunkWriter {
    /// What stands before a piece of `count` octets, which is more than 0.
    public static func begin(count: Int, into buffer: inout ByteBuffer) {
        precondition(count > 0, "a chunk of no octets would end the content")
        buffer.append(hexadecimal: UInt64(count))
        buffer.append("\r\n")
    }

    /// What stands after each piece.
    public static func end(into buffer: inout ByteBuffer) { buffer.append("\r\n") }

    /// A whole chunk, content copied.
    public static func write(_ piece: RawSpan, into buffer: inout ByteBuffer) {
        begin(count: piece.byteCount, into: &buffer)
        buffer.append(piece)
        end(into: &buffer)
    }

    /// The last chunk and the empty trailer section: only where the content's end is known good.
    public static func finish(into buffer: inout ByteBuffer) { buffer.append("0\r\n\r\n") }

    /// The last chunk, and of these trailer lines (`BodyReader.trailers`) those that may pass.
    public static func finish(trailers: RawSpan, into buffer: inout ByteBuffer) {
        buffer.append("0\r\n")
        TrailerWriter.write(trailers, into: &buffer)
        buffer.append("\r\n")
    }
}
