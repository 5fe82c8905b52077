import Bytes

/// What a request asks for (RFC 9110 section 9). Names are compared with case.
public enum Method: UInt8, BitwiseCopyable, Sendable {
    case get, head, options, trace, post, put, delete, patch, connect
    /// Any other token; its octets stand in `RequestHead.methodName`.
    case other

    public init(_ name: RawSpan) {
        switch name.byteCount {
        case 3: self = name.equals("GET") ? .get : name.equals("PUT") ? .put : .other
        case 4: self = name.equals("POST") ? .post : name.equals("HEAD") ? .head : .other
        case 5: self = name.equals("PATCH") ? .patch : name.equals("TRACE") ? .trace : .other
        case 6: self = name.equals("DELETE") ? .delete : .other
        case 7:
            self = name.equals("OPTIONS") ? .options : name.equals("CONNECT") ? .connect : .other
        default: self = .other
        }
    }

    /// Asks for no change (RFC 9110 section 9.2.1): what the board counts as a read.
    public var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace: true
        case .post, .put, .delete, .patch, .connect, .other: false
        }
    }

    /// May be sent again without another effect (RFC 9110 section 9.2.2).
    public var isIdempotent: Bool {
        switch self {
        case .get, .head, .options, .trace, .put, .delete: true
        case .post, .patch, .connect, .other: false
        }
    }

    /// A request of this method without content says so with a length of 0 (RFC 9110 section 8.6).
    public var anticipatesContent: Bool {
        switch self {
        case .post, .put, .patch: true
        case .get, .head, .options, .trace, .delete, .connect, .other: false
        }
    }

    /// The name on the wire; empty for `other`.
    public var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .connect: "CONNECT"
        case .other: ""
        }
    }
}
