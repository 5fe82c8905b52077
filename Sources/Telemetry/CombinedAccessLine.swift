internal import Bytes
internal import HTTP

/// `client - - [time] "request line" status bytes "referer" "user agent"`.
enum CombinedAccessLine {
    static func write(
        _ record: AccessRecord, _ octets: RawSpan, most: Int, into buffer: inout ByteBuffer
    ) {
        record.client.write(into: &buffer)
        buffer.append(" - - [")
        LogTime(record.time).writeCommon(into: &buffer)
        buffer.append("] \"")
        writeLine(record, octets, most: most, into: &buffer)
        buffer.append("\" ")
        buffer.append(digits: UInt64(clamping: record.status), 3)
        buffer.append(" ")
        buffer.append(decimal: record.responseBytes)
        buffer.append(" \"")
        buffer.append(combined: octets[record.head.referer], most: most)
        buffer.append("\" \"")
        buffer.append(combined: octets[record.head.userAgent], most: most)
        buffer.append("\"\n")
    }

    private static func writeLine(
        _ record: AccessRecord, _ octets: RawSpan, most: Int, into buffer: inout ByteBuffer
    ) {
        let head = record.head
        guard !head.method.isEmpty else {
            return buffer.append(combined: octets[head.line], most: most)
        }
        buffer.append(combined: octets[head.method], most: most)
        buffer.append(" ")
        if head.absoluteTarget.isEmpty {
            buffer.append(combined: octets[head.target], most: most)
        } else {
            buffer.append(combined: head.absoluteTarget.span.octets, most: most)
        }
        buffer.append(" ")
        if record.isHTTP2 {
            buffer.append(AccessRecord.versionOfHTTP2)
        } else {
            buffer.append(combined: octets[head.version], most: most)
        }
    }
}
