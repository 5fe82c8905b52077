public import Bytes
internal import COpenSSL
internal import Kernel

/// One TLS connection, without its socket: sealed octets in and out on one side, plain ones on the
/// other. Nothing here waits.
///
/// Every call takes sealed octets from `received` and adds what is to be sent to `toSend`, for also
/// reading may have to answer (RFC 8446 section 4.6.3), and writing may be an alert.
@safe public struct TLSSession: ~Copyable {
    /// What a call came to.
    public enum Step: Hashable, Sendable {
        /// The handshake is complete, or so many plain octets were moved.
        case done(Int)
        /// Nothing more before more has been received.
        case wantsReceived
        /// `toSend` is full: send, then call again.
        case wantsRoom
        /// The peer has ended its side properly.
        case ended
        case failed(Failure)
    }

    /// Why a session cannot go on; what is in `toSend` tells the peer.
    public enum Failure: Hashable, Sendable {
        /// The peer's mistake, or one that only it can mend, in OpenSSL's words.
        case peer(reason: String)
    }

    /// What the handshake agreed on.
    public struct Agreement: Hashable, Sendable {
        /// As the client sent it, in lower case; nil where it sent none.
        public let serverName: String?
        public let application: ApplicationProtocol
        /// The names of the certificate that was served.
        public let names: CertificateNames
        public let isResumed: Bool
    }

    /// Plain octets of one record: with its header and tag it fits a block of the pool.
    public static let recordBytesMax = 16_000
    /// A record's header, nonce and tag, and the few small messages that may go before it.
    private static let roomLeast = 1_024

    private let transport: SessionTransport
    // SAFETY: owned by this value until deinit; it owns the BIO, whose data is the transport.
    private let session: OpaquePointer

    /// nil where memory is short.
    public static func open(_ server: TLSServer) -> TLSSession? {
        let transport = SessionTransport(server)
        guard let session = unsafe make(server.context(for: nil), transport) else { return nil }
        unsafe SSL_set_accept_state(session)
        return unsafe TLSSession(transport, session)
    }

    /// Towards a target, whose certificate has to be for this name. With `sessions` a session of
    /// before is offered to it, and what it gives is kept there. nil where memory is short, or the
    /// name is none that a certificate could have.
    public static func connect(
        _ client: TLSClient, to name: PeerName, _ sessions: TargetSessions? = nil
    ) -> TLSSession? {
        let transport = SessionTransport(sessions)
        guard let session = unsafe make(client.context, transport) else { return nil }
        guard unsafe expect(name, of: session) else {
            unsafe SSL_free(session)
            return nil
        }
        unsafe sessions?.offer(in: session)
        unsafe SSL_set_connect_state(session)
        return unsafe TLSSession(transport, session)
    }

