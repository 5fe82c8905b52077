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
    /// Where each file is named, by the path in the configuration's tree.
    private let places: [String: Finding]

    /// Reads and tries all of it, so that every mistake is found in one run. `needs` say where in
    /// the configuration each file is named.
    static func load(
        _ settings: Settings, _ needs: [MachineNeed], version: UInt64
    ) throws(Unusable) -> TLSFiles {
        var files = TLSFiles(needs, version: version)
        for index in settings.listen.indices { files.read(listener: index, settings) }
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

    private init(_ needs: [MachineNeed], version: UInt64) {
        places = Dictionary(
            needs.map { ($0.finding.path, $0.finding) }, uniquingKeysWith: { first, _ in first })
        credentials = Credentials(version: version, listeners: [], anchors: [])
    }

    // MARK: Reading

    private mutating func read(listener index: Int, _ settings: Settings) {
        let listener = settings.listen[index]
        var list: [Certificate.Files] = []
        var names: [CertificateNames] = []
        for (number, named) in (listener.tls?.certificates ?? []).enumerated() {
            let place = "listen[\(index)].tls.certificates[\(number)]"
            guard let files = read(named, place), let certificate = certificate(files, place)
            else { continue }
            note(certificate, named, listener)
            list.append(files)
            names.append(certificate.names)
        }
        credentials.listeners.append(list)
        guard !names.isEmpty else { return }
        for host in settings.services.flatMap(\.hosts)
        where host != "*" && !names.contains(where: { $0.cover(host) }) {
            warnings.append("\(listener.address): no certificate is for the host \(host)")
        }
    }

    /// nil where it cannot be used. What it is and what is stapled to it are looked at apart, so
    /// that mistakes of both are said.
    private mutating func certificate(
        _ files: Certificate.Files, _ place: String
    ) -> Certificate? {
        var bare = files
        bare.ocspPath = ""
        var problems: [CertificateProblem] = []
        var certificate: Certificate?
        do throws(CertificateProblem) {
            try Certificate(bare).checkStrength(path: files.certificatePath)
        } catch {
            problems.append(error)
        }
        do throws(CertificateProblem) {
            certificate = try Certificate(files)
        } catch {
            if !problems.contains(error) { problems.append(error) }
        }
        for problem in problems {
            refuse("\(place).\(Self.key(of: problem))", problem.path, problem.message)
        }
        return problems.isEmpty ? certificate : nil
    }

    /// Which of the three files is at fault.
    private static func key(of problem: CertificateProblem) -> String {
        switch problem.kind {
        case .noCertificate, .damagedCertificate, .weak: "certificate"
        case .noKey, .encryptedKey, .wrongKey, .unsupportedKey: "key"
        case .noResponse, .refusedResponse: "ocsp"
        }
    }

    private mutating func readAnchors(of service: ServiceSettings) {
        let path = service.upstreamTLS.ca
        let place = "services.\(service.name).upstream_tls.ca"
        var anchors: [UInt8] = []
        if !path.isEmpty, let read = contents(of: path, place) {
            do throws(CertificateProblem) {
                _ = try TLSClient(anchors: read)
                anchors = read
            } catch {
                let found =
                    error.kind == .noCertificate
                    ? "found no certificate, expected PEM" : error.message
                refuse(place, path, found)
            }
        }
        credentials.anchors.append(anchors)
    }

    /// `FILE:LINE:COLUMN: PLACE: PATH: MESSAGE`.
    private mutating func refuse(_ place: String, _ path: String, _ message: String) {
        let text = "\(path): \(message)"
        guard let named = places[place] else { return errors.append("\(place): \(text)") }
        errors.append(
            Finding(
                file: named.file, line: named.line, column: named.column, path: place,
                message: text
            ).description)
    }

    private mutating func note(
        _ certificate: Certificate, _ named: CertificateSettings, _ listener: ListenerSettings
    ) {
        let now = Int64(WallClock.milliseconds)
        func moment(_ seconds: Int) -> Timestamp {
            Timestamp(milliseconds: (now / 1_000 + Int64(seconds)) * 1_000)
        }
        var status = CertificateStatus(
            listener: listener.address.description, path: named.certificate,
            names: certificate.names.all,
            key: certificate.keyKind == .rsa ? .rsa : .ecdsa,
            notBefore: moment(certificate.validInSeconds),
            notAfter: moment(certificate.expiresInSeconds), doubts: Self.doubts(certificate))
        if let response = certificate.response {
            status.doubts += Self.doubts(response)
            if response.isUsable { status.stapledUntil = response.expiresInSeconds.map(moment) }
        }
        certificates.append(status)
        let seen = status.seen(at: Timestamp(milliseconds: now))
        for doubt in (seen.warning.map { [$0] } ?? []) + seen.doubts {
            warnings.append("\(named.certificate): the certificate: \(doubt)")
        }
    }

    /// What it says is doubtful. That it is over is for the moment that is asked.
    private static func doubts(_ response: StapledResponse) -> [String] {
        switch response.verdict {
        case .otherCertificate:
            return ["its OCSP response is about another certificate: not stapled"]
        case .unknown:
            return ["its OCSP response says that the authority does not know it: not stapled"]
        case .good where response.expiresInSeconds == nil:
            return ["its OCSP response does not say until when it is valid: not stapled"]
        case .revoked: return ["its OCSP response says that it is revoked"]
        case .good: break
        }
        return response.validInSeconds ?? 0 > 0
            ? ["its OCSP response is not valid yet: not stapled before it is"] : []
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

    private mutating func read(_ named: CertificateSettings, _ place: String) -> Certificate.Files?
    {
        let chain = contents(of: named.certificate, "\(place).certificate")
        let key = contents(of: named.key, "\(place).key", isSecret: true)
        let ocsp = named.ocsp.isEmpty ? [] : contents(of: named.ocsp, "\(place).ocsp")
        guard let chain, let key, let ocsp else { return nil }
        var files = Certificate.Files(
            certificatePath: named.certificate, keyPath: named.key, chain: chain, key: key)
        files.ocspPath = named.ocsp
        files.ocsp = ocsp
        return files
    }

    /// nil where there are none: then it is said why.
    private mutating func contents(
        of path: String, _ place: String, isSecret: Bool = false
    ) -> [UInt8]? {
        do throws(SystemError) {
            let file = try Files.secret("credentials.read", path, bytesMax: Self.fileBytesMax)
            guard isSecret, file.isReadableByOthers else { return file.contents }
            refuse(
                place, path,
                "found a key that everybody may read, expected one that is not: chmod o-rwx \(path)"
            )
        } catch {
            refuse(place, path, "cannot be read: \(error.errno.message)")
        }
        return nil
    }
}
