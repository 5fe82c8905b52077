/// How a message's content ends (RFC 9112 section 6.3).
public enum BodyFraming: BitwiseCopyable, Hashable, Sendable {
    /// No content.
    case none
    /// So many octets; at most 2^63 - 1. A declared length of 0 stays apart from none.
    case length(UInt64)
    /// Its end is marked within the stream, its length unknown: chunked, or a stream's end in
    /// HTTP/2.
    case chunked
    /// An answer that ends with its connection: its end cannot be told from a cut.
    case untilClose

    /// There are, or may be, octets to come.
    public var hasContent: Bool {
        switch self {
        case .none: false
        case .length(let count): count > 0
        case .chunked, .untilClose: true
        }
    }

    /// The declared length; nil where none is.
    public var declaredLength: UInt64? {
        switch self {
        case .length(let count): count
        case .none, .chunked, .untilClose: nil
        }
    }
}

/// The version that a peer speaks. A higher minor version counts as 1.1 (RFC 9110 section 2.5).
public enum Version: UInt8, BitwiseCopyable, Hashable, Sendable {
    case http10, http11
    /// Heads that did not come as HTTP/1: framing is the stream's.
    case http2
}

/// The protocol that a request asks to go on with (RFC 9110 section 7.8).
public enum Upgrade: UInt8, BitwiseCopyable, Hashable, Sendable {
    case none
    /// Passed on; a tunnel from the upstream's 101 on.
    case websocket
    /// Named but not spoken here: the request goes on without it.
    case other
}
