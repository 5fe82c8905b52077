public import Bytes
public import HTTP

/// Writes the answers that Bascule makes itself, head and content.
public enum OwnAnswerWriter {
    /// `isHTML` where the request's head was read and says `acceptsHTML`. To HEAD goes no content.
    public static func write(
        _ answer: OwnAnswer, isHTML: Bool, _ context: AnswerContext,
        into buffer: inout ByteBuffer
    ) {
        // The length stands before the content, so the content is written apart first.
        var content = ByteBuffer()
        answer.writeContent(isHTML: isHTML, into: &content)
        buffer.append("HTTP/1.1 ")
        buffer.append(decimal: UInt64(answer.status.rawValue))
        buffer.append(" ")
        buffer.append(answer.status.phrase)
        buffer.append("\r\nServer: bascule\r\nX-Bascule-Reason: ")
        buffer.append(answer.reason.word)
        buffer.append("\r\nContent-Type: ")
        buffer.append(OwnAnswer.contentType(isHTML: isHTML))
        buffer.append("\r\nCache-Control: no-store\r\n")
        AnswerWriter.writeLength(UInt64(content.count), into: &buffer)
        AnswerWriter.writeDate(context.date, into: &buffer)
        AnswerWriter.writeStrictTransport(context, into: &buffer)
        if answer.status == .unavailable {
            buffer.append("Retry-After: ")
            buffer.append(decimal: UInt64(answer.retryAfterSeconds))
            buffer.append("\r\n")
        }
        AnswerWriter.writeConnection(context.keepsConnection, into: &buffer)
        buffer.append("\r\n")
        if context.method != .head { buffer.append(content.bytes) }
    }

    /// A 308 to the same host and target under https; `port` is left out where it is 443. `bytes`
    /// are the octets that `head` points into.
    public static func writeRedirect(
        _ head: RequestHead, _ bytes: RawSpan, port: UInt16, _ context: AnswerContext,
        into buffer: inout ByteBuffer
    ) {
        buffer.append("HTTP/1.1 308 Permanent Redirect\r\nServer: bascule\r\n")
        buffer.append("X-Bascule-Reason: redirect\r\nLocation: https://")
        buffer.append(bytes[head.host])
        if port != 443 {
            buffer.append(":")
            buffer.append(decimal: UInt64(port))
        }
        if head.path.isEmpty || head.isAsterisk { buffer.append("/") }
        if !head.isAsterisk { buffer.append(bytes[head.path]) }
        buffer.append(bytes[head.query])
        buffer.append("\r\nContent-Length: 0\r\n")
        AnswerWriter.writeDate(context.date, into: &buffer)
        AnswerWriter.writeConnection(context.keepsConnection, into: &buffer)
        buffer.append("\r\n")
    }

    /// The answer to OPTIONS whose Max-Forwards is 0 (RFC 9110 section 7.6.2): what any app may
    /// allow.
    public static func writeOptions(_ context: AnswerContext, into buffer: inout ByteBuffer) {
        buffer.append("HTTP/1.1 204 No Content\r\nServer: bascule\r\nAllow: ")
        buffer.append("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n")
        AnswerWriter.writeDate(context.date, into: &buffer)
        AnswerWriter.writeConnection(context.keepsConnection, into: &buffer)
        buffer.append("\r\n")
    }
}
