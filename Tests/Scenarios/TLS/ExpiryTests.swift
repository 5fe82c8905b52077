import Control
import Kernel
import Testing

/// A certificate's days, as an operator is told of them.
@Suite("Certificates near their end", .serialized, .timeLimit(.minutes(1)))
struct ExpiryTests {
    @Test("status and metrics say how long certificates last, and what is doubtful of them")
    func told() throws {
        let certificates = try Certificates()
        try certificates.makeAuthority()
        try certificates.issue("near", for: "near.test", days: 2)
        try certificates.make("far", for: "far.test", days: 90)
        let app = try ScriptedUpstream()
        var configuration = Configuration(blue: [app])
        configuration.listenerKeys = [certificates.listener("near", "far")]
        let port = try FreePort.next()
        configuration.lines.append("admin: {address: \"127.0.0.1:\(port)\"}")
        let bascule = try Bascule(configuration)
        let errors = bascule.program.standardError
        #expect(errors.contains("the certificate: expires in 4"), "\(errors)")
        #expect(errors.contains("the certificate: self-signed"))
        #expect(errors.contains("the chain is incomplete"))
        let seen = try #require(try bascule.status().certificates)
        #expect(seen.map(\.names) == [["near.test"], ["far.test"]])
        #expect(seen[0].warning?.hasPrefix("expires in 4") ?? false, "\(seen[0])")
        #expect(seen[1].warning == nil)
        #expect(seen[1].doubts == ["self-signed: clients will not trust it"])
        let text = try bascule.run("status").output
        #expect(text.contains("near.test"))
        #expect(text.contains("expires in 4"), "\(text)")
        let metrics = try RawConnection(to: .ipv4(0x7f00_0001, port: port))
            .get("/metrics").text
        let name = "bascule_certificate_expiry_timestamp_seconds"
        let end = seen[0].notAfter.milliseconds / 1_000
        #expect(
            metrics.contains(
                "\(name){listener=\"\(bascule.address)\",name=\"near.test\","
                    + "path=\"\(certificates.path("near"))\"} \(end)"), "\(metrics)")
    }
}
