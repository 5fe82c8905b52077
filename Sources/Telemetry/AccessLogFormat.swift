public import Bytes

/// How the access log writes a request: one line, whatever the peers sent.
public enum AccessLogFormat: Sendable {
    case json
    /// Apache's combined form, which has no room for more than it says.
    case combined

    /// So much of one text of a peer is written to a file: five of them stay within one message to
    /// whoever writes (64 KiB).
    static let textBytesMax = 8_192
    /// And so much where a line has to stay within `lineBytesMax`.
    static let shortTextBytesMax = 560

    /// Writes the line with its end. `octets` is what `record.head` points into. A line longer than
    /// `lineBytesMax` is written again with shorter texts.
    public func write(
        _ record: AccessRecord, _ octets: RawSpan, lineBytesMax: Int, into buffer: inout ByteBuffer
    ) {
        let start = buffer.count
        write(record, octets, most: Self.textBytesMax, into: &buffer)
        guard buffer.count - start > lineBytesMax else { return }
        buffer.truncate(to: start)
        write(record, octets, most: Self.shortTextBytesMax, into: &buffer)
    }

    private func write(
        _ record: AccessRecord, _ octets: RawSpan, most: Int, into buffer: inout ByteBuffer
    ) {
        switch self {
        case .json: JSONAccessLine.write(record, octets, most: most, into: &buffer)
        case .combined: CombinedAccessLine.write(record, octets, most: most, into: &buffer)
        }
    }
}
