import Control
import Foundation
import Kernel
import Testing

/// RFC 6066 section 8, with responses that a real authority has signed.
@Suite("OCSP stapling", .serialized, .timeLimit(.minutes(1)))
struct StaplingTests {
    private let certificates: Certificates
    private let app: ScriptedUpstream

    init() throws {
        certificates = try Certificates()
        try certificates.makeAuthority()
        app = try ScriptedUpstream()
    }

    private func serve(
        _ named: [(String, String)], wrapper: [String] = []
    ) throws -> Bascule {
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        configuration.listenerKeys = [certificates.listener(named)]
        return try Bascule(configuration, wrapper: wrapper)
    }

    private func contents(of path: String) throws -> Data {
        try #require(FileManager.default.contents(atPath: path))
    }

    /// What a client sees that asks for a response; nil where it gets none.
    private func answered(
        _ bascule: Bascule, _ host: String, _ version: String = "-tls1_3"
    ) throws -> String? {
        let port = try #require(bascule.addresses[0].port)
        let script = """
            openssl s_client -connect 127.0.0.1:\(port) -servername \(host) -status \(version) \
            </dev/null 2>&1
            """
        let seen = try Command(Program("/bin/sh", ["-c", script])).output
        #expect(seen.contains("New, TLSv1"), "\(seen)")
        return seen.contains("OCSP response: no response sent") ? nil : seen
    }

    @Test("A client that asks gets the response of the file; without a file there is none")
    func stapled() throws {
        try certificates.issue("a", for: "a.test")
        try certificates.issue("b", for: "b.test")
        let bascule = try serve([("a", certificates.vouch(for: "a")), ("b", "")])
        for version in ["-tls1_2", "-tls1_3"] {
            let seen = try #require(try answered(bascule, "a.test", version))
            #expect(seen.contains("OCSP Response Status: successful"), "\(version): \(seen)")
            #expect(seen.contains("Cert Status: good"), "\(version)")
            #expect(try answered(bascule, "b.test", version) == nil)
        }
    }

