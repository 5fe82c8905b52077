/// Why a certificate cannot be used.
public struct CertificateProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        case noCertificate
        /// One of several cannot be read.
        case damagedCertificate
        case noKey
        /// It is encrypted.
        case encryptedKey
        case wrongKey
        /// Neither RSA nor ECDSA.
        case unsupportedKey
        /// OpenSSL takes it for too weak.
        case weak
        /// An OCSP response that is none.
        case noResponse
        /// The authority has not answered.
        case refusedResponse
    }

    public let kind: Kind
    /// The file at fault.
    public let path: String
    /// The file that it does not belong to, or what was found.
    public let other: String

    init(_ kind: Kind, _ path: String, other: String = "") {
        self.kind = kind
        self.path = path
        self.other = other
    }

    public var description: String { "\(path): \(message)" }

    /// Without the file.
    public var message: String {
        switch kind {
        case .noCertificate: "found no certificate, expected PEM, the server's own first"
        case .damagedCertificate: "found certificate \(other) damaged, expected PEM"
        case .noKey: "found no private key, expected PEM"
        case .encryptedKey:
            "found an encrypted key, expected one that can be read without a password"
        case .wrongKey: "found another key than that of \(other)"
        case .unsupportedKey: "found neither an RSA nor an ECDSA key"
        case .weak: "found \(other)"
        case .noResponse: "found no OCSP response, expected one in DER"
        case .refusedResponse:
            "found an OCSP response that says \"\(other)\", expected a successful one"
        }
    }
}
