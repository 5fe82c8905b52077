internal import COpenSSL

/// One listener's side of TLS: its certificates, which of them a client gets, and the rules of the
/// handshake. Sessions come from it and keep it alive.
///
/// The profile is Mozilla's "intermediate" without its three DHE suites, or "modern" where the
/// lowest version is 1.3. There is no early data, for it can be replayed (RFC 8446 section 8), no
/// renegotiation, no compression.
@safe public final class TLSServer {
    /// How the listener behaves beside its certificates.
    public struct Options: Hashable, Sendable {
        public enum Version: Hashable, Sendable { case tls12, tls13 }

        public var minimumVersion = Version.tls12
        /// Offered by ALPN, in the server's order of preference.
        public var protocols: [ApplicationProtocol] = [.http11]

        public init() {}
    }

    /// Forward secret and authenticated, nothing else.
    static let cipherSuites12 =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
        + "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
        + "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
    static let cipherSuites13 =
        "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    static let groups = "X25519:P-256:P-384"

    let certificates: [Certificate]
    public let options: Options
    /// The newest first; a ticket of one that is not here means a full handshake.
    public private(set) var ticketKeys: [TicketKey] = []
    // SAFETY: owned by this object from init to deinit; sessions hold references of their own.
    private var contexts: [OpaquePointer] = unsafe []
    /// Which context serves a name, and the part after the star of a wildcard.
    private var exact: [String: Int] = [:]
    private var wildcards: [String: Int] = [:]

    /// The first certificate answers who names none, or one that no certificate covers. Throws
    /// where OpenSSL refuses one, which it does for keys that are too weak.
    public init(_ certificates: [Certificate], _ options: Options) throws(TLSProblem) {
        precondition(!certificates.isEmpty, "a TLS listener has a certificate")
        self.certificates = certificates
        self.options = options
        try chooseContexts()
    }

    deinit {
        unsafe contexts.forEach { unsafe SSL_CTX_free($0) }
    }

    /// Replaces the keys that tickets are sealed with; the newest first.
    public func use(ticketKeys keys: [TicketKey]) { ticketKeys = keys }

    // MARK: Certificates to names

    /// Every name gets the first RSA and the first ECDSA certificate that are for it; contexts are
    /// shared by all names with the same pair.
    private func chooseContexts() throws(TLSProblem) {
        var made: [[Int]: Int] = [:]
        func context(_ chosen: [Int]) throws(TLSProblem) -> Int {
            if let index = made[chosen] { return index }
            unsafe contexts.append(try makeContext(chosen.map { certificates[$0] }))
            made[chosen] = unsafe contexts.count - 1
            return unsafe contexts.count - 1
        }
        _ = try context(companions(of: 0))
        for certificate in certificates {
            for name in certificate.names.exact where exact[name] == nil {
                exact[name] = try context(pair { $0.names.exact.contains(name) })
            }
            for name in certificate.names.wildcards where wildcards[name] == nil {
                wildcards[name] = try context(pair { $0.names.wildcards.contains(name) })
            }
        }
    }

    /// A certificate and the first of the other kind of key that is for all of the same names.
    private func companions(of index: Int) -> [Int] {
        let own = certificates[index]
        let other = certificates.firstIndex {
            $0.keyKind != own.keyKind && $0.names == own.names
        }
        return [index] + (other.map { [$0] } ?? [])
    }

    private func pair(_ isFor: (Certificate) -> Bool) -> [Int] {
        let found = [Certificate.KeyKind.ecdsa, .rsa].compactMap { kind in
            certificates.firstIndex { $0.keyKind == kind && isFor($0) }
        }
        return found.sorted()
    }

    // SAFETY: the caller owns what is returned.
    private func makeContext(_ certificates: [Certificate]) throws(TLSProblem) -> OpaquePointer {
        guard let context = unsafe SSL_CTX_new(TLS_server_method()) else {
            throw TLSProblem(during: "making a context")
        }
        guard unsafe configure(context), unsafe install(certificates, in: context) else {
            unsafe SSL_CTX_free(context)
            throw TLSProblem(during: "taking \(certificates[0].names.all.first ?? "a certificate")")
        }
        return unsafe context
    }

    // SAFETY: the context is the caller's; the callbacks find this object, which outlives it.
    private func configure(_ context: OpaquePointer) -> Bool {
        let lowest = options.minimumVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
        unsafe co_set_options(context)
        unsafe co_set_modes(context)
        unsafe co_disable_session_cache(context)
        let server = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe SSL_CTX_set_client_hello_cb(context, Handshake.helloArrived, server)
        unsafe SSL_CTX_set_alpn_select_cb(context, Handshake.chooseProtocol, server)
        unsafe co_set_status_callback(context, Handshake.staple)
        return unsafe co_set_minimum_version(context, lowest) == 1
            && SSL_CTX_set_cipher_list(context, Self.cipherSuites12) == 1
            && SSL_CTX_set_ciphersuites(context, Self.cipherSuites13) == 1
            && co_set_groups(context, Self.groups) == 1
            && co_give_one_ticket(context) == 1
            && SSL_CTX_set_tlsext_ticket_key_evp_cb(context, Handshake.sealTicket) == 1
    }

    // SAFETY: the context takes references of its own to certificates and keys.
    private func install(_ certificates: [Certificate], in context: OpaquePointer) -> Bool {
        for certificate in certificates {
            guard unsafe SSL_CTX_use_certificate(context, certificate.leaf) == 1,
                unsafe SSL_CTX_use_PrivateKey(context, certificate.key) == 1
            else { return false }
            let isWhole = unsafe certificate.chain.dropFirst().allSatisfy {
                unsafe co_add_chain_certificate(context, $0) == 1
            }
            guard isWhole else { return false }
        }
        return true
    }

    // MARK: What the handshake asks

    // SAFETY: the context lives as long as this object.
    func context(for name: String?) -> OpaquePointer {
        guard let name else { return unsafe contexts[0] }
        if let index = exact[name] { return unsafe contexts[index] }
        if let dot = name.firstIndex(of: "."),
            let index = wildcards[String(name[name.index(after: dot)...])]
        {
            return unsafe contexts[index]
        }
        return unsafe contexts[0]
    }

    // SAFETY: compares addresses only.
    func certificate(of leaf: OpaquePointer?) -> Certificate? {
        certificates.first { unsafe $0.leaf == leaf }
    }
}

/// What is spoken inside a session (RFC 7301).
public enum ApplicationProtocol: String, Hashable, Sendable {
    case http2 = "h2"
    case http11 = "http/1.1"
}

/// What OpenSSL refused, in its words.
public struct TLSProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public let during: String
    public let reason: String

    init(during: String) {
        self.during = during
        let code = ERR_peek_last_error()
        // SAFETY: OpenSSL's texts are static.
        reason =
            unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "no reason"
        ERR_clear_error()
    }

    public var description: String { "\(during): \(reason)" }
}
