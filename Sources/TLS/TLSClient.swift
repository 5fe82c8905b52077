internal import COpenSSL
internal import Kernel

/// Our side of TLS towards targets: whom we believe, and the rules of the handshake.
///
/// Every target has to show a certificate that leads to one we believe, is valid now, and is for
/// the name that was asked for. TLS 1.2 is the least; HTTP/1.1 is offered by ALPN.
@safe public final class TLSClient: @unchecked Sendable {
    // SAFETY: owned from init to deinit and never changed after init; OpenSSL counts references
    // to it atomically, so that sessions of several threads may come from it.
    let context: OpaquePointer

    /// `anchors`: PEM, whose certificates are believed, whether they are roots or not; empty: those
    /// that the system believes. Throws where there is no certificate in it.
    public init(anchors: [UInt8]) throws(CertificateProblem) {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
            throw CertificateProblem(.noCertificate, "upstream_tls.ca")
        }
        unsafe self.context = unsafe context
        unsafe co_set_options(context)
        unsafe co_set_modes(context)
        unsafe co_keep_sessions_outside(context, TargetSessions.keep)
        _ = unsafe co_set_minimum_version(context, TLS1_2_VERSION)
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        let name = ApplicationProtocol.http11.rawValue.utf8
        let list = [UInt8(name.count)] + Array(name)
        _ = unsafe SSL_CTX_set_alpn_protos(context, list, UInt32(list.count))
        guard !anchors.isEmpty else {
            _ = unsafe SSL_CTX_set_default_verify_paths(context)
            return
        }
        // Whom the operator names is believed, also where that is an app's own certificate.
        let store = unsafe SSL_CTX_get_cert_store(context)
        _ = unsafe X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        let certificates = try unsafe PEM.certificates(
            Certificate.Files(
                certificatePath: "upstream_tls.ca", keyPath: "", chain: anchors, key: []))
        // SAFETY: the store takes references of its own.
        unsafe certificates.forEach {
            _ = unsafe X509_STORE_add_cert(store, $0)
            unsafe X509_free($0)
        }
        ERR_clear_error()
    }

    deinit { unsafe SSL_CTX_free(context) }
}

/// Whose certificate a target has to show.
public enum PeerName: Hashable, Sendable {
    /// Also said in the handshake, for a target that has several.
    case host(String)
    /// An address: it is not said (RFC 6066 section 3), but has to be in the certificate.
    case address(String)

    /// An address where it reads as one.
    public init(_ text: String) {
        self =
            SocketAddress(host: text, port: 0) == nil
            ? .host(CertificateNames.normal(text)) : .address(text)
    }
}

/// What is kept of sessions with one target, so that the next connection to it saves a handshake's
/// cost: the newest ticket that it has given.
///
/// A session that was verified for one name belongs to that name: keep one of these for each.
@safe public final class TargetSessions {
    // SAFETY: one reference, owned from `keep` to the next one or deinit.
    private var newest: OpaquePointer?

    public init() {}

    deinit { unsafe SSL_SESSION_free(newest) }

    /// One that failed is of no more use.
    public func forget() {
        unsafe SSL_SESSION_free(newest)
        unsafe newest = nil
    }

    // SAFETY: the session takes a reference of its own.
    func offer(in session: OpaquePointer) {
        guard let newest = unsafe newest else { return }
        _ = unsafe SSL_set_session(session, newest)
    }

    // SAFETY: OpenSSL gives a reference, which a return of 1 takes over.
    static let keep: @convention(c) (OpaquePointer?, OpaquePointer?) -> CInt = {
        session, ticket in
        guard let session = unsafe session,
            let data = unsafe SSL_get_ex_data(session, 0)
        else { return 0 }
        let transport = unsafe Unmanaged<SessionTransport>.fromOpaque(data)
            .takeUnretainedValue()
        guard let sessions = transport.sessions else { return 0 }
        sessions.forget()
        unsafe sessions.newest = unsafe ticket
        return 1
    }
}
