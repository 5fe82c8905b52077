import Testing

/// RFC 6066 section 8, with a response that a real authority has signed.
@Suite("OCSP stapling", .serialized, .timeLimit(.minutes(1)))
struct StaplingTests {
    @Test("A client that asks gets the response of the file; without a file there is none")
    func stapled() throws {
        let certificates = try Certificates()
        try certificates.makeAuthority()
        try certificates.issue("a", for: "a.test")
        try certificates.issue("b", for: "b.test")
        let response = try certificates.vouch(for: "a")
        let list = [("a", response), ("b", "")].map { name, ocsp in
            "{certificate: \(certificates.path(name)), key: \(certificates.keyPath(name)),"
                + " ocsp: \"\(ocsp)\"}"
        }
        let app = try ScriptedUpstream()
        var configuration = Configuration(blue: [app])
        configuration.listenerKeys = [
            "tls: {certificates: [\(list.joined(separator: ", "))]}"
        ]
        let bascule = try Bascule(configuration)
        for version in ["-tls1_2", "-tls1_3"] {
            let seen = try TLSClient.handshake(
                bascule, version, "-status", "-servername", "a.test", "-CAfile",
                certificates.path(Certificates.authority))
            #expect(seen.contains("OCSP Response Status: successful"), "\(version): \(seen)")
            #expect(seen.contains("Cert Status: good"), "\(version)")
            let none = try TLSClient.handshake(
                bascule, version, "-status", "-servername", "b.test")
            #expect(none.contains("OCSP response: no response sent"), "\(version): \(none)")
        }
    }
}
