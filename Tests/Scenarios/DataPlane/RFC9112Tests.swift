import Testing

/// RFC 9112 where only two processes with a connection between them can show it.
@Suite("RFC 9112 through the door", .serialized, .timeLimit(.minutes(1)))
struct RFC9112Tests {
    private static let echo: ScriptedUpstream.Behaviour = { request, connection in
        try connection.send(ScriptedUpstream.answer("\(request.path) \(request.text)"))
        return .keep
    }

    /// One worker, so that one pool of connections serves every client.
    private func start(_ app: ScriptedUpstream, _ lines: String...) throws -> Bascule {
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        configuration.lines += lines
        return try Bascule(configuration)
    }

    @Test("RFC 9112 §6.3: an end before the declared length ends the request, which nobody gets")
    func shortRequest() throws {
        let app = try ScriptedUpstream(Self.echo)
        let bascule = try start(app)
        let client = try bascule.connect()
        try client.send(RawConnection.request("POST", "/short", ["Content-Length: 5"]) + "hell")
        client.endWriting()
        _ = try client.readToEnd()
        #expect(try bascule.get("/next").status == 200)
        #expect(app.requests.map(\.path) == ["/next"])
    }

    @Test("RFC 9112 §7.1.2: trailers go both ways behind chunks, and never into a head")
    func trailers() throws {
        let app = try ScriptedUpstream(readsBodies: false) { request, connection in
            var sent = ""
            while case let line = try connection.read(through: "\r\n"), !sent.hasSuffix("0\r\n\r\n")
            {
                sent += line
                if line == "\r\n", sent.contains("0\r\nX-Up") { break }
            }
            try connection.send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Down\r\n"
                    + "X-Seen: \(request.all("x-up").count)\r\n\r\n"
                    + "\(String(sent.utf8.count, radix: 16))\r\n\(sent)\r\n"
                    + "0\r\nX-Down: 1\r\nSet-Cookie: no\r\n\r\n")
            return .keep
        }
        let bascule = try start(app)
        let client = try bascule.connect()
        try client.send(
            RawConnection.request(
                "POST", "/", ["Transfer-Encoding: chunked", "Trailer: X-Up"])
                + "2\r\nhi\r\n0\r\nX-Up: 1\r\nHost: evil\r\n\r\n")
        let head = try client.readHead()
        #expect(head["trailer"] == "X-Down")
        #expect(head["x-seen"] == "0")
        let seen = String(decoding: try client.readChunk(), as: UTF8.self)
        #expect(seen.hasSuffix("0\r\nX-Up: 1\r\n\r\n"), "\(seen)")
        #expect(try client.read(through: "\r\n\r\n") == "0\r\nX-Down: 1\r\n\r\n")
        #expect(app.requests[0]["trailer"] == "X-Up")
        #expect(app.requests[0]["host"] == "test.example")
    }

    @Test("RFC 9112 §9.2: what comes on a kept connection without a request answers nobody")
    func unasked() throws {
        let isAnswered = Steps()
        let app = try ScriptedUpstream { request, connection in
            try connection.send(ScriptedUpstream.answer(request.path))
            guard request.path == "/1" else { return .keep }
            try isAnswered.wait(for: 0)
            try connection.send(ScriptedUpstream.answer("poison"))
            isAnswered.reach(1)
            return .keep
        }
        let bascule = try start(app)
        let client = try bascule.connect()
        #expect(try client.get("/1").text == "/1")
        isAnswered.reach(0)
        try isAnswered.wait(for: 1)
        for number in 2..<10 { #expect(try client.get("/\(number)").text == "/\(number)") }
        #expect(app.connections == 2)
    }

    @Test("RFC 9112 §9.2: octets behind a complete answer are never the next client's answer")
    func surplus() throws {
        let app = try ScriptedUpstream { request, connection in
            try connection.send(
                ScriptedUpstream.answer(request.path) + ScriptedUpstream.answer("poison"))
            return .keep
        }
        let bascule = try start(app)
        let client = try bascule.connect()
        for number in 0..<10 { #expect(try client.get("/\(number)").text == "/\(number)") }
        #expect(app.connections == 10)
        #expect(client.received.isEmpty)
    }

    @Test("RFC 9112 §9.3: after an answer before the request's end nothing more is read as one")
    func earlyAnswer() throws {
        let app = try ScriptedUpstream(readsBodies: false) { _, connection in
            try connection.send(ScriptedUpstream.answer("early"))
            return .keep
        }
        let bascule = try start(app)
        let client = try bascule.connect()
        try client.send(RawConnection.request("POST", "/early", ["Transfer-Encoding: chunked"]))
        let answer = try client.readAnswer()
        #expect(answer.text == "early")
        #expect(answer["connection"] == "close")
        let smuggled = RawConnection.request("GET", "/smuggled")
        try client.send("\(String(smuggled.utf8.count, radix: 16))\r\n\(smuggled)\r\n0\r\n\r\n")
        #expect(try client.expectEnd() == .closed)
        #expect(try bascule.get("/next").text == "early")
        #expect(app.requests.map(\.path) == ["/early", "/next"])
    }

    @Test("RFC 9112 §9.3: an app that refuses an upload and closes is heard")
    func refusedUpload() throws {
        let app = try ScriptedUpstream(readsBodies: false) { _, connection in
            try connection.send(
                "HTTP/1.1 413 No\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlate")
            return .close
        }
        let bascule = try start(app)
        for _ in 0..<10 {
            let client = try bascule.connect()
            let length = 8 << 20
            try client.send(RawConnection.request("POST", "/up", ["Content-Length: \(length)"]))
            // As much as is taken: the answer may come before the end.
            let block = [UInt8](repeating: 0x61, count: 1 << 16)
            for _ in 0..<(length >> 16) where try client.sendSome(block) < block.count { break }
            let answer = try client.readAnswer()
            #expect(answer.status == 413)
            #expect(answer.text == "late")
        }
    }

    @Test(
        "RFC 9112 §9.3: a connection of HTTP/1.0 ends with its answer, whatever it asks"
    )
    func oldClient() throws {
        let app = try ScriptedUpstream(Self.echo)
        let bascule = try start(app)
        let client = try bascule.connect()
        let request = "GET /old HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"
        try client.send(request + request)
        let answer = try client.readAnswer()
        #expect(answer.text == "/old ")
        #expect(answer["connection"] == "close")
        #expect(try client.expectEnd() == .closed)
        #expect(app.requests.count == 1)
    }

    @Test("RFC 9112 §9.3.2: a slow answer keeps the ones behind it waiting, in order")
    func pipelined() throws {
        let mayAnswer = Steps()
        let app = try ScriptedUpstream { request, connection in
            if request.path == "/0" { try mayAnswer.wait(for: 0) }
            try connection.send(ScriptedUpstream.answer(request.path))
            return .keep
        }
        let bascule = try start(app)
        let client = try bascule.connect()
        try client.send((0..<5).map { RawConnection.request("GET", "/\($0)") }.joined())
        try Wait.until("the app has the first") { app.requests.count == 1 }
        #expect(try !client.hasMore(within: 0.05))
        mayAnswer.reach(0)
        for number in 0..<5 { #expect(try client.readAnswer().text == "/\(number)") }
    }

    @Test("RFC 9112 §9.6: after a request that says close nothing more is processed")
    func afterClose() throws {
        let app = try ScriptedUpstream(Self.echo)
        let bascule = try start(app)
        let client = try bascule.connect()
        try client.send(
            RawConnection.request("GET", "/last", ["Connection: close"])
                + RawConnection.request("GET", "/more"))
        #expect(try client.readAnswer().text == "/last ")
        #expect(try client.expectEnd() == .closed)
        #expect(app.requests.map(\.path) == ["/last"])
    }

    @Test("RFC 9112 §9.6: a client that still sends reads its answer whole, then an end, no reset")
    func stagedClose() throws {
        let app = try ScriptedUpstream(Self.echo)
        let bascule = try start(app, "limits: {body_bytes: 1KiB}")
        let client = try bascule.connect()
        try client.send(RawConnection.request("POST", "/", ["Content-Length: 1048576"]))
        let block = [UInt8](repeating: 0x61, count: 1 << 14)
        for _ in 0..<64 { _ = try client.sendSome(block) }
        let (octets, end) = try client.readToEnd()
        let text = String(decoding: octets, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 413 "))
        #expect(text.hasSuffix("}\n"))
        #expect(end == .closed)
        #expect(app.requests.isEmpty)
    }
}
