/// How the client reached Bascule.
public enum Scheme: UInt8, BitwiseCopyable, Hashable, Sendable {
    case http, https

    public var name: StaticString {
        switch self {
        case .http: "http"
        case .https: "https"
        }
    }
}

/// What the writer of a forwarded request needs to know besides the head.
public struct ForwardingContext: BitwiseCopyable, Sendable {
    /// Who sent the request: the connection's peer, or the address that a PROXY line gave.
    public var peer: PeerAddress
    /// The peer is one of `trusted_proxies`: its X-Forwarded-* are believed and carried on.
    public var isTrustedPeer: Bool
    public var scheme: Scheme
    /// When the head was complete: milliseconds since 1970 (X-Request-Start).
    public var nowMilliseconds: UInt64
    /// 128 bits that no other request has, for an X-Request-ID where the client sent none.
    public var requestID: (UInt64, UInt64)
    /// How the content goes upstream. The head's own framing where it is streamed; a length where
    /// all of it was collected.
    public var framing: BodyFraming
    /// Pass `Expect: 100-continue` on. False where Bascule answers the 100 itself.
    public var forwardsExpect: Bool

    public init(
        peer: PeerAddress, isTrustedPeer: Bool, scheme: Scheme, nowMilliseconds: UInt64,
        requestID: (UInt64, UInt64), framing: BodyFraming, forwardsExpect: Bool = false
    ) {
        self.peer = peer
        self.isTrustedPeer = isTrustedPeer
        self.scheme = scheme
        self.nowMilliseconds = nowMilliseconds
        self.requestID = requestID
        self.framing = framing
        self.forwardsExpect = forwardsExpect
    }
}

/// What the writer of an answer needs to know besides the head.
public struct AnswerContext: BitwiseCopyable, Sendable {
    /// Of the request that is answered.
    public var method: Method
    public var clientVersion: Version
    /// The client may send another request afterwards; else `Connection: close` is said.
    public var keepsConnection: Bool
    /// For answers that come without a Date.
    public var date: DateStamp
    /// The color's name for `X-Bascule-Color`, nil where it is not exposed.
    public var color: StaticString?
    /// Over TLS, max-age of Strict-Transport-Security; 0: not sent.
    public var strictTransportSeconds: UInt64 = 0

    public init(
        method: Method, clientVersion: Version, keepsConnection: Bool, date: DateStamp,
        color: StaticString? = nil
    ) {
        self.method = method
        self.clientVersion = clientVersion
        self.keepsConnection = keepsConnection
        self.date = date
        self.color = color
    }
}
