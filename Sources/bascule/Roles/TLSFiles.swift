import Control
import Kernel
import Settings
import TLS
import Worker

/// The files that the listeners' certificates name, read once by the supervisor, which may, and
/// handed to the workers, which may not: they see contents, never paths.
struct TLSFiles {
    /// Everything that keeps the certificates from being used.
    struct Unusable: Error {
        let lines: [String]
    }

    /// More than a chain of long RSA certificates.
    private static let fileBytesMax = 1024 * 1024

    /// For each certificate in the order of the configuration: chain, key and OCSP response, each
    /// behind its length.
    let contents: [UInt8]
    /// What works, but should be looked at.
    let warnings: [String]

    init(contents: [UInt8], warnings: [String] = []) {
        self.contents = contents
        self.warnings = warnings
    }

    // MARK: Reading

    /// Reads and tries all of it, so that every mistake is found in one run.
    static func load(_ settings: Settings) throws(Unusable) -> TLSFiles {
        var contents: [UInt8] = []
        var lines: [String] = []
        var warnings: [String] = []
        let hosts = settings.services.flatMap(\.hosts)
        for listener in settings.listen {
            guard let tls = listener.tls else { continue }
            var certificates: [Certificate] = []
            for named in tls.certificates {
                do {
                    let files = try read(named)
                    let certificate = try Certificate(files)
                    certificates.append(certificate)
                    warnings += doubts(certificate, files.certificatePath)
                    for part in [files.chain, files.key, files.ocsp] { append(part, to: &contents) }
                } catch {
                    lines.append("\(error)")
                }
            }
            for host in hosts
            where host != "*" && !certificates.isEmpty
                && !certificates.contains(where: { $0.names.cover(host) })
            {
                warnings.append("\(listener.address): no certificate is for the host \(host)")
            }
        }
        guard lines.isEmpty else { throw Unusable(lines: lines) }
        let files = TLSFiles(contents: contents, warnings: warnings)
        do {
            _ = try files.rules(settings)
        } catch {
            throw Unusable(lines: ["\(error)"])
        }
        return files
    }

    private struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    private static func read(_ named: CertificateSettings) throws -> Certificate.Files {
        let chain = try contents(of: named.certificate)
        let key = try contents(of: named.key, isSecret: true)
        var files = Certificate.Files(
            certificatePath: named.certificate, keyPath: named.key, chain: chain, key: key)
        if !named.ocsp.isEmpty { files.ocsp = try contents(of: named.ocsp) }
        return files
    }

    private static func contents(of path: String, isSecret: Bool = false) throws -> [UInt8] {
        let file: (contents: [UInt8], isReadableByOthers: Bool)
        do {
            file = try Files.secret("credentials.read", path, bytesMax: fileBytesMax)
        } catch {
            throw Unreadable(description: "\(path): cannot be read: \(error.errno.message)")
        }
        if isSecret, file.isReadableByOthers {
            throw Unreadable(
                description: "\(path): found a key that everybody may read, expected one that is"
                    + " not: chmod o-rwx \(path)")
        }
        return file.contents
    }

    private static let warningDays = 30

    private static func doubts(_ certificate: Certificate, _ path: String) -> [String] {
        var doubts: [String] = []
        let days = certificate.expiresInSeconds / 86_400
        if certificate.expiresInSeconds <= 0 {
            doubts.append("\(path): the certificate has expired")
        } else if days < warningDays {
            doubts.append("\(path): the certificate expires in \(days) days")
        }
        if certificate.validInSeconds > 0 {
            doubts.append("\(path): the certificate is not valid yet")
        }
        if certificate.isSelfSigned {
            doubts.append("\(path): the certificate is self-signed: clients will not trust it")
        } else if !certificate.isChainComplete {
            doubts.append(
                "\(path): the chain is incomplete: expected the certificates between the server's"
                    + " own and a root that this machine trusts")
        }
        if certificate.names.isEmpty {
            doubts.append("\(path): the certificate names no host (subjectAltName)")
        }
        return doubts
    }

    // MARK: Using

    /// What the workers do on each listener.
    func rules(_ settings: Settings) throws -> [SecureListener] {
        var offset = 0
        let port = settings.listen.first { $0.tls != nil }?.address.port ?? 443
        return try settings.listen.map { listener in
            var rule = SecureListener()
            if listener.redirectToHTTPS { rule.redirectPort = port }
            rule.takesProxyHeader = listener.proxyProtocol
            rule.takesHTTP2 = listener.h2c
            guard let tls = listener.tls else { return rule }
            let certificates = try tls.certificates.map { named in
                let chain = try next(&offset)
                let key = try next(&offset)
                var files = Certificate.Files(
                    certificatePath: named.certificate, keyPath: named.key, chain: chain, key: key)
                files.ocsp = try next(&offset)
                return try Certificate(files)
            }
            var options = TLSServer.Options()
            options.protocols = tls.http2 ? [.http2, .http11] : [.http11]
            options.minimumVersion = tls.minimumVersion == .v13 ? .tls13 : .tls12
            rule.server = try TLSServer(certificates, options)
            rule.strictTransportSeconds = UInt64(clamping: tls.hsts.nanoseconds / 1_000_000_000)
            return rule
        }
    }

    private static func append(_ part: [UInt8], to contents: inout [UInt8]) {
        for shift in stride(from: 24, through: 0, by: -8) {
            contents.append(UInt8(truncatingIfNeeded: part.count >> shift))
        }
        contents += part
    }

    private func next(_ offset: inout Int) throws(SystemError) -> [UInt8] {
        guard contents.count - offset >= 4 else {
            throw SystemError("credentials.decode", .invalidArgument)
        }
        let count = contents[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
        offset += 4
        guard contents.count - offset >= count else {
            throw SystemError("credentials.decode", .invalidArgument)
        }
        defer { offset += count }
        return Array(contents[offset..<(offset + count)])
    }
}
