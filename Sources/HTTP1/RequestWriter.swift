public import Bytes
public import HTTP

/// Writes a request head for the app, anew from validated values.
public enum RequestWriter {
    /// `bytes` are the octets that `head` and `fields` point into. Look at `hasOverflowed` of the
    /// buffer afterwards.
    public static func write(
        _ head: RequestHead, _ fields: borrowing FieldTable, _ bytes: RawSpan,
        _ context: ForwardingContext, into buffer: inout ByteBuffer
    ) {
        writeLine(head, bytes, into: &buffer)
        let kept = writeFields(head, fields, bytes, context, into: &buffer)
        writeFraming(head, context, into: &buffer)
        writeForwarded(head, fields, bytes, context, kept, into: &buffer)
        buffer.append("\r\n")
    }

    private static func writeLine(
        _ head: RequestHead, _ bytes: RawSpan, into buffer: inout ByteBuffer
    ) {
        buffer.append(bytes[head.methodName])
        if head.isAsterisk {
            buffer.append(" *")
        } else {
            buffer.append(head.path.isEmpty ? " /" : " ")
            buffer.append(bytes[head.path])
            buffer.append(bytes[head.query])
        }
        buffer.append(" HTTP/1.1\r\nHost: ")
        buffer.append(bytes[head.authority])
        buffer.append("\r\n")
    }

    /// Which of the fields that a trusted peer may say were passed on as it said them.
    private struct Kept {
        var proto = false
        var host = false
        var realIP = false
    }

    private static func writeFields(
        _ head: RequestHead, _ fields: borrowing FieldTable, _ bytes: RawSpan,
        _ context: ForwardingContext, into buffer: inout ByteBuffer
    ) -> Kept {
        var kept = Kept()
        for index in 0..<fields.count {
            let field = fields[index]
            if field.isDropped || (field.known == .maxForwards && head.maxForwards != nil) {
                continue
            }
            switch HeaderRules.fateInRequest(field.known) {
            case .dropped: continue
            case .passesIfTrusted:
                guard context.isTrustedPeer else { continue }
                if field.known == .xForwardedProto { kept.proto = true }
                if field.known == .xForwardedHost { kept.host = true }
                if field.known == .xRealIP { kept.realIP = true }
            case .passesWithTrailers:
                guard context.framing == .chunked, head.passesTrailers else { continue }
            case .passes: break
            }
            write(field, bytes, into: &buffer)
        }
        return kept
    }

    private static func writeFraming(
        _ head: RequestHead, _ context: ForwardingContext, into buffer: inout ByteBuffer
    ) {
        switch context.framing {
        case .none:
            if head.method.anticipatesContent { buffer.append("Content-Length: 0\r\n") }
        case .length(let count):
            buffer.append("Content-Length: ")
            buffer.append(decimal: count)
            buffer.append("\r\n")
        case .chunked, .untilClose:
            buffer.append("Transfer-Encoding: chunked\r\n")
        }
        if context.forwardsExpect, head.expectsContinue {
            buffer.append("Expect: 100-continue\r\n")
        }
        if head.upgrade == .websocket {
            buffer.append("Connection: Upgrade\r\nUpgrade: websocket\r\n")
        }
        if let hops = head.maxForwards, hops > 0 {
            buffer.append("Max-Forwards: ")
            buffer.append(decimal: UInt64(hops - 1))
            buffer.append("\r\n")
        }
    }

    private static func writeForwarded(
        _ head: RequestHead, _ fields: borrowing FieldTable, _ bytes: RawSpan,
        _ context: ForwardingContext, _ kept: Kept, into buffer: inout ByteBuffer
    ) {
        buffer.append("X-Forwarded-For: ")
        if context.isTrustedPeer { join(.xForwardedFor, fields, bytes, into: &buffer) }
        context.peer.write(into: &buffer)
        if !kept.realIP {
            buffer.append("\r\nX-Real-IP: ")
            context.peer.write(into: &buffer)
        }
        if !kept.proto {
            buffer.append("\r\nX-Forwarded-Proto: ")
            buffer.append(context.scheme.name)
        }
        if !kept.host, !head.authority.isEmpty {
            buffer.append("\r\nX-Forwarded-Host: ")
            buffer.append(bytes[head.authority])
        }
        buffer.append("\r\nX-Request-ID: ")
        if head.requestID.isEmpty {
            RequestID.write(context.requestID, into: &buffer)
        } else {
            buffer.append(bytes[head.requestID])
        }
        buffer.append("\r\nX-Request-Start: t=")
        buffer.append(decimal: context.nowMilliseconds)
        buffer.append("\r\nVia: ")
        join(.via, fields, bytes, into: &buffer)
        switch head.version {
        case .http10: buffer.append("1.0 bascule\r\n")
        case .http11: buffer.append("1.1 bascule\r\n")
        case .http2: buffer.append("2.0 bascule\r\n")
        }
    }

    /// The values of all fields of a name, in order, each with `, ` after it.
    private static func join(
        _ name: FieldName, _ fields: borrowing FieldTable, _ bytes: RawSpan,
        into buffer: inout ByteBuffer
    ) {
        for index in 0..<fields.count {
            let field = fields[index]
            guard field.known == name, !field.isDropped, !field.value.isEmpty else { continue }
            buffer.append(bytes[field.value])
            buffer.append(", ")
        }
    }

    /// `Name: value`, as every field is written. Where it came in these very octets, which is what
    /// nearly every peer sends, they are copied with one call.
    @inline(__always)
    static func write(_ field: Field, _ bytes: RawSpan, into buffer: inout ByteBuffer) {
        let colon = field.name.upperBound
        if field.value.lowerBound == colon &+ 2, bytes[octet: colon] == UInt8(ascii: ":"),
            bytes[octet: colon &+ 1] == 0x20
        {
            buffer.append(bytes.extracting(field.name.lowerBound..<field.value.upperBound))
        } else {
            buffer.append(bytes[field.name])
            buffer.append(": ")
            buffer.append(bytes[field.value])
        }
        buffer.append("\r\n")
    }
}
