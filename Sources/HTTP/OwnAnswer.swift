public import Bytes

/// An answer that Bascule makes itself: what happened, and when to try again.
public struct OwnAnswer: Sendable {
    public var reason: Reason
    public var status: Status
    /// More than the reason's own sentence says, without anything a peer sent; empty where not.
    public var detail: StaticString
    /// For Retry-After, said with every 503: at least 1.
    public var retryAfterSeconds: UInt32
    /// The operator's own words (`bascule maintenance --message`), shown instead of the sentence.
    public var message: String?

    public init(
        _ reason: Reason, status: Status? = nil, detail: StaticString = "",
        retryAfterSeconds: UInt32 = 1, message: String? = nil
    ) {
        self.reason = reason
        self.status = status ?? reason.status
        self.detail = detail
        self.retryAfterSeconds = max(1, retryAfterSeconds)
        self.message = message
    }

    public init(_ refusal: Refusal) {
        self.init(refusal.reason, status: refusal.status, detail: refusal.detail)
    }

    /// What the content is: a page for a browser, a problem (RFC 9457) for everything else.
    public static func contentType(isHTML: Bool) -> StaticString {
        isHTML ? "text/html; charset=utf-8" : "application/problem+json"
    }

    /// Writes the content.
    public func writeContent(isHTML: Bool, into buffer: inout ByteBuffer) {
        if isHTML { writePage(into: &buffer) } else { writeProblem(into: &buffer) }
    }

    private func writePage(into buffer: inout ByteBuffer) {
        buffer.append("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>")
        writeTitle(into: &buffer)
        buffer.append("</title>\n<h1>")
        writeTitle(into: &buffer)
        buffer.append("</h1>\n<p>")
        if let message {
            for octet in message.utf8 { Self.writeHTML(octet, into: &buffer) }
        } else {
            buffer.append(reason.sentence)
        }
        buffer.append("</p>\n</html>\n")
    }

    private func writeProblem(into buffer: inout ByteBuffer) {
        buffer.append("{\"type\":\"about:blank\",\"title\":\"")
        buffer.append(status.phrase)
        buffer.append("\",\"status\":")
        buffer.append(decimal: UInt64(status.rawValue))
        buffer.append(",\"detail\":\"")
        if let message {
            for octet in message.utf8 { Self.writeJSON(octet, into: &buffer) }
        } else {
            buffer.append(reason.sentence)
            if detail.utf8CodeUnitCount > 0 {
                buffer.append(" Found: ")
                buffer.append(detail)
                buffer.append(".")
            }
        }
        buffer.append("\",\"reason\":\"")
        buffer.append(reason.word)
        buffer.append("\"}\n")
    }

    private func writeTitle(into buffer: inout ByteBuffer) {
        buffer.append(decimal: UInt64(status.rawValue))
        buffer.append(" ")
        buffer.append(status.phrase)
    }

    private static func writeHTML(_ octet: UInt8, into buffer: inout ByteBuffer) {
        switch octet {
        case UInt8(ascii: "<"): buffer.append("&lt;")
        case UInt8(ascii: ">"): buffer.append("&gt;")
        case UInt8(ascii: "&"): buffer.append("&amp;")
        case UInt8(ascii: "\""): buffer.append("&quot;")
        case UInt8(ascii: "\n"): buffer.append("<br>")
        default: buffer.append(octet)
        }
    }

    private static func writeJSON(_ octet: UInt8, into buffer: inout ByteBuffer) {
        switch octet {
        case UInt8(ascii: "\""): buffer.append("\\\"")
        case UInt8(ascii: "\\"): buffer.append("\\\\")
        case 0..<0x20:
            buffer.append("\\u")
            buffer.append(hexadecimal: UInt64(octet), width: 4)
        default: buffer.append(octet)
        }
    }
}
