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
        self = FieldName.candidate(name)
    }

    private static func candidate(_ name: RawSpan) -> FieldName {
        switch name.byteCount {
        case 2: return pick(name, .te)
        case 3: return pick(name, .via)
        case 4: return pick(name, .host, .date)
        case 6: return pick(name, .accept, .expect, .server)
        case 7: return pick(name, .upgrade, .trailer)
        case 9: return pick(name, .forwarded, .xRealIP)
        case 10: return pick(name, .connection, .keepAlive)
        case 12: return pick(name, .contentType, .xRequestID, .maxForwards)
        case 14: return pick(name, .contentLength, .http2Settings)
        case 15: return pick(name, .xForwardedFor, .xRequestStart, .xBasculeColor)
        case 16:
            return pick(
                name, .xForwardedHost, .xForwardedPort, .proxyConnection, .xBasculeReason)
        case 17: return pick(name, .transferEncoding, .xForwardedProto)
        case 18: return pick(name, .xForwardedPrefix)
        default: return .other
        }
    }

    @inline(__always)
    private static func pick(_ name: RawSpan, _ first: FieldName) -> FieldName {
        name.equalsToken(first.name) ? first : .other
    }

    @inline(__always)
    private static func pick(
        _ name: RawSpan, _ first: FieldName, _ second: FieldName, _ third: FieldName = .other,
        _ fourth: FieldName = .other
    ) -> FieldName {
        if name.equalsToken(first.name) { return first }
        if name.equalsToken(second.name) { return second }
        if third != .other, name.equalsToken(third.name) { return third }
        if fourth != .other, name.equalsToken(fourth.name) { return fourth }
        return .other
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
