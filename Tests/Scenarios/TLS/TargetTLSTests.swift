import Control
import Foundation
import Kernel
import Testing

/// Targets under https. The target is another Bascule before a scripted app, or a server of
/// openssl's or Python's where the handshake itself is looked at.
@Suite("TLS to targets", .serialized, .timeLimit(.minutes(2)))
struct TargetTLSTests {
    private let certificates: Certificates

    init() throws {
        certificates = try Certificates()
        try certificates.makeAuthority()
        try certificates.issue("app", for: "app.test")
    }

    /// A Bascule that serves an app over TLS.
    private func target(_ app: ScriptedUpstream, _ certificate: String = "app") throws -> Bascule {
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        configuration.listenerKeys = [certificates.listener(certificate)]
        return try Bascule(configuration)
    }

    private func serve(
        _ address: SocketAddress, tls: String, _ lines: String...
    ) throws -> Bascule {
        var service = Configuration.Service()
        service.blue = ["https://\(address)"]
        service.lines = ["upstream_tls: {\(tls)}"]
        // Bascule's own listener wants a host that its certificate is for.
        service.health.append("host: app.test")
        var configuration = Configuration([service])
        configuration.workers = 1
        configuration.lines += lines
        return try Bascule(configuration)
    }

    private var trusted: String {
        "ca: \(certificates.path(Certificates.authority)), name: app.test"
    }

