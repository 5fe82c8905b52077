import Foundation
import Kernel
import Testing

/// TLS on a listener, seen by curl and openssl.
@Suite("TLS", .serialized, .timeLimit(.minutes(2)))
struct TLSTests {
    private func serve(
        _ certificates: Certificates, _ listener: String, _ app: ScriptedUpstream
    ) throws -> Bascule {
        var configuration = Configuration(blue: [app])
        configuration.listenerKeys = [listener]
        return try Bascule(configuration)
    }

    @Test("curl gets its answer over TLS 1.2 and 1.3, and the app is told of https")
    func versions() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let app = try ScriptedUpstream(ScriptedUpstream.answering("sealed"))
        let bascule = try serve(certificates, certificates.listener("a"), app)
        for version in ["--tls-max", "--tlsv1.3"] {
            let options =
                version == "--tls-max" ? ["--tls-max", "1.2"] : ["--tlsv1.3", "--http1.1"]
            let answer = try TLSClient.curl(
                "a.test", bascule, trusting: certificates.path("a"), options[0], options[1])
            #expect(answer.output == "sealed", "\(answer.errors)")
        }
        #expect(app.requests.map { $0["x-forwarded-proto"] } == ["https", "https"])
    }

    @Test("The name decides over the certificate, wildcards included, and the first is the default")
    func names() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test", "*.a.test")
        try certificates.make("b", for: "b.test", key: .rsa)
        let app = try ScriptedUpstream(ScriptedUpstream.answering("x"))
        let bascule = try serve(certificates, certificates.listener("a", "b"), app)
        for (host, certificate) in [("a.test", "a"), ("www.a.test", "a"), ("b.test", "b")] {
            let answer = try TLSClient.curl(
                host, bascule, trusting: certificates.path(certificate))
            #expect(answer.output == "x", "\(host): \(answer.errors)")
        }
        let unknown = try TLSClient.handshake(bascule, "-servername", "other.test")
        #expect(unknown.contains("CN = a"))
    }

    @Test("One name has an RSA and an ECDSA certificate side by side")
    func bothKinds() throws {
        let certificates = try Certificates()
        try certificates.make("ec", for: "a.test")
        try certificates.make("rsa", for: "a.test", key: .rsa)
        let app = try ScriptedUpstream()
        let bascule = try serve(certificates, certificates.listener("ec", "rsa"), app)
        for (suite, name) in [
            ("ECDHE-ECDSA-AES128-GCM-SHA256", "ec"),
            ("ECDHE-RSA-AES128-GCM-SHA256", "rsa"),
        ] {
            let seen = try TLSClient.handshake(
                bascule, "-tls1_2", "-cipher", suite, "-servername", "a.test")
            #expect(seen.contains("CN = \(name)"), "\(suite): \(seen)")
        }
    }

    @Test("A Host that the certificate shown is not for gets 421 where the client named a server")
    func misdirected() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let app = try ScriptedUpstream()
        let bascule = try serve(certificates, certificates.listener("a"), app)
        let answer = try TLSClient.curl(
            "a.test", bascule, trusting: certificates.path("a"), "-H", "Host: b.test", "-i")
        #expect(answer.output.hasPrefix("HTTP/1.1 421 "), "\(answer.output)")
        #expect(answer.output.contains("X-Bascule-Reason: no-service"))
        #expect(app.requests.isEmpty)
    }

    @Test("A ticket is good in every worker, and for its own name only")
    func tickets() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        try certificates.make("b", for: "b.test")
        let app = try ScriptedUpstream(ScriptedUpstream.answering("x"))
        var configuration = Configuration(blue: [app])
        configuration.workers = 4
        configuration.listenerKeys = [certificates.listener("a", "b")]
        let bascule = try Bascule(configuration)
        for version in ["-tls1_2", "-tls1_3"] {
            let file = certificates.folder.file("session\(version)")
            _ = try TLSClient.handshake(
                bascule, version, "-servername", "a.test", "-sess_out", file)
            for _ in 0..<6 {
                let again = try TLSClient.handshake(
                    bascule, version, "-servername", "a.test", "-sess_in", file)
                #expect(again.contains("Reused, TLSv1."), "\(version): \(again)")
            }
            let other = try TLSClient.handshake(
                bascule, version, "-servername", "b.test", "-sess_in", file)
            #expect(other.contains("New, TLSv1."), "\(version): \(other)")
        }
    }

    @Test("What is old or weak is refused: TLS 1.1, other groups, no protocol in common")
    func refused() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let app = try ScriptedUpstream()
        let bascule = try serve(certificates, certificates.listener("a"), app)
        for arguments in [
            ["-tls1_1", "-cipher", "ALL@SECLEVEL=0"], ["-groups", "P-521"], ["-alpn", "h3"],
            ["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"],
        ] {
            let seen = try TLSClient.handshake(bascule, arguments)
            #expect(seen.contains("alert"), "\(arguments): \(seen)")
        }
        let modern = try serve(
            certificates, certificates.listener("a", keys: ", minimum_version: \"1.3\""), app)
        #expect(try TLSClient.handshake(modern, "-tls1_2").contains("alert protocol version"))
    }

    @Test("A megabyte each way arrives as it was sent, in one connection with small requests")
    func large() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let octets = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }
        let file = certificates.folder.file("large")
        try Data(octets).write(to: URL(filePath: file))
        let app = try ScriptedUpstream { request, connection in
            let head = "HTTP/1.1 200 OK\r\nContent-Length: \(request.body.count)\r\n\r\n"
            try connection.send(Array(head.utf8) + request.body)
            return .keep
        }
        let bascule = try serve(certificates, certificates.listener("a"), app)
        let copy = certificates.folder.file("copy")
        let answer = try TLSClient.curl(
            "a.test", bascule, trusting: certificates.path("a"), "--data-binary", "@\(file)",
            "-o", copy)
        #expect(answer.code == 0, "\(answer.errors)")
        #expect(try Data(contentsOf: URL(filePath: copy)) == Data(octets))
    }

    @Test("A plain listener redirects to https with the target, and HSTS is said only over TLS")
    func redirect() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let app = try ScriptedUpstream(ScriptedUpstream.answering("x"))
        var configuration = Configuration(blue: [app])
        configuration.listenerKeys = [
            "redirect_to_https: true", certificates.listener("a", keys: ", hsts: 1h"),
        ]
        let bascule = try Bascule(configuration, listeners: 2)
        let port = try #require(bascule.addresses[1].port)
        let plain = try bascule.connect()
        let answer = try plain.get("/a/b?c=d", "Host: a.test:81")
        #expect(answer.status == 308)
        #expect(answer["location"] == "https://a.test:\(port)/a/b?c=d")
        #expect(answer["strict-transport-security"] == nil)
        #expect(app.requests.isEmpty)
        let sealed = try TLSClient.curl(
            "a.test", bascule, listener: 1, trusting: certificates.path("a"), "-i")
        #expect(sealed.output.contains("Strict-Transport-Security: max-age=3600\r\n"))
    }

    @Test("A wrong, readable, encrypted or missing key ends the start with 78 and names the file")
    func unusable() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        try certificates.make("b", for: "b.test")
        let keys = FileManager.default.contents(atPath: certificates.keyPath("a")).map {
            String(decoding: $0, as: UTF8.self)
        }
        let key = try #require(keys)
        let wrong = "{certificate: \(certificates.path("a")), key: \(certificates.keyPath("b"))}"
        func refusal(_ certificate: String) throws -> String {
            do {
                var configuration = Configuration(blue: [try ScriptedUpstream()])
                configuration.listenerKeys = ["tls: {certificates: [\(certificate)]}"]
                _ = try Bascule(configuration)
                return "started"
            } catch let error as Bascule.DidNotStart {
                return error.output
            }
        }
        #expect(try refusal(wrong).contains("found another key than that of"))
        // A chain whose second certificate ends in its middle.
        let whole = certificates.folder.text(of: "a.pem")
        let cut = try certificates.folder.write(whole + whole.prefix(300), to: "cut.pem")
        #expect(
            try refusal("{certificate: \(cut), key: \(certificates.keyPath("a"))}")
                .contains(".certificate: \(cut): found certificate 2 damaged, expected PEM"))
        let open = certificates.folder.file("open.key")
        try certificates.folder.write(key, to: "open.key")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: open)
        #expect(
            try refusal("{certificate: \(certificates.path("a")), key: \(open)}")
                .contains("chmod o-rwx"))
        let sealed = certificates.folder.file("sealed.key")
        let made = try Command(
            Program(
                "/usr/bin/openssl",
                [
                    "ec", "-in", certificates.keyPath("a"), "-aes128", "-passout", "pass:x",
                    "-out", sealed,
                ]))
        try #require(made.code == 0, "\(made.errors)")
        #expect(
            try refusal("{certificate: \(certificates.path("a")), key: \(sealed)}")
                .contains("found an encrypted key"))
        #expect(
            try refusal("{certificate: /nowhere/c.pem, key: \(certificates.keyPath("a"))}")
                .contains("/nowhere/c.pem: cannot be read"))
    }

    @Test("The end of an answer is told before the connection ends, and a cut one is not")
    func closeNotify() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let app = try ScriptedUpstream { request, connection in
            let isShort = request.path == "/short"
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            try connection.send(isShort ? "sho" : "whole")
            return isShort ? .reset : .keep
        }
        let bascule = try serve(certificates, certificates.listener("a"), app)
        let whole = try TLSClient.curl(
            "a.test", bascule, path: "/whole", trusting: certificates.path("a"))
        #expect(whole.output == "whole")
        let short = try TLSClient.curl(
            "a.test", bascule, path: "/short", trusting: certificates.path("a"))
        #expect(short.code != 0)
        let seen = try TLSClient.handshake(bascule)
        #expect(!seen.contains("unexpected eof"), "\(seen)")
    }
}
