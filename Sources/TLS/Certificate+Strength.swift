internal import COpenSSL

extension Certificate {
    /// Throws where OpenSSL refuses the certificate, or one of those that follow it: they are too
    /// weak for its level of security (SSL_CTX_set_security_level(3)).
    public func checkStrength(path: String) throws(CertificateProblem) {
        guard let context = unsafe SSL_CTX_new(TLS_server_method()) else { return }
        defer {
            unsafe SSL_CTX_free(context)
            ERR_clear_error()
        }
        // SAFETY: the context takes references of its own.
        let refused = unsafe chain.indices.first { index in
            unsafe index == 0
                ? SSL_CTX_use_certificate(context, chain[0]) != 1
                : co_add_chain_certificate(context, chain[index]) != 1
        }
        guard let refused else { return }
        let level = unsafe SSL_CTX_get_security_level(context)
        let found = unsafe Self.weakness(of: chain[refused], refused, level: level)
        throw CertificateProblem(.weak, path, other: found)
    }

    /// What was found and what is expected, in one sentence.
    // SAFETY: the certificate is the caller's and is only looked at; OpenSSL's texts live as long
    // as what they are about.
    private static func weakness(
        of certificate: OpaquePointer, _ index: Int, level: CInt
    ) -> String {
        let reason = TLSProblem(during: "").reason
        let place = index == 0 ? "" : " in certificate \(index + 1) of the chain"
        if let key = unsafe X509_get0_pubkey(certificate) {
            let bits = unsafe EVP_PKEY_get_bits(key)
            let isCurve = unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_EC
            if let least = leastBits(isCurve, level), bits < least {
                let type = unsafe EVP_PKEY_get0_type_name(key).map {
                    unsafe String(cString: $0)
                }
                return "an \(type ?? "unknown") key of \(bits) bits\(place), expected \(least) or"
                    + " more (OpenSSL: \(reason))"
            }
        }
        let signature = unsafe OBJ_nid2ln(X509_get_signature_nid(certificate)).map {
            unsafe String(cString: $0)
        }
        return "a signature by \(signature ?? "an unknown algorithm")\(place), expected a stronger"
            + " one (OpenSSL: \(reason))"
    }

    /// nil where a level asks for nothing of a key.
    private static func leastBits(_ isCurve: Bool, _ level: CInt) -> CInt? {
        switch level {
        case 1: isCurve ? 160 : 1_024
        case 2: isCurve ? 224 : 2_048
        case 3: isCurve ? 256 : 3_072
        case 4: isCurve ? 384 : 7_680
        case 5: isCurve ? 512 : 15_360
        case _: nil
        }
    }
}