    @Test("Small and large requests pass, connections are kept, and its probes are healthy")
    func passes() throws {
        let app = try ScriptedUpstream { request, connection in
            let head = "HTTP/1.1 200 OK\r\nContent-Length: \(request.body.count)\r\n\r\n"
            try connection.send(Array(head.utf8) + request.body)
            return .keep
        }
        let target = try target(app)
        let bascule = try serve(target.address, tls: trusted)
        try bascule.waitForHealth()
        let octets = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }
        let client = try bascule.connect()
        for body in [[], octets, Array(octets[..<10])] {
            let head =
                "POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: \(body.count)\r\n\r\n"
            try client.send(Array(head.utf8) + body)
            let answer = try Message(head: client.read(through: "\r\n\r\n"))
            #expect(answer.startLine == "HTTP/1.1 200 OK")
            #expect(try client.read(count: body.count) == body)
        }
        // One of the worker's, and those of probes come and go.
        try Wait.until("only the kept connection is left") {
            try target.status().workers.first.map { $0.connections <= 2 } ?? false
        }
    }

    @Test("A certificate for another name, of an unknown authority, or over in time is refused")
    func untrusted() throws {
        let app = try ScriptedUpstream()
        let good = try target(app)
        try certificates.makeExpired("old", for: "app.test")
        let old = try target(app, "old")
        let authority = certificates.path(Certificates.authority)
        for (address, tls, reason) in [
            (good.address, "ca: \(authority), name: other.test", "hostname mismatch"),
            (good.address, "ca: \(authority)", "IP address mismatch"),
            (good.address, "name: app.test", "unable to get local issuer certificate"),
            (old.address, "ca: \(certificates.path("old")), name: app.test", "has expired"),
        ] {
            let bascule = try serve(address, tls: tls)
            let answer = try bascule.get("/")
            #expect(answer.status == 502)
            #expect(answer["x-bascule-reason"] == "upstream-invalid", "\(tls)")
            #expect(answer.text.contains("certificate is not accepted here"), "\(answer.text)")
            #expect(bascule.program.standardError.contains(reason), "\(tls)")
            try Wait.until("its probe says why: \(reason)") {
                try bascule.service().colors[0].targets[0].lastCheck?.message
                    .contains(reason) ?? false
            }
        }
        #expect(app.requests.isEmpty)
    }

    @Test("A target without TLS is refused, and a handshake that hangs ends with timeouts.connect")
    func noHandshake() throws {
        let app = try ScriptedUpstream()
        let plain = try Bascule(Configuration(blue: [app]))
        let listener = try Socket.listen(
            "test.listen", on: .ipv4(0x7f00_0001, port: 0), backlog: 16)
        let silent = try #require(Socket.localAddress(listener.number))
        for (address, status, reason) in [
            (plain.address, 502, "upstream-invalid"), (silent, 504, "upstream-timeout"),
        ] {
            let bascule = try serve(address, tls: trusted, "timeouts: {connect: 300ms}")
            let begin = Instant.now
            let answer = try bascule.get("/")
            #expect(answer.status == status)
            #expect(answer["x-bascule-reason"] == reason)
            #expect(Instant.now.milliseconds(since: begin) < 3_000)
        }
    }

    @Test("A session is resumed, and shown the name that is asked for")
    func resumed() throws {
        let port = try FreePort.next()
        let server = try Program(
            "/usr/bin/openssl",
            [
                "s_server", "-www", "-accept", "127.0.0.1:\(port)", "-cert",
                certificates.path("app"), "-key", certificates.keyPath("app"), "-servername",
                "app.test", "-cert2", certificates.path("app"), "-key2",
                certificates.keyPath("app"), "-servername_fatal",
            ])
        defer { server.kill() }
        let address = SocketAddress.ipv4(0x7f00_0001, port: port)
        try Wait.until("the server accepts") { server.standardOutput.contains("ACCEPT") }
        let bascule = try serve(address, tls: trusted)
        let pages = try (0..<3).map { _ in try bascule.get("/").text }
        #expect(pages[0].contains("New, TLSv1.3"), "\(pages[0])")
        #expect(pages[1].contains("Reused, TLSv1.3"), "\(pages[1])")
        #expect(pages[2].contains("Reused, TLSv1.3"), "\(pages[2])")
    }

    @Test("An answer without a length counts as whole only where TLS says that it ends there")
    func truncated() throws {
        let port = try FreePort.next()
        // Python closes without a word; unwrap() says it.
        let script = """
            import socket, ssl, sys
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[1], sys.argv[2])
            with socket.create_server(("127.0.0.1", int(sys.argv[3]))) as listener:
                print("ready", flush=True)
                while True:
                    raw = listener.accept()[0]
                    try:
                        peer = context.wrap_socket(raw, server_side=True)
                        request = peer.recv(65536)
                        peer.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\nhalf")
                        if request.startswith(b"GET /whole"):
                            peer.unwrap()
                        peer.close()
                    except OSError:
                        raw.close()
            """
        let server = try Program(
            "/usr/bin/python3",
            ["-c", script, certificates.path("app"), certificates.keyPath("app"), "\(port)"])
        defer { server.kill() }
        try Wait.until("the server accepts") { server.standardOutput.contains("ready") }
        let bascule = try serve(.ipv4(0x7f00_0001, port: port), tls: trusted)
        for (path, isWhole) in [("/whole", true), ("/cut", false)] {
            let client = try bascule.connect()
            try client.send("GET \(path) HTTP/1.1\r\nHost: app.test\r\n\r\n")
            let (octets, _) = try client.readToLastChunk(after: "half")
            let text = String(decoding: octets, as: UTF8.self)
            #expect(text.contains("half"))
            #expect(text.hasSuffix("\r\n0\r\n\r\n") == isWhole, "\(path): \(text)")
        }
    }
}

extension Certificates {
    /// A self-signed certificate whose time is over.
    func makeExpired(_ name: String, for host: String) throws {
        let request = folder.file("\(name).request")
        try openssl([
            "req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-keyout", keyPath(name), "-out", request, "-subj", "/CN=\(name)", "-addext",
            "subjectAltName=DNS:\(host)",
        ])
        // It ended a day before it began.
        try openssl([
            "x509", "-req", "-in", request, "-key", keyPath(name), "-copy_extensions", "copy",
            "-days", "-1", "-out", path(name),
        ])
    }
}

extension RawConnection {
    /// Everything up to the last chunk or the end of the connection, whichever comes first.
    func readToLastChunk(after mark: String) throws -> (octets: [UInt8], isEnded: Bool) {
        var text = try read(through: mark)
        do {
            text += try read(through: "\r\n0\r\n\r\n")
            return (Array(text.utf8), false)
        } catch Failure.closed(let received), Failure.reset(let received) {
            return (Array((text + received).utf8), true)
        }
    }
}
