import Testing

/// Requests and answers of every shape, through a real Bascule.
@Suite("Messages through the door", .serialized, .timeLimit(.minutes(1)))
struct MessageTests {
    /// Answers with the method, the path and the body that it got.
    private static let echo: ScriptedUpstream.Behaviour = { request, connection in
        let text = "\(request.method) \(request.path) \(request.text)"
        try connection.send(ScriptedUpstream.answer(text))
        return .keep
    }

    @Test("One connection carries many requests, and the app's connection is used again")
    func keepAlive() throws {
        let app = try ScriptedUpstream(Self.echo)
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        let bascule = try Bascule(configuration)
        let client = try bascule.connect()
        for number in 0..<200 {
            let answer = try client.get("/\(number)")
            #expect(answer.status == 200)
            #expect(answer.text == "GET /\(number) ")
        }
        #expect(app.connections == 1)
        try bascule.stop()
    }

    @Test("Requests sent in one piece are answered in their order")
    func pipelining() throws {
        let app = try ScriptedUpstream(Self.echo)
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        let paths = (0..<50).map { "/\($0)" }
        try client.send(paths.map { RawConnection.request("GET", $0) }.joined())
        for path in paths { #expect(try client.readAnswer().text == "GET \(path) ") }
        #expect(app.requests.map(\.path) == paths)
    }

    @Test("A request that arrives octet by octet is one request")
    func octetByOctet() throws {
        let app = try ScriptedUpstream(Self.echo)
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        let request = RawConnection.request("POST", "/slow", ["Content-Length: 3"]) + "abc"
        for octet in request.utf8 { try client.send([octet]) }
        #expect(try client.readAnswer().text == "POST /slow abc")
    }

    @Test(
        "A body of any length arrives whole, by length or in chunks",
        arguments: [0, 1, 16_384, 65_536, 65_537, 300_000])
    func requestBodies(count: Int) throws {
        let app = try ScriptedUpstream { request, connection in
            try connection.send(ScriptedUpstream.answer("\(request.body.hashValue)"))
            return .keep
        }
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try client.send(RawConnection.request("POST", "/", ["Content-Length: \(count)"]))
        try client.send(body)
        #expect(try client.readAnswer().text == "\(body.hashValue)")
        try client.send(RawConnection.request("POST", "/", ["Transfer-Encoding: chunked"]))
        for start in stride(from: 0, to: count, by: 10_007) {
            let piece = Array(body[start..<min(start + 10_007, count)])
            try client.send("\(String(piece.count, radix: 16))\r\n")
            try client.send(piece)
            try client.send("\r\n")
        }
        try client.send("0\r\n\r\n")
        #expect(try client.readAnswer().text == "\(body.hashValue)")
        #expect(app.requests.count == 2)
    }

    @Test("An answer arrives whole: by length, in chunks, and up to the end of the connection")
    func answerBodies() throws {
        let body = String(repeating: "0123456789abcdef", count: 20_000)
        let app = try ScriptedUpstream { request, connection in
            switch request.path {
            case "/length":
                try connection.send(ScriptedUpstream.answer(body))
                return .keep
            case "/chunks":
                try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<20 {
                    let part = body.prefix(body.utf8.count / 20)
                    try connection.send("\(String(part.utf8.count, radix: 16))\r\n\(part)\r\n")
                }
                try connection.send("0\r\n\r\n")
                return .keep
            default:
                try connection.send("HTTP/1.1 200 OK\r\n\r\n" + body)
                return .close
            }
        }
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        for path in ["/length", "/chunks", "/end", "/length"] {
            let answer = try client.get(path)
            #expect(answer.text.utf8.count == body.utf8.count, "\(path)")
            #expect(answer.text == body, "\(path)")
        }
    }

    @Test("HEAD, 204 and 304 have no body, and the connection goes on")
    func withoutBody() throws {
        let app = try ScriptedUpstream { request, connection in
            switch request.path {
            case "/204": try connection.send("HTTP/1.1 204 No Content\r\n\r\n")
            case "/304": try connection.send("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n")
            default: try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n")
            }
            return .keep
        }
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        for _ in 0..<3 {
            let head = try client.ask(RawConnection.request("HEAD", "/"))
            #expect(head.status == 200)
            #expect(head["content-length"] == "1234")
            #expect(try client.get("/204").status == 204)
            let notModified = try client.get("/304")
            #expect(notModified.status == 304)
            #expect(notModified["etag"] == "\"a\"")
        }
        #expect(client.received.isEmpty)
    }

    @Test("A client that waits for 100 Continue gets it before its body is sent")
    func expectContinue() throws {
        let app = try ScriptedUpstream(Self.echo)
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        try client.send(
            RawConnection.request("PUT", "/", ["Content-Length: 5", "Expect: 100-continue"]))
        #expect(try client.readHead().status == 100)
        try client.send("hello")
        let answer = try client.readAnswer()
        #expect(answer.status == 200)
        #expect(answer.text == "PUT / hello")
        #expect(app.requests[0]["expect"] == nil)
    }

    @Test("A client of HTTP/1.0 gets an answer without chunks, and the end of the connection")
    func oldClient() throws {
        let app = try ScriptedUpstream { request, connection in
            try connection.send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
            return .keep
        }
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        try client.send("GET /old HTTP/1.0\r\nHost: test.example\r\n\r\n")
        let (octets, end) = try client.readToEnd()
        let text = String(decoding: octets, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 200"))
        #expect(!text.lowercased().contains("transfer-encoding"))
        #expect(text.hasSuffix("\r\n\r\nhello"))
        #expect(end == .closed)
    }

    @Test("RFC 9112 §9.6: a client's half-close after its request changes nothing")
    func halfClose() throws {
        let app = try ScriptedUpstream(Self.echo)
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/half"))
        client.endWriting()
        #expect(try client.readAnswer().text == "GET /half ")
        #expect(try client.expectEnd() == .closed)
    }
}
