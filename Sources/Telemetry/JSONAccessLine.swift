internal import Bytes
internal import HTTP
internal import Kernel

/// One JSON object a line, always with the same fields in the same order.
enum JSONAccessLine {
    static func write(
        _ record: AccessRecord, _ octets: RawSpan, most: Int, into buffer: inout ByteBuffer
    ) {
        buffer.append("{\"")
        buffer.append(AccessField.time)
        buffer.append("\":\"")
        LogTime(record.time).writeRFC3339(into: &buffer)
        buffer.append("\"")
        key(AccessField.client, into: &buffer)
        buffer.append("\"")
        record.client.write(into: &buffer)
        buffer.append("\"")
        writeRequest(record, octets, most: most, into: &buffer)
        writeAnswer(record, into: &buffer)
        writeUpstream(record, into: &buffer)
        text(AccessField.referer, octets[record.head.referer], most: most, into: &buffer)
        text(AccessField.userAgent, octets[record.head.userAgent], most: most, into: &buffer)
        text(AccessField.requestID, octets[record.head.requestID], most: most, into: &buffer)
        buffer.append("}\n")
    }

    private static func writeRequest(
        _ record: AccessRecord, _ octets: RawSpan, most: Int, into buffer: inout ByteBuffer
    ) {
        let head = record.head
        text(AccessField.method, octets[head.method], most: most, into: &buffer)
        if !head.absoluteTarget.isEmpty {
            text(AccessField.target, head.absoluteTarget.span.octets, most: most, into: &buffer)
        } else {
            // Of what is no request all that came of its first line.
            let target = head.method.isEmpty ? head.line : head.target
            text(AccessField.target, octets[target], most: most, into: &buffer)
        }
        if record.isHTTP2 {
            word(AccessField.version, AccessRecord.versionOfHTTP2, into: &buffer)
        } else {
            text(AccessField.version, octets[head.version], most: most, into: &buffer)
        }
        word(AccessField.scheme, record.scheme.name, into: &buffer)
        text(AccessField.host, octets[head.host], most: most, into: &buffer)
    }

    private static func writeAnswer(_ record: AccessRecord, into buffer: inout ByteBuffer) {
        number(AccessField.status, UInt64(clamping: record.status), into: &buffer)
        number(AccessField.requestBytes, record.requestBytes, into: &buffer)
        number(AccessField.responseBytes, record.responseBytes, into: &buffer)
        time(AccessField.duration, record.duration, into: &buffer)
        word(AccessField.reason, record.reasonWord, into: &buffer)
        key(AccessField.isComplete, into: &buffer)
        buffer.append(record.ending == .complete ? "true" : "false")
    }

    private static func writeUpstream(_ record: AccessRecord, into buffer: inout ByteBuffer) {
        key(AccessField.service, into: &buffer)
        if let service = record.service {
            // A service's name has nothing in it that JSON escapes.
            buffer.append("\"")
            buffer.append(utf8: service)
            buffer.append("\"")
        } else {
            buffer.append("null")
        }
        word(AccessField.color, record.color, into: &buffer)
        key(AccessField.upstream, into: &buffer)
        if let upstream = record.upstream {
            buffer.append("\"")
            buffer.append(address: upstream)
            buffer.append("\"")
        } else {
            buffer.append("null")
        }
        time(AccessField.connectTime, record.connectTime, into: &buffer)
        time(AccessField.headTime, record.headTime, into: &buffer)
        time(AccessField.upstreamTime, record.upstreamTime, into: &buffer)
        time(AccessField.held, record.held, into: &buffer)
        number(AccessField.retries, UInt64(clamping: record.retries), into: &buffer)
    }

    // MARK: One field

    private static func key(_ name: StaticString, into buffer: inout ByteBuffer) {
        buffer.append(",\"")
        buffer.append(name)
        buffer.append("\":")
    }

    private static func text(
        _ name: StaticString, _ value: RawSpan, most: Int, into buffer: inout ByteBuffer
    ) {
        key(name, into: &buffer)
        guard value.byteCount > 0 else { return buffer.append("null") }
        buffer.append("\"")
        buffer.append(json: value, most: most)
        buffer.append("\"")
    }

    private static func word(
        _ name: StaticString, _ value: StaticString?, into buffer: inout ByteBuffer
    ) {
        key(name, into: &buffer)
        guard let value else { return buffer.append("null") }
        buffer.append("\"")
        buffer.append(value)
        buffer.append("\"")
    }

    private static func number(
        _ name: StaticString, _ value: UInt64, into buffer: inout ByteBuffer
    ) {
        key(name, into: &buffer)
        buffer.append(decimal: value)
    }

    private static func time(
        _ name: StaticString, _ nanoseconds: UInt64?, into buffer: inout ByteBuffer
    ) {
        key(name, into: &buffer)
        guard let nanoseconds else { return buffer.append("null") }
        buffer.append(milliseconds: nanoseconds)
    }
}

extension ByteBuffer {
    /// An address as the configuration writes targets.
    fileprivate mutating func append(address: SocketAddress) {
        switch address {
        case .ipv4(let number, let port):
            PeerAddress.ipv4(number).write(into: &self)
            append(":")
            append(decimal: UInt64(port))
        case .ipv6(let high, let low, let port):
            append("[")
            PeerAddress.ipv6(high, low).write(into: &self)
            append("]:")
            append(decimal: UInt64(port))
        case .unix(let path):
            append("unix:")
            append(json: path.utf8Span.span.octets, most: 4 * SocketAddress.unixPathBytesMax)
        }
    }
}
