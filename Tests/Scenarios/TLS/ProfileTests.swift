import Foundation
import Kernel
import Testing

enum Sslyze {
    /// The Python that has sslyze; nil where none has.
    static let python: String? = {
        let folder = ProcessInfo.processInfo.environment["BASCULE_PYTHON"] ?? ".build/python"
        guard FileManager.default.isExecutableFile(atPath: "\(folder)/bin/sslyze") else {
            return nil
        }
        return "\(folder)/bin/python"
    }()
}

/// Mozilla's profile, judged by sslyze.
@Suite(
    "Mozilla's TLS profile", .serialized, .timeLimit(.minutes(2)),
    .enabled(if: Sslyze.python != nil, "sslyze is not in .build/python"))
struct ProfileTests {
    @Test("The defaults are \"intermediate\", and minimum_version 1.3 is \"modern\"")
    func compliant() throws {
        let python = try #require(Sslyze.python)
        let certificates = try Certificates()
        try certificates.makeAuthority()
        try certificates.issue("a", for: "a.test")
        let app = try ScriptedUpstream()
        for (profile, keys) in [("intermediate", ""), ("modern", ", minimum_version: \"1.3\"")] {
            var configuration = Configuration(blue: [app])
            // RFC 6797 wants no certain number; Mozilla wants two years.
            configuration.listenerKeys = [
                certificates.listener("a", keys: "\(keys), hsts: 730d")
            ]
            let bascule = try Bascule(configuration)
            let verdict = try Command(
                Program(
                    python,
                    [
                        "-m", "sslyze", "--mozilla_config=\(profile)", "--sni=a.test",
                        "--certinfo_ca_file=\(certificates.path(Certificates.authority))",
                        bascule.address.description,
                    ]), seconds: 60)
            #expect(verdict.code == 0, "\(verdict.output)")
        }
    }
}
