internal import Bytes
internal import COpenSSL

/// SHA-256 (FIPS 180-4), for fingerprints and manifests: whether contents are the same.
///
/// OpenSSL's, which uses the processor's own instructions: a backup of 1 GiB is read through it
/// (https://docs.openssl.org/3.0/man3/EVP_DigestInit/).
@safe public struct SHA256: ~Copyable {
    // SAFETY: owned by this value from its start to deinit, and given to nobody.
    private let context: OpaquePointer

    public init() {
        guard let made = unsafe EVP_MD_CTX_new() else { preconditionFailure("no memory") }
        unsafe context = made
        let isReady = unsafe EVP_DigestInit_ex(made, EVP_sha256(), nil) == 1
        precondition(isReady, "OpenSSL has no SHA-256")
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// The digest of one text, in hexadecimal.
    public static func hexadecimal(of text: String) -> String {
        var hash = SHA256()
        hash.update(text.utf8Span.span.octets)
        return hash.finish()
    }

    /// Takes in more octets.
    public mutating func update(_ octets: borrowing RawSpan) {
        // SAFETY: OpenSSL reads the octets during the call and keeps no pointer to them.
        let isTaken = unsafe octets.withUnsafeBytes {
            unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) == 1
        }
        precondition(isTaken, "a digest that was ended")
    }

    /// The digest in hexadecimal, 64 characters.
    public consuming func finish() -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        // SAFETY: SHA-256 writes 32 octets during the call.
        let isMade = unsafe digest.withUnsafeMutableBufferPointer {
            unsafe EVP_DigestFinal_ex(context, $0.baseAddress, nil) == 1
        }
        precondition(isMade, "a digest that was ended")
        return digest.map { octet in
            let digits = String(octet, radix: 16)
            return octet < 16 ? "0" + digits : digits
        }.joined()
    }
}
