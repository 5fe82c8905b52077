import Bytes
import HTTP

/// What the fields of an answer said, until its head is whole.
struct ResponseFacts {
    enum Phase { case statusLine, fields }

    var phase = Phase.statusLine
    var fieldCount = 0
    var connection = ConnectionOptions()
    private var length: UInt64?
    private var isChunked = false
    private var upgrade = Upgrade.none

    /// Takes in one field that has a meaning here.
    mutating func note(
        _ field: Field, _ bytes: RawSpan, _ head: inout ResponseHead
    ) throws(Halt) {
        let value = bytes[field.value]
        switch field.known {
        case .contentLength:
            guard length == nil, let count = value.decimal(most: UInt64(Int64.max)) else {
                throw .refused(.upstreamInvalid("a Content-Length that is not valid"))
            }
            length = count
        case .transferEncoding:
            guard !isChunked, head.version != .http10, value.equalsIgnoringCase("chunked") else {
                throw .refused(.upstreamInvalid("a Transfer-Encoding that is not chunked"))
            }
            isChunked = true
        case .connection:
            guard connection.read(value) else {
                throw .refused(.upstreamInvalid("a Connection field that is no list of options"))
            }
        case .upgrade:
            upgrade = value.equalsIgnoringCase("websocket") ? .websocket : .other
        case .date: head.hasDate = true
        case .contentType: head.isEventStream = Self.isEventStream(value)
        case .other, .host, .keepAlive, .proxyConnection, .te, .trailer, .http2Settings, .expect,
            .maxForwards, .accept, .server, .via, .forwarded, .xForwardedFor, .xForwardedProto,
            .xForwardedHost, .xForwardedPort, .xForwardedPrefix, .xRealIP, .xRequestID,
            .xRequestStart, .xBasculeReason, .xBasculeColor:
            break
        }
    }

    /// Draws the conclusions once all fields are in (RFC 9112 section 6.3).
    func finish(_ head: inout ResponseHead, _ method: Method) throws(Halt) {
        guard !(isChunked && length != nil) else {
            throw .refused(.upstreamInvalid("both Content-Length and Transfer-Encoding"))
        }
        head.statedLength = length
        if method == .head || head.status.hasNoContent {
            head.framing = .none
        } else if isChunked {
            head.framing = .chunked
        } else if let length {
            head.framing = .length(length)
        } else {
            head.framing = .untilClose
        }
        head.keepsConnection =
            !connection.closes && head.framing != .untilClose
            && head.status != .switchingProtocols
            && (head.version == .http11 || connection.keepsAlive)
        head.upgrade = connection.upgrades ? upgrade : .none
        head.passesTrailers = head.framing == .chunked && !connection.namesFields
    }

    private static func isEventStream(_ value: RawSpan) -> Bool {
        let type: StaticString = "text/event-stream"
        let length = type.utf8CodeUnitCount
        guard value.byteCount >= length,
            value.extracting(0..<length).equalsIgnoringCase(type)
        else { return false }
        guard value.byteCount > length else { return true }
        let next = value[octet: length]
        return next == UInt8(ascii: ";") || OctetClass.isBlank(next)
    }
}
