public import Bytes
public import HTTP

/// Writes an answer's head for the client, anew from validated values.
public enum AnswerWriter {
    /// How the content goes to this client: what `write` states in the head. `untilClose` where
    /// only the connection's end can end it (HTTP/1.0 without a length), or a stream's end does
    /// (HTTP/2).
    public static func framing(_ head: ResponseHead, _ context: AnswerContext) -> BodyFraming {
        switch head.framing {
        case .none: .none
        case .length(let count): .length(count)
        case .chunked, .untilClose: context.clientVersion == .http11 ? .chunked : .untilClose
        }
    }

    /// Whether trailers that come with the answer's content reach this client: it came in chunks,
    /// and goes on so, or in HTTP/2.
    public static func passesTrailers(_ head: ResponseHead, _ context: AnswerContext) -> Bool {
        head.passesTrailers
            && (framing(head, context) == .chunked || context.clientVersion == .http2)
    }

    /// Whether the client's connection can go on after this answer.
    public static func keepsConnection(_ head: ResponseHead, _ context: AnswerContext) -> Bool {
        switch context.clientVersion {
        // The connection is not the request's to end.
        case .http2: true
        case .http11: context.keepsConnection && framing(head, context) != .untilClose
        case .http10: false
        }
    }

    /// `bytes` are the octets that `head` and `fields` point into. A 1xx for an HTTP/1.0 client is
    /// left out (RFC 9110 section 15.2). Look at `hasOverflowed` of the buffer afterwards.
    public static func write(
        _ head: ResponseHead, _ fields: borrowing FieldTable, _ bytes: RawSpan,
        _ context: AnswerContext, into buffer: inout ByteBuffer
    ) {
        if head.status.isInterim, context.clientVersion == .http10 { return }
        buffer.append("HTTP/1.1 ")
        buffer.append(decimal: UInt64(head.status.rawValue))
        buffer.append(" ")
        buffer.append(bytes[head.phrase])
        buffer.append("\r\n")
        for index in 0..<fields.count {
            let field = fields[index]
            guard !field.isDropped else { continue }
            switch HeaderRules.fateInAnswer(field.known) {
            case .passes: break
            case .passesWithTrailers:
                guard passesTrailers(head, context) else { continue }
            case .dropped, .passesIfTrusted: continue
            }
            RequestWriter.write(field, bytes, into: &buffer)
        }
        writeFraming(head, context, into: &buffer)
        writeOwn(head, context, into: &buffer)
        buffer.append("\r\n")
    }

    /// `HTTP/1.1 100 Continue`, where Bascule asks for the content itself.
    public static func writeContinue(into buffer: inout ByteBuffer) {
        buffer.append("HTTP/1.1 100 Continue\r\n\r\n")
    }

    private static func writeFraming(
        _ head: ResponseHead, _ context: AnswerContext, into buffer: inout ByteBuffer
    ) {
        switch framing(head, context) {
        case .none:
            // To HEAD and with 304 the length is that of a GET; 1xx and 204 have none at all
            // (RFC 9110 section 8.6).
            if let length = head.statedLength, !head.status.isInterim, head.status != .noContent {
                writeLength(length, into: &buffer)
            }
        case .length(let count): writeLength(count, into: &buffer)
        case .chunked: buffer.append("Transfer-Encoding: chunked\r\n")
        case .untilClose: break
        }
    }

    private static func writeOwn(
        _ head: ResponseHead, _ context: AnswerContext, into buffer: inout ByteBuffer
    ) {
        if head.status == .switchingProtocols {
            buffer.append("Connection: Upgrade\r\nUpgrade: websocket\r\n")
        }
        guard !head.status.isInterim else { return }
        writeConnection(keepsConnection(head, context), into: &buffer)
        if !head.hasDate { writeDate(context.date, into: &buffer) }
        writeStrictTransport(context, into: &buffer)
        if let color = context.color {
            buffer.append("X-Bascule-Color: ")
            buffer.append(color)
            buffer.append("\r\n")
        }
    }

    static func writeLength(_ count: UInt64, into buffer: inout ByteBuffer) {
        buffer.append("Content-Length: ")
        buffer.append(decimal: count)
        buffer.append("\r\n")
    }

    /// Only over TLS, for a browser believes it nowhere else (RFC 6797 section 7.2).
    static func writeStrictTransport(_ context: AnswerContext, into buffer: inout ByteBuffer) {
        guard context.strictTransportSeconds > 0 else { return }
        buffer.append("Strict-Transport-Security: max-age=")
        buffer.append(decimal: context.strictTransportSeconds)
        buffer.append("\r\n")
    }

    static func writeDate(_ date: DateStamp, into buffer: inout ByteBuffer) {
        buffer.append("Date: ")
        date.write(into: &buffer)
        buffer.append("\r\n")
    }

    /// That it goes on is what HTTP/1.1 takes for granted (RFC 9112 section 9.3).
    static func writeConnection(_ keeps: Bool, into buffer: inout ByteBuffer) {
        if !keeps { buffer.append("Connection: close\r\n") }
    }
}
