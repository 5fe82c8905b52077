import Control
import Foundation
import Kernel
import Testing

/// A target given by name, as every compose file gives it: each deploy has a new address.
@Suite("Targets by name", .serialized, .timeLimit(.minutes(1)))
struct NameTests {
    static let name = "api-blue.bascule.test"

    /// Starts Bascule with a hosts file of its own, which only root can put in place.
    private static func wrapper(_ hosts: String) -> [String] {
        [
            "/usr/bin/unshare", "--mount", "/bin/sh", "-c",
            "mount --bind \"$0\" /etc/hosts && exec \"$@\"", hosts,
        ]
    }

    @Test(
        "A target that moves to another address under load loses no request",
        .enabled(if: ThisProcess.isRoot, "only root can give a process its own hosts file"))
    func moves() throws {
        let before = try ScriptedUpstream(
            host: "127.0.0.1", ScriptedUpstream.answering("before"))
        let port = try #require(before.address.port)
        let after = try ScriptedUpstream(
            host: "127.0.0.2", port: port, ScriptedUpstream.answering("after"))
        let folder = try Scratch()
        let hosts = try folder.write("127.0.0.1 \(Self.name)\n", to: "hosts")
        var service = Configuration.Service()
        service.blue = ["\(Self.name):\(port)"]
        let bascule = try Bascule(
            Configuration([service], apps: [before, after]), wrapper: Self.wrapper(hosts),
            folder: folder)
        let crowd = Crowd(4, to: bascule.address)
        try crowd.waitForAnswers(100)
        // In place: the mount shows this very file.
        let handle = try FileHandle(forWritingTo: URL(filePath: hosts))
        try handle.write(contentsOf: Data("127.0.0.2 \(Self.name)\n".utf8))
        try handle.close()
        try Wait.until("the new address is used") { crowd.results.last?.body == "after" }
        // As a deploy does it: the old container goes once the new one is known.
        try Wait.until("nobody uses the old address any more") {
            crowd.results.suffix(200).allSatisfy { $0.body == "after" }
        }
        try before.stop()
        try crowd.waitForAnswers(200)
        let results = try crowd.stop()
        #expect(results.failures.isEmpty, "\(results.failures.prefix(3))")
        #expect(crowd.connections == 4)
        #expect(!after.requests.isEmpty)
    }

    @Test("A name that does not resolve makes its color unhealthy and is no configuration error")
    func unknownName() throws {
        let app = try ScriptedUpstream()
        var service = Configuration.Service()
        service.blue = [app.address.description]
        service.green = ["no-such-host.invalid:5001"]
        let bascule = try Bascule(Configuration([service], apps: [app]))
        #expect(try bascule.get("/").status == 200)
        let green = try #require(try bascule.service().colors.last)
        #expect(!green.healthy)
        let command = try bascule.run("switch", "green")
        #expect(command.code == 3)
    }
}
