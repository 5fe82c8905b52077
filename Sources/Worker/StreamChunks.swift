import Bytes
import HTTP1

/// Writes what a stream sends in chunks, small pieces that wait together in one.
///
/// A client that sends an octet a frame would otherwise have six octets kept for each, and windows
/// count its own alone.
struct StreamChunks {
    /// Octets of content in the chunk that was written last, and of the whole chunk.
    private var content = 0
    private var whole = 0

    /// In chunks of so many octets what is around them weighs little.
    private static let joinedMax = 512
    private static let endCount = 2

    /// Behind the chunk of before, or into it while nothing of that has been taken away.
    mutating func write(_ piece: RawSpan, into input: inout ByteBuffer) {
        let isJoined =
            whole > 0 && input.count >= whole && content + piece.byteCount <= Self.joinedMax
        let before = isJoined ? last(of: input) : []
        if isJoined { input.truncate(to: input.count - whole) }
        content = before.count + piece.byteCount
        let start = input.count
        ChunkWriter.begin(count: content, into: &input)
        input.append(before.span.octets)
        input.append(piece)
        ChunkWriter.end(into: &input)
        whole = input.count - start
    }

    private func last(of input: borrowing ByteBuffer) -> [UInt8] {
        let octets = input.bytes
        let end = input.count - Self.endCount
        return (end - content..<end).map { octets[octet: $0] }
    }
}
