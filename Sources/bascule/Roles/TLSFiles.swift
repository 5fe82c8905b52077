import Control
import Kernel
import Settings
import TLS

/// The files that listeners and `upstream_tls` name, read by a process that may, and handed to the
/// workers, which may not.
struct TLSFiles {
    /// Everything that keeps them from being used.
    struct Unusable: Error {
        let lines: [String]
    }

    /// More than a chain of long RSA certificates, or the roots that a system believes.
    private static let fileBytesMax = 1024 * 1024

    private(set) var credentials: Credentials
    private(set) var certificates: [CertificateStatus] = []
    /// What works, but should be looked at.
    private(set) var warnings: [String] = []
    private var errors: [String] = []

    /// Reads and tries all of it, so that every mistake is found in one run.
    static func load(_ settings: Settings, version: UInt64) throws(Unusable) -> TLSFiles {
        var files = TLSFiles(version: version)
        for listener in settings.listen { files.read(listener, settings) }
        for service in settings.services { files.readAnchors(of: service) }
        guard files.errors.isEmpty else { throw Unusable(lines: files.errors) }
        do {
            _ = try ListenerRules.make(settings, files.credentials)
            _ = try ListenerRules.targets(settings, files.credentials)
        } catch {
            throw Unusable(lines: ["\(error)"])
        }
        return files
    }

    /// Every file that `load` reads.
    static func paths(_ settings: Settings) -> [String] {
        let listeners = settings.listen.flatMap { $0.tls?.certificates ?? [] }
            .flatMap { [$0.certificate, $0.key, $0.ocsp] }
        let anchors = settings.services.map(\.upstreamTLS.ca)
        return (listeners + anchors).filter { !$0.isEmpty }
    }

    /// What the controller is told.
    func facts(_ settings: Settings) throws -> [UInt8] {
        Array(
            try ControlJSON.encode(
                CredentialFacts(
                    configuration: settings.json, certificates: certificates,
                    anchors: credentials.anchors.map { String(decoding: $0, as: UTF8.self) })))
    }

    private init(version: UInt64) {
        credentials = Credentials(version: version, listeners: [], anchors: [])
    }

    // MARK: Reading

    private mutating func read(_ listener: ListenerSettings, _ settings: Settings) {
        var list: [Certificate.Files] = []
        var names: [CertificateNames] = []
        for named in listener.tls?.certificates ?? [] {
            do {
                let files = try Self.read(named)
                let certificate = try Certificate(files)
                note(certificate, named.certificate, listener)
                list.append(files)
                names.append(certificate.names)
            } catch {
                errors.append("\(error)")
            }
        }
        credentials.listeners.append(list)
        guard !names.isEmpty else { return }
        for host in settings.services.flatMap(\.hosts)
        where host != "*" && !names.contains(where: { $0.cover(host) }) {
            warnings.append("\(listener.address): no certificate is for the host \(host)")
        }
    }

    private mutating func readAnchors(of service: ServiceSettings) {
        var anchors: [UInt8] = []
        if !service.upstreamTLS.ca.isEmpty {
            do {
                anchors = try Self.contents(of: service.upstreamTLS.ca)
                _ = try TLSClient(anchors: anchors)
            } catch is CertificateProblem {
                errors.append(
                    "\(service.upstreamTLS.ca): found no certificate, expected PEM, for"
                        + " services.\(service.name).upstream_tls.ca")
            } catch {
                errors.append("\(error)")
            }
        }
        credentials.anchors.append(anchors)
    }

    private mutating func note(
        _ certificate: Certificate, _ path: String, _ listener: ListenerSettings
    ) {
        let now = Int64(WallClock.milliseconds)
        func moment(_ seconds: Int) -> Timestamp {
            Timestamp(milliseconds: (now / 1_000 + Int64(seconds)) * 1_000)
        }
        let status = CertificateStatus(
            listener: listener.address.description, path: path, names: certificate.names.all,
            key: certificate.keyKind == .rsa ? .rsa : .ecdsa,
            notBefore: moment(certificate.validInSeconds),
            notAfter: moment(certificate.expiresInSeconds), doubts: Self.doubts(certificate))
        certificates.append(status)
        let days = status.daysWarning(at: Timestamp(milliseconds: now))
        for doubt in (days.map { [$0] } ?? []) + status.doubts {
            warnings.append("\(path): the certificate: \(doubt)")
        }
    }

    private static func doubts(_ certificate: Certificate) -> [String] {
        var doubts: [String] = []
        if certificate.isSelfSigned {
            doubts.append("self-signed: clients will not trust it")
        } else if !certificate.isChainComplete {
            doubts.append(
                "the chain is incomplete: expected the certificates between the server's own and"
                    + " a root that this machine trusts")
        }
        if certificate.names.isEmpty { doubts.append("names no host (subjectAltName)") }
        return doubts
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
}
