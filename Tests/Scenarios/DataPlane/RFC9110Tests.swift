import Testing

/// RFC 9110 where only an app and a client at once can show it.
@Suite("RFC 9110 through the door", .serialized, .timeLimit(.minutes(1)))
struct RFC9110Tests {
    private func start(_ app: ScriptedUpstream) throws -> Bascule {
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        return try Bascule(configuration)
    }

    @Test("RFC 9110 §6.6.1: an answer without Date gets one that is now")
    func date() throws {
        let bascule = try start(try ScriptedUpstream())
        let date = try #require(try bascule.get("/")["date"])
        #expect(date.hasSuffix(" GMT"))
        #expect(date.utf8.count == 29)
    }

    @Test("RFC 9110 §7.6.2: OPTIONS that may go no further ends here, its content with it")
    func maxForwards() throws {
        let app = try ScriptedUpstream()
        let bascule = try start(app)
        let client = try bascule.connect()
        let options = RawConnection.request("OPTIONS", "/", ["Max-Forwards: 0"])
        for _ in 0..<2 {
            let answer = try client.ask(options)
            #expect(answer.status == 204)
            #expect(answer["server"] == "bascule")
            #expect(answer["allow"] != nil)
        }
        let content = RawConnection.request("GET", "/smuggled")
        try client.send(
            RawConnection.request(
                "OPTIONS", "/", ["Max-Forwards: 0", "Content-Length: \(content.utf8.count)"])
                + content)
        #expect(try client.readAnswer()["connection"] == "close")
        #expect(try client.expectEnd() == .closed)
        #expect(app.requests.isEmpty)
        let counted = try bascule.connect()
        _ = try counted.ask(RawConnection.request("OPTIONS", "*", ["Max-Forwards: 1"]))
        #expect(app.requests.map(\.startLine) == ["OPTIONS * HTTP/1.1"])
        #expect(app.requests[0]["max-forwards"] == "0")
    }

    @Test("RFC 9110 §7.6.3: Via tells the app which version the client spoke")
    func via() throws {
        let app = try ScriptedUpstream()
        let bascule = try start(app)
        _ = try bascule.get("/new")
        let old = try bascule.connect()
        try old.send("GET /old HTTP/1.0\r\nVia: 1.1 front\r\n\r\n")
        _ = try old.readToEnd()
        #expect(app.requests[0]["via"] == "1.1 bascule")
        #expect(app.requests[1]["via"] == "1.1 front, 1.0 bascule")
    }

    @Test(
        "RFC 9110 §7.8: a 101 that nobody asked for is 502, and no tunnel",
        arguments: [
            ("", "Upgrade: websocket"), ("Upgrade: h2c", "Upgrade: h2c"),
            ("Upgrade: websocket", "Upgrade: h2c"), ("Upgrade: websocket", "X: 1"),
        ])
    func unaskedUpgrade(asked: String, got: String) throws {
        let app = try ScriptedUpstream { _, connection in
            try connection.send("HTTP/1.1 101 Go\r\nConnection: Upgrade\r\n\(got)\r\n\r\npoison")
            return .keep
        }
        let bascule = try start(app)
        let client = try bascule.connect()
        let fields = asked.isEmpty ? [] : ["Connection: Upgrade", asked]
        let answer = try client.ask(RawConnection.request("GET", "/", fields))
        #expect(answer.status == 502)
        #expect(answer["x-bascule-reason"] == "upstream-invalid")
        #expect(!answer.text.contains("poison"))
        _ = try client.ask(RawConnection.request("GET", "/", fields))
        #expect(app.connections == 2)
    }

    @Test("RFC 9110 §9.3.2: content sent to HEAD, 204 or 304 is nobody's, and its connection over")
    func forbiddenContent() throws {
        let app = try ScriptedUpstream { request, connection in
            let status = request.path == "/" ? "200 OK" : "\(request.path.dropFirst()) X"
            try connection.send("HTTP/1.1 \(status)\r\nContent-Length: 5\r\n\r\nextra")
            return .keep
        }
        let bascule = try start(app)
        let client = try bascule.connect()
        #expect(try client.ask(RawConnection.request("HEAD", "/"))["content-length"] == "5")
        #expect(try client.get("/204")["content-length"] == nil)
        #expect(try client.get("/304").status == 304)
        #expect(try client.get("/").text == "extra")
        #expect(client.received.isEmpty)
        #expect(app.connections == 4)
    }

    @Test("RFC 9110 §10.1.1: for a body that is not awaited it is the app that says 100")
    func expectForwarded() throws {
        let app = try ScriptedUpstream(readsBodies: false) { request, connection in
            guard request.path == "/yes" else {
                try connection.send("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
                return .close
            }
            try connection.send("HTTP/1.1 100 Continue\r\n\r\n")
            _ = try connection.readChunk()
            _ = try connection.readChunk()
            try connection.send(ScriptedUpstream.answer("done"))
            return .keep
        }
        let bascule = try start(app)
        let fields = ["Transfer-Encoding: chunked", "Expect: 100-continue"]
        let client = try bascule.connect()
        try client.send(RawConnection.request("POST", "/yes", fields))
        #expect(try client.readHead().status == 100)
        try client.send("2\r\nhi\r\n0\r\n\r\n")
        #expect(try client.readAnswer().text == "done")
        #expect(app.requests[0]["expect"] == "100-continue")
        try client.send(RawConnection.request("POST", "/no", fields))
        let refused = try client.readAnswer()
        #expect(refused.status == 401)
        #expect(refused["connection"] == "close")
        #expect(try client.expectEnd() == .closed)
    }

    /// Answers with as many 103 as the path says, then with 200.
    private static let hints: ScriptedUpstream.Behaviour = { request, connection in
        let count = Int(request.path.dropFirst()) ?? 0
        let hint = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
        try connection.send(String(repeating: hint, count: count) + ScriptedUpstream.answer("ok"))
        return .keep
    }

    @Test("RFC 9110 §15.2: 103 passes to HTTP/1.1 as often as it comes, and never to HTTP/1.0")
    func earlyHints() throws {
        let bascule = try start(try ScriptedUpstream(Self.hints))
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/3"))
        for _ in 0..<3 {
            let hint = try client.readHead()
            #expect(hint.status == 103)
            #expect(hint["link"] == "</a.css>")
        }
        #expect(try client.readAnswer().text == "ok")
        let old = try bascule.connect()
        try old.send("GET /3 HTTP/1.0\r\n\r\n")
        #expect(try old.readAnswer().text == "ok")
    }

    @Test("RFC 9110 §15.2: sixteen interim answers pass, one more is a flood and 502")
    func interimFlood() throws {
        let bascule = try start(try ScriptedUpstream(Self.hints))
        for (count, status) in [(16, 200), (17, 502)] {
            let client = try bascule.connect()
            try client.send(RawConnection.request("GET", "/\(count)"))
            var answer = try client.readHead()
            while answer.status == 103 { answer = try client.readHead() }
            #expect(answer.status == status)
        }
    }
}
