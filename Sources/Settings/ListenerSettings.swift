public import Control
public import Kernel

/// One listening socket.
public struct ListenerSettings: Hashable, Sendable {
    /// Never a unix socket. Port 0 asks the kernel for a free one.
    public var address: SocketAddress
    /// Answers every request 308 with the same address under https.
    public var redirectToHTTPS = false
    /// A PROXY line comes first, from trusted proxies only.
    public var proxyProtocol = false
    /// HTTP/2 by prior knowledge (RFC 9113 section 3.3).
    public var h2c = false
    /// nil: plain HTTP.
    public var tls: TLSSettings?

    public init(address: SocketAddress) { self.address = address }
}

/// TLS on a listener.
public struct TLSSettings: Hashable, Sendable {
    /// At least one; SNI picks, the first is the default.
    public var certificates: [CertificateSettings]
    /// 1.2 by default: 1.0 and 1.1 are deprecated (RFC 8996), clients without 1.3 are not rare.
    public var minimumVersion = TLSVersion.v12
    /// Offered by ALPN.
    public var http2 = true
    /// Strict-Transport-Security's max-age; 0: not sent, for it cannot be taken back.
    public var hsts = TimeSpan.zero

    public init(certificates: [CertificateSettings]) { self.certificates = certificates }

    /// As many as one listener looks through at a handshake without an index.
    public static let certificatesMax = 256
}

public enum TLSVersion: String, CaseIterable, Hashable, Sendable {
    case v12 = "1.2"
    case v13 = "1.3"
}

/// A certificate chain and its key, PEM files.
public struct CertificateSettings: Hashable, Sendable {
    public var certificate: String
    public var key: String
    /// A stapled OCSP response, DER; empty: none.
    public var ocsp = ""

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
