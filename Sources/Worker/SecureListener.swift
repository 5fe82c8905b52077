public import TLS

/// What makes a listener more than a plain one; its place in the list is that of the listener.
public struct SecureListener {
    /// nil: plain HTTP.
    public var server: TLSServer?
    /// Seconds of Strict-Transport-Security's max-age (RFC 6797); 0: not sent.
    public var strictTransportSeconds: UInt64 = 0
    /// Every request is answered 308 to the same address under https at this port; nil: served.
    public var redirectPort: UInt16?

    /// A client may begin with HTTP/2 at once (RFC 9113 section 3.3); TLS agrees on it by itself.
    public var takesHTTP2 = false
    /// Trusted peers introduce their clients by the PROXY protocol.
    public var takesProxyHeader = false

    public init() {}
}
