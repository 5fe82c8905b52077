internal import COpenSSL

/// Reading PEM files that are in memory already.
enum PEM {
    /// All certificates of a chain, the first one the server's own. The caller owns them.
    static func certificates(
        _ files: Certificate.Files
    ) throws(CertificateProblem) -> [OpaquePointer] {
        // SAFETY: each certificate read has one reference, which the caller takes over.
        var chain: [OpaquePointer] = unsafe []
        ERR_clear_error()
        unsafe reading(files.chain) { source in
            while let certificate = unsafe PEM_read_bio_X509(source, nil, nil, nil) {
                unsafe chain.append(certificate)
            }
        }
        // The end of the file is an error to OpenSSL, which would be taken for a session's.
        let isWhole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
        ERR_clear_error()
        guard unsafe !chain.isEmpty else {
            throw CertificateProblem(.noCertificate, files.certificatePath)
        }
        // Clients would miss what follows, and trust nothing.
        guard isWhole else {
            let number = unsafe chain.count + 1
            unsafe chain.forEach { unsafe X509_free($0) }
            throw CertificateProblem(
                .damagedCertificate, files.certificatePath, other: "\(number)")
        }
        return unsafe chain
    }

    /// The key. The caller owns it.
    static func key(_ files: Certificate.Files) throws(CertificateProblem) -> OpaquePointer {
        var asked = false
        // SAFETY: the flag outlives the call that is given its address.
        let key: OpaquePointer? = unsafe withUnsafeMutablePointer(to: &asked) { asked in
            var key: OpaquePointer?
            unsafe reading(files.key) { source in
                unsafe key = unsafe PEM_read_bio_PrivateKey(
                    source, nil,
                    { _, _, _, asked in
                        unsafe asked?.assumingMemoryBound(to: Bool.self).pointee = true
                        return -1
                    }, asked)
            }
            return unsafe key
        }
        ERR_clear_error()
        guard let key = unsafe key else {
            throw CertificateProblem(asked ? .encryptedKey : .noKey, files.keyPath)
        }
        return unsafe key
    }

    private static func reading(_ octets: [UInt8], _ body: (OpaquePointer) -> Void) {
        unsafe octets.withUnsafeBytes { octets in
            // SAFETY: the source reads the octets only within this closure, and is freed in it.
            guard
                let source = unsafe BIO_new_mem_buf(
                    octets.baseAddress, CInt(clamping: octets.count))
            else { return }
            unsafe body(source)
            unsafe BIO_free(source)
        }
    }
}
