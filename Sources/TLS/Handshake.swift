internal import COpenSSL

/// What OpenSSL asks while a handshake is under way. It calls these as C functions; each finds its
/// server or its session through the pointer that was left with it.
enum Handshake {
    // MARK: Which certificate

    /// Before any extension is looked at: the name decides over the certificate, and over which
    /// tickets are good here. A ticket of one name is no ticket for another, although all are
    /// sealed with the same keys: else a client could carry a session from a name that asks for
    /// less to one that asks for more.
    // SAFETY: the server outlives its contexts, the session its callbacks.
    static let helloArrived: SSL_client_hello_cb_fn = { session, _, argument in
        guard let session = unsafe session, let argument = unsafe argument else {
            return SSL_CLIENT_HELLO_ERROR
        }
        let server = unsafe Unmanaged<TLSServer>.fromOpaque(argument).takeUnretainedValue()
        let name = unsafe serverName(session)
        unsafe transport(session)?.serverName = name
        unsafe SSL_set_SSL_CTX(session, server.context(for: name))
        return unsafe bind(session, to: name)
            ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR
    }

    /// The one name of the extension server_name (RFC 6066 section 3), in lower case; nil where
    /// there is none, or it is none that a certificate could have. OpenSSL refuses later what is
    /// malformed.
    // SAFETY: OpenSSL's octets are valid during the callback.
    private static func serverName(_ session: OpaquePointer) -> String? {
        var start: UnsafePointer<UInt8>?
        var count = 0
        guard
            unsafe SSL_client_hello_get0_ext(
                session, UInt32(TLSEXT_TYPE_server_name), &start, &count) == 1
        else { return nil }
        let octets = unsafe UnsafeBufferPointer(start: start, count: count)
        // Length of the list, type 0, length of the name, the name.
        guard octets.count > 5, unsafe octets[2] == UInt8(TLSEXT_NAMETYPE_host_name)
        else { return nil }
        let length = unsafe Int(octets[3]) << 8 | Int(octets[4])
        guard length > 0, length <= Int(TLSEXT_MAXLEN_host_name), octets.count >= 5 + length
        else { return nil }
        let name = unsafe octets[5..<(5 + length)]
        guard unsafe name.allSatisfy({ 0x21...0x7e ~= $0 }) else { return nil }
        return unsafe CertificateNames.normal(String(decoding: name, as: UTF8.self))
    }

    // SAFETY: OpenSSL copies the context.
    private static func bind(_ session: OpaquePointer, to name: String?) -> Bool {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let name = Array((name ?? "").utf8)
        guard
            unsafe EVP_Digest(name, name.count, &digest, &count, EVP_sha256(), nil) == 1,
            count <= UInt32(SSL_MAX_SID_CTX_LENGTH)
        else { return false }
        return unsafe SSL_set_session_id_context(session, digest, count) == 1
    }

    // MARK: Which protocol

    /// The server's preference; none in common ends the handshake (RFC 7301 section 3.2).
    // SAFETY: what is pointed to is a part of the client's list, which OpenSSL keeps meanwhile.
    static let chooseProtocol: SSL_CTX_alpn_select_cb_func = {
        _, chosen, chosenCount, list, listCount, argument in
        guard let argument = unsafe argument, let list = unsafe list else {
            return SSL_TLSEXT_ERR_ALERT_FATAL
        }
        let server = unsafe Unmanaged<TLSServer>.fromOpaque(argument).takeUnretainedValue()
        let octets = unsafe UnsafeBufferPointer(start: list, count: Int(listCount))
        for wanted in server.options.protocols {
            var index = 0
            while index < octets.count {
                let length = unsafe Int(octets[index])
                let end = index + 1 + length
                guard end <= octets.count else { break }
                if unsafe octets[(index + 1)..<end].elementsEqual(wanted.rawValue.utf8) {
                    unsafe chosen?.pointee = unsafe list + index + 1
                    unsafe chosenCount?.pointee = UInt8(length)
                    return SSL_TLSEXT_ERR_OK
                }
                index = end
            }
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }

    // MARK: Stapling

    // SAFETY: the response is copied.
    static let staple: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> CInt = {
        session, _ in
        guard let session = unsafe session, let transport = unsafe transport(session),
            let server = transport.server,
            let certificate = unsafe server.certificate(of: SSL_get_certificate(session)),
            let response = certificate.response, response.isShown,
            unsafe co_set_status_response(session, response.octets, response.octets.count) == 1
        else { return SSL_TLSEXT_ERR_NOACK }
        return SSL_TLSEXT_ERR_OK
    }

    // MARK: Tickets

    /// Returns what SSL_CTX_set_tlsext_ticket_key_evp_cb(3) asks for: 1 to go on, 2 to go on and
    /// give out a new ticket, 0 for no ticket, -1 for an error.
    // SAFETY: OpenSSL gives 16 octets for the name and EVP_MAX_IV_LENGTH for the vector.
    static let sealTicket:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?,
            OpaquePointer?, OpaquePointer?, CInt
        ) -> CInt = { session, name, vector, cipher, digest, isSealing in
            guard let session = unsafe session, let name = unsafe name, let vector = unsafe vector,
                let keys = unsafe transport(session)?.server?.ticketKeys
            else { return -1 }
            let nameOctets = unsafe UnsafeMutableBufferPointer(
                start: name, count: TicketKey.nameBytes)
            if isSealing == 1 {
                guard let key = keys.first else { return 0 }
                let vectorCount = unsafe EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())
                guard unsafe RAND_bytes(vector, vectorCount) == 1 else { return -1 }
                _ = unsafe nameOctets.update(fromContentsOf: key.name)
                guard
                    unsafe EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector)
                        == 1, unsafe begin(digest, key)
                else { return -1 }
                return 1
            }
            let found = keys.firstIndex { unsafe nameOctets.elementsEqual($0.name) }
            guard let index = found else { return 0 }
            let key = keys[index]
            guard unsafe begin(digest, key),
                unsafe EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1
            else { return -1 }
            return index == 0 ? 1 : 2
        }

    // SAFETY: OpenSSL copies the parameters before the call returns.
    private static func begin(_ digest: OpaquePointer?, _ key: TicketKey) -> Bool {
        var octets = key.digest
        return unsafe octets.withUnsafeMutableBytes { octets in
            var name: [CChar] = [0x53, 0x48, 0x41, 0x32, 0x35, 0x36, 0]  // SHA256
            return unsafe name.withUnsafeMutableBufferPointer { name in
                let parameters = unsafe [
                    OSSL_PARAM_construct_octet_string(
                        OSSL_MAC_PARAM_KEY, octets.baseAddress, octets.count),
                    OSSL_PARAM_construct_utf8_string(
                        OSSL_MAC_PARAM_DIGEST, name.baseAddress, 0),
                    OSSL_PARAM_construct_end(),
                ]
                return unsafe EVP_MAC_CTX_set_params(digest, parameters) == 1
            }
        }
    }

    // SAFETY: `TLSSession` leaves its transport there and keeps it alive.
    private static func transport(_ session: OpaquePointer) -> SessionTransport? {
        unsafe SSL_get_ex_data(session, 0).map {
            unsafe Unmanaged.fromOpaque($0).takeUnretainedValue()
        }
    }
}