    @Test("A file that is no response is refused with its place and 78, all of them in one run")
    func refused() throws {
        try certificates.issue("a", for: "a.test")
        let octets = try contents(of: certificates.vouch(for: "a"))
        func write(_ octets: Data, _ name: String) throws -> String {
            let path = certificates.folder.file(name)
            try octets.write(to: URL(filePath: path))
            return path
        }
        // OCSPResponseStatus tryLater, and nothing more (RFC 6960 section 4.2.1).
        let later = try write(Data([0x30, 0x03, 0x0a, 0x01, 0x03]), "later.ocsp")
        let wrong = [
            certificates.keyPath("a"), try write(octets.dropLast(), "short.ocsp"),
            try write(octets + [0], "long.ocsp"), try write(Data(), "empty.ocsp"),
        ]
        try certificates.make("weak", for: "weak.test", key: .weak)
        let output = try refusal(
            (wrong + [later]).map { ("a", $0) } + [("weak", wrong[0])])
        for (number, path) in wrong.enumerated() {
            #expect(
                output.contains(
                    "listen[0].tls.certificates[\(number)].ocsp: \(path): found no OCSP response,"
                        + " expected one in DER\n"), "\(output)")
        }
        #expect(output.contains("certificates[4].ocsp: \(later): found an OCSP response that says"))
        #expect(output.contains("\"trylater\", expected a successful one\n"), "\(output)")
        #expect(output.contains("certificates[5].ocsp: \(wrong[0]): found no OCSP response"))
        let weak = try #require(output.split(separator: "\n").first { $0.contains("RSA") })
        #expect(weak.contains("/bascule.yaml:"), "\(weak)")
        #expect(
            weak.contains(
                "certificates[5].certificate: \(certificates.path("weak")): found an RSA key of"
                    + " 1024 bits, expected 2048 or more (OpenSSL: ee key too small)"), "\(weak)")
    }

    private func refusal(_ named: [(String, String)]) throws -> String {
        do {
            _ = try serve(named)
            return "started"
        } catch let error as Bascule.DidNotStart {
            return error.output
        }
    }

    @Test("One that is about another certificate, unknown there or without an end is not stapled")
    func doubtful() throws {
        for name in ["other", "unknown", "endless", "revoked", "chained"] {
            try certificates.issue(name, for: "\(name).test")
        }
        try certificates.appendAuthority(to: "chained")
        let bascule = try serve([
            ("other", certificates.vouch(for: "revoked", .revoked)),
            ("unknown", certificates.vouch(for: "unknown", nil)),
            ("endless", certificates.vouch(for: "endless", days: nil)),
            ("revoked", certificates.folder.file("revoked.ocsp")),
            ("chained", certificates.vouch(for: "chained")),
        ])
        for name in ["other", "unknown", "endless"] {
            #expect(try answered(bascule, "\(name).test") == nil, "\(name)")
        }
        #expect(try answered(bascule, "revoked.test")?.contains("Cert Status: revoked") == true)
        #expect(try answered(bascule, "chained.test")?.contains("Cert Status: good") == true)
        let seen = try #require(try bascule.status().certificates)
        for (certificate, words) in zip(
            seen,
            [
                "is about another certificate: not stapled", "does not know it: not stapled",
                "does not say until when it is valid: not stapled", "says that it is revoked",
            ])
        {
            #expect(certificate.doubts.contains { $0.hasSuffix(words) }, "\(certificate)")
        }
        #expect(seen[4].doubts.allSatisfy { !$0.contains("OCSP") }, "\(seen[4])")
    }

    @Test("It is stapled while it is valid: not before, not after, whatever was so at the start")
    func inTime() throws {
        try certificates.issue("a", for: "a.test")
        let response = try certificates.vouch(for: "a")
        let clock = try FalseClock(in: certificates.folder)
        try clock.set(.shifted(-3_600))
        let bascule = try serve([("a", response)], wrapper: clock.wrapper)
        let words = "its OCSP response is not valid yet: not stapled before it is"
        #expect(bascule.program.standardError.contains(words))
        #expect(try answered(bascule, "a.test") == nil)
        try clock.set(.shifted(60))
        #expect(try answered(bascule, "a.test") != nil)
        try clock.set(.shifted(6 * 86_400))
        #expect(try answered(bascule, "a.test") != nil)
        try clock.set(.shifted(8 * 86_400))
        #expect(try answered(bascule, "a.test") == nil)
        let seen = try #require(try bascule.status().certificates?.first)
        #expect(seen.doubts.contains { $0.hasPrefix("its OCSP response expired at") }, "\(seen)")
    }

    @Test("A new file that is no response is refused, and the one in use goes on")
    func reload() throws {
        try certificates.issue("a", for: "a.test")
        let response = try certificates.vouch(for: "a")
        let good = try contents(of: response)
        let bascule = try serve([("a", response)])
        let key = try contents(of: certificates.keyPath("a"))
        try key.write(to: URL(filePath: response))
        let refused = try bascule.run("reload")
        #expect(refused.code == 78)
        #expect(
            refused.errors.contains(
                "certificates[0].ocsp: \(response): found no OCSP response"), "\(refused.errors)")
        #expect(try answered(bascule, "a.test") != nil)
        // Of another certificate: taken, and not shown.
        try certificates.issue("b", for: "b.test")
        let octets = try contents(of: certificates.vouch(for: "b"))
        try octets.write(to: URL(filePath: response))
        #expect(try bascule.run("reload").code == 0)
        #expect(try answered(bascule, "a.test") == nil)
        // By the change of the file alone.
        try good.write(to: URL(filePath: response))
        try Wait.until("it is stapled again") { try answered(bascule, "a.test") != nil }
    }
}
