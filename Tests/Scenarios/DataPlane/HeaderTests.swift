import Testing

/// What goes to and from the apps, as the app and the client see it.
@Suite("Header fields", .serialized, .timeLimit(.minutes(1)))
struct HeaderTests {
    /// What the app saw of a request with these fields.
    private func seen(
        _ fields: [String], trusting: Bool = false, method: String = "GET"
    ) throws -> Message {
        let app = try ScriptedUpstream()
        var configuration = Configuration(blue: [app])
        if trusting { configuration.lines.append("trusted_proxies: [\"127.0.0.0/8\"]") }
        let bascule = try Bascule(configuration)
        let client = try bascule.connect()
        #expect(
            try client.ask(RawConnection.request(method, "/path?query=1", fields)).status == 200)
        try bascule.stop()
        return try #require(app.requests.first)
    }

    @Test("An app learns who asked, how, when and under which id")
    func forwarding() throws {
        let request = try seen(["Host: shop.example:8080"])
        #expect(request.startLine == "GET /path?query=1 HTTP/1.1")
        #expect(request["host"] == "shop.example:8080")
        #expect(request["x-forwarded-for"] == "127.0.0.1")
        #expect(request["x-real-ip"] == "127.0.0.1")
        #expect(request["x-forwarded-proto"] == "http")
        #expect(request["x-forwarded-host"] == "shop.example:8080")
        #expect(request["via"] == "1.1 bascule")
        #expect((request["x-request-id"] ?? "").utf8.count >= 16)
        let start = try #require(request["x-request-start"])
        #expect(start.hasPrefix("t="))
        #expect(UInt64(start.dropFirst(2)) != nil)
    }

    @Test("What an untrusted peer says of itself is replaced, in every spelling")
    func untrusted() throws {
        let request = try seen([
            "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil",
            "X-Real-IP: 6.6.6.6", "Forwarded: for=6.6.6.6", "X-Forwarded-Port: 1",
            "X-Forwarded-Prefix: /evil", "X_Forwarded_For: 6.6.6.6", "X_Real_IP: 6.6.6.6",
            "X-Forwarded_Proto: https",
        ])
        #expect(request["x-forwarded-for"] == "127.0.0.1")
        #expect(request["x-forwarded-proto"] == "http")
        #expect(request["x-forwarded-host"] == "test.example")
        #expect(request["x-real-ip"] == "127.0.0.1")
        let text = request.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        #expect(!text.contains("6.6.6.6"))
        #expect(!text.contains("evil"))
        #expect(!text.contains("_"))
        #expect(request["forwarded"] == nil)
        #expect(request["x-forwarded-port"] == nil)
    }

    @Test("A trusted proxy is believed, and itself added to the list")
    func trusted() throws {
        let request = try seen(
            ["X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop"],
            trusting: true)
        #expect(request["x-forwarded-for"] == "6.6.6.6, 127.0.0.1")
        #expect(request["x-forwarded-proto"] == "https")
        #expect(request["x-forwarded-host"] == "shop")
    }

    @Test("Fields of one hop end here, the ones that Connection names included")
    func hopByHop() throws {
        let request = try seen([
            "Connection: keep-alive, X-Private", "X-Private: secret", "Keep-Alive: timeout=5",
            "Proxy-Connection: keep-alive", "TE: gzip", "X-Public: yes", "Cookie: a=b",
        ])
        #expect(request["x-public"] == "yes")
        #expect(request["cookie"] == "a=b")
        for name in ["x-private", "keep-alive", "proxy-connection", "te"] {
            #expect(request[name] == nil, "\(name)")
        }
    }

    @Test("A well-formed request id is kept, another is replaced")
    func requestID() throws {
        let kept = try seen(["X-Request-ID: order-2026.7_a"])
        #expect(kept["x-request-id"] == "order-2026.7_a")
        let replaced = try #require(try seen(["X-Request-ID: two words;<"])["x-request-id"])
        #expect(replaced.allSatisfy { $0.isHexDigit || $0 == "-" })
    }

    @Test("A client sees the app's fields, and none of the hop between")
    func answers() throws {
        let app = try ScriptedUpstream { _, connection in
            try connection.send(
                ScriptedUpstream.answer(
                    "ok", "Server: Kestrel", "Set-Cookie: a=1", "Set-Cookie: b=2",
                    "Connection: X-Hop", "X-Hop: no", "Keep-Alive: timeout=1",
                    "X-Bascule-Reason: forged", "Date: Thu, 01 Jan 2026 00:00:00 GMT"))
            return .keep
        }
        let bascule = try Bascule(Configuration(blue: [app]))
        let answer = try bascule.connect().get("/")
        #expect(answer["server"] == "Kestrel")
        #expect(answer.all("set-cookie") == ["a=1", "b=2"])
        #expect(answer["date"] == "Thu, 01 Jan 2026 00:00:00 GMT")
        for name in ["x-hop", "keep-alive", "x-bascule-reason", "x-bascule-color"] {
            #expect(answer[name] == nil, "\(name)")
        }
    }

    @Test("The color is said where the service exposes it")
    func color() throws {
        let app = try ScriptedUpstream()
        var configuration = Configuration(blue: [app])
        configuration.services[0].lines.append("expose_color: true")
        let bascule = try Bascule(configuration)
        #expect(try bascule.get("/")["x-bascule-color"] == "blue")
    }
}