    // SAFETY: OpenSSL copies the name.
    private static func expect(_ name: PeerName, of session: OpaquePointer) -> Bool {
        switch name {
        case .host(let host):
            // RFC 9525 section 6.3: a star is a whole label.
            unsafe SSL_set_hostflags(
                session, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            return unsafe SSL_set1_host(session, host) == 1
                && co_set_server_name(session, host) == 1
        case .address(let address):
            return unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), address) == 1
        }
    }

    // SAFETY: the caller owns the session, which owns the BIO; the transport has to outlive both.
    private static func make(
        _ context: OpaquePointer, _ transport: SessionTransport
    ) -> OpaquePointer? {
        let data = unsafe Unmanaged.passUnretained(transport).toOpaque()
        guard let session = unsafe SSL_new(context) else { return nil }
        guard let method = unsafe SessionTransport.method, let bio = unsafe BIO_new(method) else {
            unsafe SSL_free(session)
            return nil
        }
        unsafe BIO_set_data(bio, transport.stretches)
        unsafe SSL_set_bio(session, bio, bio)
        _ = unsafe SSL_set_ex_data(session, 0, data)
        return unsafe session
    }

    // SAFETY: takes the session over.
    private init(_ transport: SessionTransport, _ session: OpaquePointer) {
        self.transport = transport
        unsafe self.session = unsafe session
    }

    deinit { unsafe SSL_free(session) }

    /// Whether plain octets are there that need nothing more from the peer.
    public var hasPending: Bool { unsafe SSL_has_pending(session) == 1 }

    /// Goes on with the handshake; `done` when it is complete.
    public mutating func shakeHands(
        _ received: inout ByteBuffer, _ toSend: inout ByteBuffer
    ) -> Step {
        unsafe call(&received, &toSend, roomLeast: 8_192) { unsafe SSL_do_handshake($0) }
    }

    /// Opens what was received and lets `plain` take at most `most` octets of it. `plain` has room.
    public mutating func open(
        _ received: inout ByteBuffer, into plain: inout ByteBuffer, atMost most: Int,
        _ toSend: inout ByteBuffer
    ) -> Step {
        var step = Step.wantsReceived
        _ = plain.receive(atMost: most) { span in
            // SAFETY: OpenSSL writes within the span, which is exclusive to this closure.
            unsafe span.withUnsafeMutableBytes { target in
                step = unsafe call(&received, &toSend, roomLeast: Self.roomLeast) {
                    unsafe SSL_read($0, target.baseAddress, CInt(clamping: target.count))
                }
            }
            if case .done(let count) = step { return .moved(count) }
            return .wouldBlock
        }
        return step
    }

    /// Seals at most `recordBytesMax` octets of what is given; `done` says how many.
    public mutating func seal(
        _ plain: RawSpan, _ received: inout ByteBuffer, _ toSend: inout ByteBuffer
    ) -> Step {
        let count = min(plain.byteCount, Self.recordBytesMax)
        return unsafe plain.withUnsafeBytes { source in
            // SAFETY: OpenSSL reads within the span during the call; on a repeated call the same
            // octets may lie elsewhere (SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER).
            unsafe call(&received, &toSend, roomLeast: count + Self.roomLeast) {
                unsafe SSL_write($0, source.baseAddress, CInt(count))
            }
        }
    }

    /// Tells the peer that nothing more comes (close_notify, RFC 8446 section 6.1), so that what it
    /// has is known to be all.
    public mutating func end(_ received: inout ByteBuffer, _ toSend: inout ByteBuffer) {
        _ = unsafe call(&received, &toSend, roomLeast: Self.roomLeast) {
            unsafe SSL_shutdown($0) < 0 ? -1 : 1
        }
    }

    /// After the handshake.
    public var agreement: Agreement {
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(session, &start, &count)
        // SAFETY: OpenSSL's octets are valid while the session is.
        let isHTTP2 = unsafe UnsafeBufferPointer(start: start, count: Int(count))
            .elementsEqual(ApplicationProtocol.http2.rawValue.utf8)
        let certificate = unsafe transport.server?.certificate(of: SSL_get_certificate(session))
        return Agreement(
            serverName: transport.serverName, application: isHTTP2 ? .http2 : .http11,
            names: certificate?.names ?? CertificateNames(exact: [], wildcards: []),
            isResumed: unsafe SSL_session_reused(session) == 1)
    }

    /// Lends both buffers to the transport for one call. What the call fills goes into `toSend`.
    private mutating func call(
        _ received: inout ByteBuffer, _ toSend: inout ByteBuffer, roomLeast: Int,
        _ body: (OpaquePointer) -> CInt
    ) -> Step {
        guard toSend.makeRoom(atLeast: roomLeast) else { return .wantsRoom }
        let stretches = unsafe transport.stretches
        var result: CInt = 0
        ERR_clear_error()
        // SAFETY: both stretches are forgotten before their buffers are used again.
        unsafe received.bytes.withUnsafeBytes { input in
            _ = toSend.receive { span in
                unsafe span.withUnsafeMutableBytes { output in
                    unsafe stretches.pointee = unsafe SessionTransport.Stretches(
                        input: input, output: output)
                }
                result = unsafe body(session)
                let filled = unsafe stretches.pointee.outputFilled
                return filled > 0 ? .moved(filled) : .wouldBlock
            }
        }
        let taken = unsafe stretches.pointee.inputTaken
        unsafe stretches.pointee = SessionTransport.Stretches()
        received.consume(taken)
        return result > 0 ? .done(Int(result)) : step(after: result)
    }

    private func step(after result: CInt) -> Step {
        switch unsafe SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .wantsReceived
        case SSL_ERROR_WANT_WRITE: return .wantsRoom
        case SSL_ERROR_ZERO_RETURN: return .ended
        case _: return .failed(.peer(reason: reason))
        }
    }

    private var reason: String {
        let reason = TLSProblem(during: "").reason
        let verdict = unsafe SSL_get_verify_result(session)
        guard transport.server == nil, verdict != Int(X509_V_OK) else { return reason }
        // SAFETY: OpenSSL's texts are static.
        return unsafe "\(reason): \(String(cString: X509_verify_cert_error_string(verdict)))"
    }
}
