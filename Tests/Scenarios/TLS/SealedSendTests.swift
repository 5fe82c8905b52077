import Kernel
import Testing

/// What is sent and read over TLS, call by call.
@Suite("TLS, call by call", .serialized, .timeLimit(.minutes(2)))
struct SealedSendTests {
    /// A target that says `head` for each POST whose head it reads, and answers whole ones.
    private static let target = """
        import socket, ssl, sys
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        def more(peer):
            piece = peer.recv(65536)
            if not piece:
                raise OSError("cut off")
            return piece
        with socket.create_server(("127.0.0.1", int(sys.argv[3]))) as listener:
            print("ready", flush=True)
            while True:
                raw = listener.accept()[0]
                try:
                    with context.wrap_socket(raw, server_side=True) as peer:
                        octets = b""
                        while b"\\r\\n\\r\\n" not in octets:
                            octets += more(peer)
                        head, content = octets.split(b"\\r\\n\\r\\n", 1)
                        length = 0
                        if head.startswith(b"POST"):
                            print("head", flush=True)
                            length = 30000
                        while len(content) < length:
                            content += more(peer)
                        peer.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n"
                                     b"Connection: close\\r\\n\\r\\n")
                except OSError:
                    raw.close()
        """

    @Test("A POST of which a record went out is not sent again, whichever write fails")
    func once() throws {
        let certificates = try Certificates()
        try certificates.makeAuthority()
        try certificates.issue("app", for: "app.test")
        // The handshake's two writes come first, then two records.
        for failing in 2...5 {
            let port = try FreePort.next()
            let target = try Program(
                "/usr/bin/python3",
                [
                    "-c", Self.target, certificates.path("app"), certificates.keyPath("app"),
                    "\(port)",
                ])
            defer { target.kill() }
            try Wait.until("the target accepts") { target.standardOutput.contains("ready") }
            var service = Configuration.Service()
            service.blue = ["https://127.0.0.1:\(port)"]
            let authority = certificates.path(Certificates.authority)
            service.lines = ["upstream_tls: {ca: \(authority), name: app.test}"]
            var configuration = Configuration([service])
            configuration.workers = 1
            configuration.lines = ["timeouts: {response: 500ms}"]
            let bascule = try Bascule(
                configuration,
                wrapper: ["/usr/bin/env", "BASCULE_FAULTS=worker.send.upstream=EPIPE@\(failing)"])
            let client = try bascule.connect()
            try client.send(
                "POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 30000\r\n\r\n"
                    + String(repeating: "x", count: 30_000))
            let head = try client.read(through: "\r\n\r\n")
            // Without its second record it is never whole, and nobody may send it anew.
            #expect(head.hasPrefix(failing == 4 ? "HTTP/1.1 50" : "HTTP/1.1 200"), "\(head)")
            let heads = target.standardOutput.split(separator: "\n").filter { $0 == "head" }
            #expect(heads.count == 1, "write \(failing) failed, and the app got \(heads.count)")
        }
    }

    @Test("A request costs one read of the socket")
    func reads() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let app = try ScriptedUpstream()
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        configuration.listenerKeys = [certificates.listener("a")]
        // The handshake takes a few; twenty requests would take forty with a read in vain each.
        let bascule = try Bascule(
            configuration,
            wrapper: ["/usr/bin/env", "BASCULE_FAULTS=worker.receive.client=ECONNRESET@32"])
        let client = try TLSConnection(bascule, trusting: certificates.path("a"))
        for _ in 0..<20 { #expect(try client.get("/") == "ok") }
    }
}
