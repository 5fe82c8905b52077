internal import COpenSSL

/// What an authority has signed about a certificate (an OCSP response, RFC 6960), read from octets
/// and found to be that. Clients that ask get it with the handshake (RFC 6066 section 8).
///
/// Its signature is not checked: clients do that, who also know whom to believe.
@safe public final class StapledResponse {
    /// What it says.
    public enum Verdict: Hashable, Sendable {
        case good, revoked
        /// The authority does not know the certificate.
        case unknown
        /// It is about others.
        case otherCertificate
    }

    public let verdict: Verdict
    /// DER, as it is sent.
    let octets: [UInt8]
    // SAFETY: owned by this object until deinit; the two times are parts of it, and as long as it
    // is. Both are nil where it is about other certificates.
    private let response: OpaquePointer
    private let thisUpdate: UnsafePointer<ASN1_GENERALIZEDTIME>?
    private let nextUpdate: UnsafePointer<ASN1_GENERALIZEDTIME>?

    /// Throws where the octets are no response, or one that answers nothing. `chain`: the
    /// certificate that it should be about, and those that follow it in its file.
    // SAFETY: the chain is the caller's and is only looked at.
    init(
        _ octets: [UInt8], path: String, about chain: [OpaquePointer]
    ) throws(CertificateProblem) {
        self.octets = octets
        let response = try unsafe Self.parse(octets, path)
        unsafe self.response = unsafe response
        guard let single = unsafe Self.find(chain, in: response) else {
            verdict = .otherCertificate
            unsafe thisUpdate = nil
            unsafe nextUpdate = nil
            return
        }
        var begin: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        var end: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        switch unsafe OCSP_single_get0_status(single, nil, nil, &begin, &end) {
        case V_OCSP_CERTSTATUS_GOOD: verdict = .good
        case V_OCSP_CERTSTATUS_REVOKED: verdict = .revoked
        case _: verdict = .unknown
        }
        unsafe thisUpdate = unsafe UnsafePointer(begin)
        unsafe nextUpdate = unsafe UnsafePointer(end)
    }

    deinit { unsafe OCSP_BASICRESP_free(response) }

    /// Seconds from now until it is valid; negative where it is already. nil: it does not say.
    public var validInSeconds: Int? {
        unsafe thisUpdate.map { unsafe Certificate.seconds(until: $0) }
    }

    /// Seconds from now until a newer one has to be there; negative where that was before. nil: it
    /// does not say.
    public var expiresInSeconds: Int? {
        unsafe nextUpdate.map { unsafe Certificate.seconds(until: $0) }
    }

    /// Whether clients may get it while it is valid. One that is over, or about another
    /// certificate, makes some of them refuse the connection; none at all is what most servers
    /// show.
    public var isUsable: Bool {
        switch verdict {
        case .unknown, .otherCertificate: false
        case .good, .revoked: unsafe thisUpdate != nil && nextUpdate != nil
        }
    }

    /// Whether clients get it now.
    var isShown: Bool {
        guard isUsable else { return false }
        guard let begin = unsafe thisUpdate, let end = unsafe nextUpdate else { return false }
        // 0 says that a time could not be read.
        return unsafe X509_cmp_current_time(begin) < 0 && X509_cmp_current_time(end) > 0
    }

    // MARK: Reading

    // SAFETY: the caller owns what is returned.
    private static func parse(
        _ octets: [UInt8], _ path: String
    ) throws(CertificateProblem) -> OpaquePointer {
        defer { ERR_clear_error() }
        guard let response = unsafe decode(octets) else {
            throw CertificateProblem(.noResponse, path)
        }
        defer { unsafe OCSP_RESPONSE_free(response) }
        let status = unsafe OCSP_response_status(response)
        guard status == OCSP_RESPONSE_STATUS_SUCCESSFUL else {
            // SAFETY: OpenSSL's texts are static.
            let text = unsafe OCSP_response_status_str(Int(status)).map {
                unsafe String(cString: $0)
            }
            throw CertificateProblem(.refusedResponse, path, other: text ?? "status \(status)")
        }
        guard let basic = unsafe OCSP_response_get1_basic(response) else {
            throw CertificateProblem(.noResponse, path)
        }
        return unsafe basic
    }

    /// All octets have to be used.
    // SAFETY: OpenSSL reads within the array during the call; the caller owns what is returned.
    private static func decode(_ octets: [UInt8]) -> OpaquePointer? {
        unsafe octets.withUnsafeBufferPointer { octets in
            guard let base = octets.baseAddress else { return nil }
            var at: UnsafePointer<UInt8>? = unsafe base
            guard let response = unsafe d2i_OCSP_RESPONSE(nil, &at, octets.count) else {
                return nil
            }
            guard unsafe at == base + octets.count else {
                unsafe OCSP_RESPONSE_free(response)
                return nil
            }
            return unsafe response
        }
    }

    /// What it says of one certificate: it may be about several.
    // SAFETY: a part of the response.
    private static func find(
        _ chain: [OpaquePointer], in response: OpaquePointer
    ) -> OpaquePointer? {
        defer { ERR_clear_error() }
        let leaf = unsafe chain[0]
        // The certificate itself where it is self-signed.
        let issuer = unsafe (chain.dropFirst() + [leaf]).first {
            unsafe X509_check_issued($0, leaf) == X509_V_OK
        }
        for index in 0..<(unsafe OCSP_resp_count(response)) {
            guard let single = unsafe OCSP_resp_get0(response, index),
                let id = unsafe OCSP_SINGLERESP_get0_id(single)
            else { continue }
            if unsafe names(id, leaf, issuer) { return unsafe single }
        }
        return nil
    }

    /// A certificate's number is its own among those of its authority, which is named by hashes of
    /// its name and its key; the key is known where its certificate is in the chain.
    // SAFETY: everything is looked at during the call.
    private static func names(
        _ id: OpaquePointer, _ leaf: OpaquePointer, _ issuer: OpaquePointer?
    ) -> Bool {
        var name: UnsafeMutablePointer<ASN1_OCTET_STRING>?
        var serial: UnsafeMutablePointer<ASN1_INTEGER>?
        var algorithm: OpaquePointer?
        guard unsafe OCSP_id_get0_info(&name, &algorithm, nil, &serial, id) == 1,
            let digest = unsafe EVP_get_digestbyname(OBJ_nid2sn(OBJ_obj2nid(algorithm)))
        else { return false }
        if let issuer = unsafe issuer {
            guard let own = unsafe OCSP_cert_to_id(digest, leaf, issuer) else { return false }
            defer { unsafe OCSP_CERTID_free(own) }
            return unsafe OCSP_id_cmp(own, id) == 0
        }
        var hash = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard
            unsafe X509_NAME_digest(X509_get_issuer_name(leaf), digest, &hash, &count) == 1,
            let octets = unsafe ASN1_STRING_get0_data(name),
            unsafe ASN1_STRING_length(name) == CInt(count),
            unsafe ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(leaf)) == 0
        else { return false }
        return unsafe UnsafeBufferPointer(start: octets, count: Int(count))
            .elementsEqual(hash.prefix(Int(count)))
    }
}
