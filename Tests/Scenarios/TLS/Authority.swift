import Foundation
import Testing

/// An authority in the same folder: certificates that lead to a root, and what it says of them.
extension Certificates {
    static let authority = "authority"

    /// Its own certificate and key; call it before `issue`.
    func makeAuthority() throws {
        try openssl([
            "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-keyout", keyPath(Self.authority), "-out", path(Self.authority), "-days", "365",
            "-subj", "/CN=authority", "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
            "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
        ])
    }

    /// A certificate for a host that the authority has signed, as a real one would.
    func issue(_ name: String, for host: String, days: Int = 90) throws {
        let request = folder.file("\(name).csr")
        try openssl([
            "req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-keyout", keyPath(name), "-out", request, "-subj", "/CN=\(name)", "-addext",
            "subjectAltName=DNS:\(host)", "-addext", "keyUsage=critical,digitalSignature",
            "-addext", "extendedKeyUsage=serverAuth",
        ])
        try openssl([
            "x509", "-req", "-in", request, "-CA", path(Self.authority), "-CAkey",
            keyPath(Self.authority), "-CAcreateserial", "-days", "\(days)", "-copy_extensions",
            "copy", "-out", path(name),
        ])
    }

    /// Its own certificate follows another one in the same file.
    func appendAuthority(to name: String) throws {
        try folder.write(
            folder.text(of: "\(name).pem") + folder.text(of: "\(Self.authority).pem"),
            to: "\(name).pem")
    }

    /// What an authority says of a certificate.
    enum Word: String {
        case good = "V\t300101000000Z\t\t"
        case revoked = "R\t300101000000Z\t250101000000Z\t"
    }

    /// The authority's word on a certificate of its own, in DER, from now on for so many days, or
    /// without an end; returns the path. `word` nil: it does not know the certificate.
    func vouch(for name: String, _ word: Word? = .good, days: Int? = 7) throws -> String {
        let serial =
            try Command(
                Program("/usr/bin/openssl", ["x509", "-in", path(name), "-noout", "-serial"])
            ).output.split(separator: "=").last.map(String.init) ?? ""
        let number = serial.trimmingCharacters(in: .newlines)
        let index = try folder.write(
            word.map { "\($0.rawValue)\(number)\tunknown\t/CN=\(name)\n" } ?? "", to: "index.txt")
        let question = folder.file("\(name).req")
        let answer = folder.file("\(name).ocsp")
        try openssl([
            "ocsp", "-issuer", path(Self.authority), "-cert", path(name), "-reqout", question,
        ])
        try openssl(
            [
                "ocsp", "-index", index, "-CA", path(Self.authority), "-rsigner",
                path(Self.authority), "-rkey", keyPath(Self.authority), "-reqin", question,
                "-respout", answer,
            ] + (days.map { ["-ndays", "\($0)"] } ?? []))
        return answer
    }

    /// The keys of a listener with these certificates, each with the file of a response.
    func listener(_ named: [(String, String)]) -> String {
        let list = named.map { name, ocsp in
            "{certificate: \(path(name)), key: \(keyPath(name)), ocsp: \"\(ocsp)\"}"
        }
        return "tls: {certificates: [\(list.joined(separator: ", "))]}"
    }
}
