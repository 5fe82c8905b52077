import Bytes
import Kernel
import TLS

/// The sealed side of a client's connection.
final class ClientTLS: SealedStream {
    /// The host that was last found to be covered: on one connection it is nearly always the same.
    private var coveredHost: [UInt8] = []

    /// nil where memory is short.
    init?(_ server: TLSServer) {
        guard let session = TLSSession.open(server) else { return nil }
        super.init(
            session, sending: "worker.send.client", receiving: "worker.receive.client",
            bareEnd: .end)
    }

    /// Agreed on by ALPN.
    var speaksHTTP2: Bool { agreement?.application == .http2 }

    /// A client that named a server may ask only for hosts of the certificate it was shown
    /// (RFC 9110 section 15.5.20); who named none is taken as before TLS knew names.
    func allows(host: RawSpan) -> Bool {
        if !coveredHost.isEmpty, host.equalsIgnoringCase(coveredHost.span.octets) { return true }
        guard hasNamedServer, let agreement else { return true }
        let octets = (0..<host.byteCount).map { host[octet: $0] }
        guard agreement.names.cover(String(decoding: octets, as: UTF8.self)) else { return false }
        coveredHost = octets
        return true
    }
}
