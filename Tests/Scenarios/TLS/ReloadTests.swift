import Control
import Foundation
import Kernel
import Testing

/// Certificates and keys that are replaced while connections stand.
@Suite("Reloading certificates", .serialized, .timeLimit(.minutes(2)))
struct ReloadTests {
    private let certificates: Certificates
    private let app: ScriptedUpstream

    init() throws {
        certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        app = try ScriptedUpstream(ScriptedUpstream.answering("x"))
    }

    private func serve(_ change: (inout Configuration) -> Void = { _ in }) throws -> Bascule {
        var configuration = Configuration(blue: [app])
        configuration.listenerKeys = [certificates.listener("a")]
        change(&configuration)
        return try Bascule(configuration)
    }

    /// The serial number that a new connection is shown, or what went wrong instead.
    private func serial(_ bascule: Bascule) throws -> String {
        let port = try #require(bascule.addresses[0].port)
        let script =
            "openssl s_client -connect 127.0.0.1:\(port) -servername a.test </dev/null 2>&1"
            + " | openssl x509 -noout -serial 2>&1"
        return try Command(Program("/bin/sh", ["-c", script])).output
    }

    private func serialInFile() throws -> String {
        try Command(
            Program(
                "/usr/bin/openssl", ["x509", "-noout", "-serial", "-in", certificates.path("a")])
        ).output
    }

    @Test(
        "reload returns when every worker shows the new certificate; connections stay as they are")
    func command() throws {
        let bascule = try serve { $0.workers = 4 }
        let before = try serialInFile()
        #expect(try serial(bascule) == before)
        let standing = try TLSConnection(bascule, trusting: certificates.path("a"))
        #expect(try standing.get("/") == "x")
        let session = certificates.folder.file("session")
        _ = try TLSClient.handshake(bascule, "-servername", "a.test", "-sess_out", session)
        try certificates.make("a", for: "a.test")
        let after = try serialInFile()
        #expect(before != after)
        let command = try bascule.run("reload")
        #expect(command.code == 0, "\(command.errors)")
        #expect(command.output.contains("every worker uses"))
        for _ in 0..<8 { #expect(try serial(bascule) == after) }
        // The connection that stood, and the tickets that were given out, are good as before.
        #expect(try standing.get("/") == "x")
        #expect(standing.isRunning)
        let again = try TLSClient.handshake(
            bascule, "-servername", "a.test", "-sess_in", session)
        #expect(again.contains("Reused, TLSv1."), "\(again)")
    }

    @Test("HUP reloads, and so does a change of the files alone, once both of them are there")
    func withoutCommand() throws {
        let bascule = try serve()
        try certificates.make("a", for: "a.test")
        bascule.program.send(.hangup)
        let second = try serialInFile()
        try Wait.until("new connections show the second one") { try serial(bascule) == second }
        // The key alone does not belong to the certificate, and nothing is read of the two.
        try certificates.make("new", for: "a.test")
        try certificates.replaceKey(of: "a", by: "new")
        let third = try certificates.replaceCertificate(of: "a", by: "new", serialInFile)
        try Wait.until("new connections show the third one") { try serial(bascule) == third }
        #expect(try serial(bascule) == third)
    }

    @Test("What is wrong is refused with its reason and 78, and what is in use stays")
    func wrong() throws {
        let bascule = try serve()
        let before = try serialInFile()
        try certificates.make("b", for: "a.test")
        try certificates.replaceKey(of: "a", by: "b")
        let refused = try bascule.run("reload")
        #expect(refused.code == 78)
        #expect(refused.errors.contains("found another key than that of"), "\(refused.errors)")
        try bascule.folder.write("listen: []\n", to: "bascule.yaml")
        let invalid = try bascule.run("reload")
        #expect(invalid.code == 78)
        #expect(invalid.errors.contains("bascule.yaml:1:"), "\(invalid.errors)")
        #expect(try serial(bascule) == before)
    }

    @Test("Any other change of the configuration is named and refused with 3")
    func otherChanges() throws {
        let bascule = try serve()
        let text = bascule.folder.text(of: "bascule.yaml")
        let changed = text.replacing("workers: 2", with: "workers: 3")
            .replacing("fall: 2", with: "fall: 5")
        #expect(changed != text)
        try bascule.folder.write(changed, to: "bascule.yaml")
        let refused = try bascule.run("reload")
        #expect(refused.code == 3)
        #expect(refused.errors.contains("workers: was 2, is 3"), "\(refused.errors)")
        #expect(refused.errors.contains("services.web.health.fall: was 2, is 5"))
    }

    @Test("Other files and more of them are taken, and a worker that starts later has them too")
    func otherFiles() throws {
        let bascule = try serve { $0.workers = 1 }
        try certificates.make("b", for: "b.test")
        let text = bascule.folder.text(of: "bascule.yaml")
        try bascule.folder.write(
            text.replacing(certificates.listener("a"), with: certificates.listener("a", "b")),
            to: "bascule.yaml")
        #expect(try bascule.run("reload").code == 0)
        func answer() throws -> String {
            try TLSClient.curl("b.test", bascule, trusting: certificates.path("b")).output
        }
        #expect(try answer() == "x")
        #expect(try bascule.run("config", "show").output.contains(certificates.path("b")))
        for role in ["worker 0", "controller"] {
            let old = try bascule.pid(of: role)
            ChildProcess.send(.kill, to: old)
            try Wait.until("\(role) is started again") { try bascule.pid(of: role) != old }
        }
        #expect(try answer() == "x")
        try Wait.until("the new controller answers") {
            try bascule.run("config", "show").output.contains(certificates.path("b"))
        }
    }

    @Test("A worker that stands still is named, and uses what is new as soon as it goes on")
    func stopped() throws {
        let bascule = try serve { $0.workers = 1 }
        let worker = try bascule.pid(of: "worker 0")
        try certificates.make("a", for: "a.test")
        let after = try serialInFile()
        ChildProcess.send(.stop, to: worker)
        let reload = try bascule.start(["reload"])
        #expect(Wait.staysFalse(seconds: 0.3) { !reload.isRunning })
        ChildProcess.send(.resume, to: worker)
        #expect(try reload.ending() == 0)
        #expect(try serial(bascule) == after)
    }
}

extension Certificates {
    /// In one step, as whoever renews certificates does it.
    func replaceKey(of name: String, by other: String) throws {
        try move(keyPath(other), keyPath(name))
    }

    /// Returns what `read` says afterwards.
    func replaceCertificate(
        of name: String, by other: String, _ read: () throws -> String
    ) throws -> String {
        try move(path(other), path(name))
        return try read()
    }

    private func move(_ from: String, _ to: String) throws {
        try Files.rename("test.rename", from: from, to: to)
    }
}
