internal import COpenSSL

/// A certificate chain with its key, read and found to belong together.
///
/// It owns what OpenSSL made of the files and is never changed: replaced files become another one.
@safe public final class Certificate {
    public enum KeyKind: Hashable, Sendable { case rsa, ecdsa }

    /// The files' contents as the operator named them.
    public struct Files: Hashable, Sendable {
        /// For messages.
        public var certificatePath: String
        public var keyPath: String
        /// PEM: the server's own certificate first, then those that lead to the root.
        public var chain: [UInt8]
        /// PEM, not encrypted: nobody is there to type a password.
        public var key: [UInt8]
        /// Empty where there is no response to staple.
        public var ocspPath = ""
        /// An OCSP response in DER, looked at where there is a path.
        public var ocsp: [UInt8] = []

        public init(certificatePath: String, keyPath: String, chain: [UInt8], key: [UInt8]) {
            self.certificatePath = certificatePath
            self.keyPath = keyPath
            self.chain = chain
            self.key = key
        }
    }

    public let keyKind: KeyKind
    /// What it is for.
    public let names: CertificateNames
    /// Seconds from now until it is valid; negative where it is already.
    public let validInSeconds: Int
    /// Seconds from now until it expires; negative where it has.
    public let expiresInSeconds: Int
    public let isSelfSigned: Bool
    /// What clients get with it; nil where nothing was named.
    public let response: StapledResponse?
    // SAFETY: both owned by this object from init to deinit; contexts take references of their own.
    let key: OpaquePointer
    let chain: [OpaquePointer]

    var leaf: OpaquePointer { unsafe chain[0] }

    /// Throws what is wrong with which file.
    public init(_ files: Files) throws(CertificateProblem) {
        let chain = try unsafe PEM.certificates(files)
        let key: OpaquePointer
        do {
            unsafe key = try unsafe PEM.key(files)
        } catch {
            unsafe chain.forEach { unsafe X509_free($0) }
            throw error
        }
        // SAFETY: from here on both are freed by deinit, which runs also where init throws.
        unsafe self.chain = unsafe chain
        unsafe self.key = unsafe key
        let leaf = unsafe chain[0]
        names = unsafe CertificateNames(leaf)
        isSelfSigned = unsafe X509_self_signed(leaf, 0) == 1
        validInSeconds = unsafe Self.seconds(until: X509_get0_notBefore(leaf))
        expiresInSeconds = unsafe Self.seconds(until: X509_get0_notAfter(leaf))
        switch unsafe EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA: keyKind = .rsa
        case EVP_PKEY_EC: keyKind = .ecdsa
        case _: throw CertificateProblem(.unsupportedKey, files.keyPath)
        }
        if files.ocspPath.isEmpty {
            response = nil
        } else {
            response = try unsafe StapledResponse(
                files.ocsp, path: files.ocspPath, about: chain)
        }
        guard unsafe X509_check_private_key(leaf, key) == 1 else {
            throw CertificateProblem(.wrongKey, files.keyPath, other: files.certificatePath)
        }
    }

    deinit {
        unsafe chain.forEach { unsafe X509_free($0) }
        unsafe EVP_PKEY_free(key)
    }

    /// Whether the chain leads to a root that this machine trusts, its validity in time aside.
    public var isChainComplete: Bool {
        guard let store = unsafe X509_STORE_new(), let context = unsafe X509_STORE_CTX_new(),
            let untrusted = unsafe co_new_stack()
        else { return true }
        // SAFETY: all three are freed before this returns; the stack borrows the certificates.
        defer {
            unsafe X509_STORE_CTX_free(context)
            unsafe X509_STORE_free(store)
            unsafe co_free_stack(untrusted)
        }
        unsafe chain.dropFirst().forEach { _ = unsafe co_push_certificate(untrusted, $0) }
        guard unsafe X509_STORE_set_default_paths(store) == 1,
            unsafe X509_STORE_CTX_init(context, store, leaf, untrusted) == 1
        else { return true }
        unsafe X509_STORE_CTX_set_flags(context, UInt(X509_V_FLAG_NO_CHECK_TIME))
        if unsafe X509_verify_cert(context) == 1 { return true }
        switch unsafe X509_STORE_CTX_get_error(context) {
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return false
        case _: return true
        }
    }

    // SAFETY: the time belongs to something that the caller holds.
    static func seconds(until time: UnsafePointer<ASN1_TIME>?) -> Int {
        var days: CInt = 0
        var seconds: CInt = 0
        guard unsafe ASN1_TIME_diff(&days, &seconds, nil, time) == 1 else { return 0 }
        return Int(days) * 86_400 + Int(seconds)
    }
}
