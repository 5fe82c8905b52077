import Bytes
import HTTP

/// What the fields of a request said, until its head is whole: then framing and persistence follow
/// from all of it together (RFC 9112 sections 6.3 and 9.3).
struct RequestFacts {
    enum Phase { case requestLine, fields }

    // In the order of their sizes: a connection that rests keeps all of it.
    private var length: UInt64?
    var phase = Phase.requestLine
    var fieldCount: UInt32 = 0
    var connection = ConnectionOptions()
    private var hasHost = false
    private var isChunked = false
    private var upgrade = Upgrade.none
    private var expectation = false
    /// How often the request came by here before.
    private var visits: UInt8 = 0
    private var maxForwards: UInt32?

    /// Takes in one field that has a meaning here.
    mutating func note(
        _ field: Field, _ bytes: RawSpan, _ head: inout RequestHead, _ limits: HeadLimits
    ) throws(Halt) {
        let value = bytes[field.value]
        switch field.known {
        case .host: try noteHost(field.value, bytes, &head)
        case .contentLength: try noteLength(value, limits)
        case .transferEncoding: try noteTransferEncoding(value, head.version)
        case .connection:
            guard connection.read(value) else {
                throw .refused(.badRequest("a Connection field that is no list of options"))
            }
        case .expect:
            if head.version == .http10 { return }
            guard value.equalsIgnoringCase("100-continue") else {
                throw .refused(
                    Refusal(.badRequest, .expectationFailed, "an expectation that is not known"))
            }
            expectation = true
        case .upgrade:
            // Of several protocols none is the one that was asked for.
            upgrade =
                upgrade == .none && value.equalsIgnoringCase("websocket") ? .websocket : .other
        case .accept:
            if AcceptedForm.isPage(value) { head.acceptsHTML = true }
        case .maxForwards: try noteMaxForwards(value, head.method)
        case .via: try noteVia(value)
        case .xRequestID:
            if head.requestID.isEmpty, RequestID.isWellFormed(value) {
                head.requestID = field.value
            }
        case .other, .keepAlive, .proxyConnection, .te, .trailer, .http2Settings, .contentType,
            .date, .server, .forwarded, .xForwardedFor, .xForwardedProto, .xForwardedHost,
            .xForwardedPort, .xForwardedPrefix, .xRealIP, .xRequestStart, .xBasculeReason,
            .xBasculeColor:
            break
        }
    }

    /// Draws the conclusions once all fields are in.
    func finish(_ head: inout RequestHead) throws(Halt) {
        guard hasHost || head.version == .http10 else {
            throw .refused(.badRequest("no Host field"))
        }
        guard !(isChunked && length != nil) else {
            throw .refused(.badRequest("both Content-Length and Transfer-Encoding"))
        }
        head.framing = isChunked ? .chunked : length.map { .length($0) } ?? .none
        if head.method == .trace, head.framing.hasContent {
            throw .refused(.badRequest("TRACE with content"))
        }
        // Between a client of HTTP/1.0 and here may be a proxy that passes on a keep-alive which it
        // does not understand (RFC 9112 section 9.3).
        head.keepsConnection = !connection.closes && head.version != .http10
        head.passesTrailers = !connection.namesFields
        head.expectsContinue = expectation && head.framing.hasContent
        if head.version != .http10, connection.upgrades {
            // WebSocket opens with GET (RFC 6455 section 4.1); content would have to come first.
            head.upgrade =
                upgrade == .websocket && head.method == .get && !head.framing.hasContent
                ? .websocket : upgrade == .none ? .none : .other
        }
        head.maxForwards = maxForwards
    }

    private mutating func noteHost(
        _ value: ByteRange, _ bytes: RawSpan, _ head: inout RequestHead
    ) throws(Halt) {
        guard !hasHost else { throw .refused(.badRequest("two Host fields")) }
        hasHost = true
        guard let host = Authority.host(in: bytes, value) else {
            throw .refused(.badRequest("a Host field that is not valid"))
        }
        // An absolute target says it all; the field is then only checked (RFC 9112 section 3.2.2).
        if head.authority.isEmpty {
            head.authority = value
            head.host = host
        }
    }

    private mutating func noteLength(_ value: RawSpan, _ limits: HeadLimits) throws(Halt) {
        guard length == nil else { throw .refused(.badRequest("two Content-Length fields")) }
        guard let count = value.decimal(most: UInt64(Int64.max)) else {
            throw .refused(.badRequest("a Content-Length that is no number"))
        }
        guard limits.bodyBytesMax == 0 || count <= limits.bodyBytesMax else {
            throw .refused(Refusal(.tooLarge, .contentTooLarge, "content too large"))
        }
        length = count
    }

    private mutating func noteTransferEncoding(
        _ value: RawSpan, _ version: Version
    ) throws(Halt) {
        guard version != .http10 else {
            throw .refused(.badRequest("Transfer-Encoding in HTTP/1.0"))
        }
        guard !isChunked else { throw .refused(.badRequest("two Transfer-Encoding fields")) }
        try TransferCoding.check(value)
        isChunked = true
    }

    /// Each hop of ours is one element, `1.1 bascule` (RFC 9110 section 7.6.3).
    private mutating func noteVia(_ value: RawSpan) throws(Halt) {
        var list = ListReader(value)
        while let element = list.next(value) {
            if value[element].containsToken("bascule"), visits < Strictness.viaVisitsMax {
                visits += 1
            }
        }
        guard visits < Strictness.viaVisitsMax else {
            throw .refused(.badRequest("a request that goes round in a loop"))
        }
    }

    private mutating func noteMaxForwards(
        _ value: RawSpan, _ method: Method
    ) throws(Halt) {
        guard method == .options || method == .trace else { return }
        guard maxForwards == nil, let count = value.decimal(most: UInt64(UInt32.max)) else {
            throw .refused(.badRequest("a Max-Forwards that is no number"))
        }
        guard count > 0 || method == .options else {
            throw .refused(Refusal(.notSupported, .notImplemented, "TRACE ends here"))
        }
        maxForwards = UInt32(count)
    }
}
