import Kernel
import Testing

/// A load balancer in front that introduces its clients.
@Suite("The PROXY protocol", .serialized, .timeLimit(.minutes(1)))
struct ProxyProtocolTests {
    private func serve(_ app: ScriptedUpstream, trusted: String, _ listener: String) throws
        -> Bascule
    {
        var configuration = Configuration(blue: [app])
        configuration.listenerKeys = [listener]
        configuration.lines = ["trusted_proxies: [\(trusted)]"]
        return try Bascule(configuration)
    }

    @Test("A trusted peer's header gives the address that the app is told, its own words do not")
    func trusted() throws {
        let app = try ScriptedUpstream()
        let bascule = try serve(app, trusted: "\"127.0.0.1\"", "proxy_protocol: true")
        let client = try bascule.connect()
        try client.send("PROXY TCP4 192.0.2.7 127.0.0.1 5000 80\r\n")
        #expect(try client.get("/", "X-Forwarded-For: 203.0.113.9").status == 200)
        #expect(try client.get("/").status == 200)
        let seen = app.requests.map { $0["x-forwarded-for"] }
        #expect(seen == ["192.0.2.7", "192.0.2.7"])
    }

    @Test("A trusted peer that introduces nobody is closed")
    func missing() throws {
        let app = try ScriptedUpstream()
        let bascule = try serve(app, trusted: "\"127.0.0.1\"", "proxy_protocol: true")
        let client = try bascule.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try client.expectEnd()
        #expect(app.requests.isEmpty)
    }

    @Test("Anybody else is served as on any listener, and such a header is a bad request")
    func untrusted() throws {
        let app = try ScriptedUpstream()
        let bascule = try serve(app, trusted: "\"192.0.2.1\"", "proxy_protocol: true")
        #expect(try bascule.get("/").status == 200)
        let client = try bascule.connect()
        try client.send("PROXY TCP4 192.0.2.7 127.0.0.1 5000 80\r\n")
        #expect(try client.read(through: "\r\n").hasPrefix("HTTP/1.1 400 "))
        #expect(app.requests.map { $0["x-forwarded-for"] } == ["127.0.0.1"])
    }

    @Test("The header comes before the handshake on a TLS listener")
    func beforeTLS() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let app = try ScriptedUpstream(ScriptedUpstream.answering("x"))
        let bascule = try serve(
            app, trusted: "\"127.0.0.1\"",
            "proxy_protocol: true, " + certificates.listener("a"))
        let answer = try TLSClient.curl(
            "a.test", bascule, trusting: certificates.path("a"), "--haproxy-protocol")
        #expect(answer.output == "x", "\(answer.errors)")
    }
}
