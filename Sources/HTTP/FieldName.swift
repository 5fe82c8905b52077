import Bytes

/// The fields that Bascule reads, writes, or has a rule for; everything else is `other` and passes.
public enum FieldName: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case other
    // Framing and the connection.
    case host, contentLength, transferEncoding, connection, keepAlive, proxyConnection, te, trailer
    case upgrade, http2Settings, expect, maxForwards
    // What is read on the way.
    case accept, contentType, date, server, via
    // What Bascule vouches for.
    case forwarded, xForwardedFor, xForwardedProto, xForwardedHost, xForwardedPort
    case xForwardedPrefix, xRealIP, xRequestID, xRequestStart
    case xBasculeReason, xBasculeColor

    /// Which field a name means; letters of either case are the same (RFC 9110 section 5.1). All
    /// octets must be those of a token.
    public init(_ name: RawSpan) {
        // The length leaves four candidates at most; a comparison costs two loads for most names.
        switch name.byteCount {
        case 2: self = name.equalsToken("te") ? .te : .other
        case 3: self = name.equalsToken("via") ? .via : .other
        case 4:
            self = name.equalsToken("host") ? .host : name.equalsToken("date") ? .date : .other
        case 6:
            if name.equalsToken("accept") { self = .accept; return }
            if name.equalsToken("expect") { self = .expect; return }
            self = name.equalsToken("server") ? .server : .other
        case 7:
            if name.equalsToken("upgrade") { self = .upgrade; return }
            self = name.equalsToken("trailer") ? .trailer : .other
        case 9:
            if name.equalsToken("forwarded") { self = .forwarded; return }
            self = name.equalsToken("x-real-ip") ? .xRealIP : .other
        case 10:
            if name.equalsToken("connection") { self = .connection; return }
            self = name.equalsToken("keep-alive") ? .keepAlive : .other
        case 12:
            if name.equalsToken("content-type") { self = .contentType; return }
            if name.equalsToken("x-request-id") { self = .xRequestID; return }
            self = name.equalsToken("max-forwards") ? .maxForwards : .other
        default: self = FieldName(long: name)
        }
    }

    private init(long name: RawSpan) {
        switch name.byteCount {
        case 14:
            if name.equalsToken("content-length") { self = .contentLength; return }
            self = name.equalsToken("http2-settings") ? .http2Settings : .other
        case 15:
            if name.equalsToken("x-forwarded-for") { self = .xForwardedFor; return }
            if name.equalsToken("x-request-start") { self = .xRequestStart; return }
            self = name.equalsToken("x-bascule-color") ? .xBasculeColor : .other
        case 16:
            if name.equalsToken("x-forwarded-host") { self = .xForwardedHost; return }
            if name.equalsToken("x-forwarded-port") { self = .xForwardedPort; return }
            if name.equalsToken("proxy-connection") { self = .proxyConnection; return }
            self = name.equalsToken("x-bascule-reason") ? .xBasculeReason : .other
        case 17:
            if name.equalsToken("transfer-encoding") { self = .transferEncoding; return }
            self = name.equalsToken("x-forwarded-proto") ? .xForwardedProto : .other
        case 18: self = name.equalsToken("x-forwarded-prefix") ? .xForwardedPrefix : .other
        default: self = .other
        }
    }

    /// The name in lower case; empty for `other`.
    public var name: StaticString {
        switch self {
        case .other: ""
        case .host: "host"
        case .contentLength: "content-length"
        case .transferEncoding: "transfer-encoding"
        case .connection: "connection"
        case .keepAlive: "keep-alive"
        case .proxyConnection: "proxy-connection"
        case .te: "te"
        case .trailer: "trailer"
        case .upgrade: "upgrade"
        case .http2Settings: "http2-settings"
        case .expect: "expect"
        case .maxForwards: "max-forwards"
        case .accept: "accept"
        case .contentType: "content-type"
        case .date: "date"
        case .server: "server"
        case .via: "via"
        case .forwarded: "forwarded"
        case .xForwardedFor: "x-forwarded-for"
        case .xForwardedProto: "x-forwarded-proto"
        case .xForwardedHost: "x-forwarded-host"
        case .xForwardedPort: "x-forwarded-port"
        case .xForwardedPrefix: "x-forwarded-prefix"
        case .xRealIP: "x-real-ip"
        case .xRequestID: "x-request-id"
        case .xRequestStart: "x-request-start"
        case .xBasculeReason: "x-bascule-reason"
        case .xBasculeColor: "x-bascule-color"
        }
    }
}
