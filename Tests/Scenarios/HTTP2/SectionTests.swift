import Control
import Foundation
import Kernel
import Testing

/// RFC 9113 section by section, by frames of Python's `hyperframe`, field blocks of its `hpack`,
/// and its `h2` as a client: what `Tests/Peers/rfc9113.py` says of the executable.
@Suite(
    "RFC 9113, section by section", .serialized, .timeLimit(.minutes(2)),
    .enabled(if: PeerPrograms.hasH2, "h2 is not in .build/python"))
struct SectionTests {
    private static let sections = [
        "3.4", "4.1", "4.2", "4.3", "4.3.1", "5.1", "5.1.1", "5.1.2", "5.3", "5.4.2", "5.5",
        "6.1", "6.2", "6.3", "6.4", "6.5", "6.5.2", "6.5.3", "6.7", "6.8", "6.8 stop", "6.9",
        "6.9.1", "6.9.2", "6.10", "8.1", "8.1.1", "8.2.1", "8.2.2", "8.2.3", "8.3", "8.3.1",
        "8.4", "8.5", "8.7", "10.5", "10.5.1", "RFC 8441", "h2",
    ]

    private static func run(_ arguments: [String]) throws -> Command {
        let python = try #require(PeerPrograms.python(with: "h2"))
        return try Command(
            Program(python, ["-B", PeerPrograms.path("rfc9113.py")] + arguments), seconds: 100)
    }

    @Test("Every section that the program knows is judged here")
    func all() throws {
        let known = try Self.run(["--list"]).output.split(separator: "\n").map(String.init)
        #expect(known.sorted() == Self.sections.sorted())
    }

    @Test("A section's cases, by prior knowledge and over TLS", arguments: sections)
    func section(_ section: String) throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let admin = try FreePort.next()
        let app = try FrameApp.start()
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        configuration.listenerKeys = ["h2c: true", certificates.listener("a")]
        configuration.lines = ["admin: {address: \"127.0.0.1:\(admin)\"}"]
        let bascule = try Bascule(configuration, listeners: 2)
        let worker = try bascule.pid(of: "worker 0")
        let ports = try bascule.addresses.map { "\(try #require($0.port))" }
        let judged = try Self.run([
            section, "--plain", ports[0], "--tls", ports[1], "--authority",
            certificates.path("a"), "--admin", "\(admin)", "--pid", "\(bascule.program.pid)",
        ])
        for line in judged.output.split(separator: "\n") where line.hasPrefix("not ok ") {
            Issue.record("\(line)")
        }
        #expect(judged.code == 0, "\(judged.errors)")
        #expect(judged.output.contains("\nok ") || judged.output.hasPrefix("ok "))
        guard section != "6.8 stop" else {
            #expect(try bascule.program.ending() == 0)
            return
        }
        #expect(try bascule.pid(of: "worker 0") == worker)
        try Wait.until("nothing is in flight") {
            try bascule.service().colors.allSatisfy { $0.inFlight == 0 }
        }
    }
}
