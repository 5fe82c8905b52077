import Control
import Kernel
import Testing

/// What the access log says of requests, however they end.
@Suite("The access log", .serialized, .timeLimit(.minutes(1)))
struct AccessLogTests {
    @Test("An answer of the app is logged with all there is to say of it")
    func answered() throws {
        let app = try ScriptedUpstream(ScriptedUpstream.answering("hello"))
        let (bascule, log) = try Bascule.logging(app)
        let client = try bascule.connect()
        _ = try client.post(
            "/a?b=c", "12345", "Host: app.example", "User-Agent: test \"1\"",
            "Referer: http://r.example/", "X-Request-ID: id-1")
        let line = try log.object(of: "/a?b=c")
        #expect(line["method"] as? String == "POST")
        #expect(line["client"] as? String == "127.0.0.1")
        #expect(line["protocol"] as? String == "HTTP/1.1")
        #expect(line["scheme"] as? String == "http")
        #expect(line["host"] as? String == "app.example")
        #expect(line["status"] as? Int == 200)
        #expect(line["request_bytes"] as? Int == 5)
        #expect(line["response_bytes"] as? Int == 5)
        #expect(line["user_agent"] as? String == "test \"1\"")
        #expect(line["referer"] as? String == "http://r.example/")
        #expect(line["request_id"] as? String == "id-1")
        #expect(line["service"] as? String == "web")
        #expect(line["color"] as? String == "blue")
        #expect(line["upstream"] as? String == app.address.description)
        #expect(line["retries"] as? Int == 0)
        #expect(line["held_ms"] as? Double == 0)
        #expect(line["complete"] as? Bool == true)
        #expect(line["reason"] as? String == nil)
        let duration = try #require(line["duration_ms"] as? Double)
        let upstream = try #require(line["upstream_response_ms"] as? Double)
        let head = try #require(line["upstream_header_ms"] as? Double)
        let connect = try #require(line["upstream_connect_ms"] as? Double)
        #expect(duration >= upstream && upstream >= head && head >= connect)
        let time = try #require(line["time"] as? String)
        #expect(time.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil)
    }

    @Test("The combined form is one that every log tool reads")
    func combined() throws {
        let app = try ScriptedUpstream(ScriptedUpstream.answering("hello"))
        let (bascule, log) = try Bascule.logging(app, format: "combined")
        _ = try bascule.get("/x", "User-Agent: a\tb\u{e9}")
        try log.wait(for: 1)
        let expected =
            #/127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET /x HTTP/1\.1" 200 5 "-" "a\\x09b\\xC3\\xA9"/#
        #expect(log.lines[0].wholeMatch(of: expected) != nil, "\(log.lines)")
    }

    @Test("Bascule's own answers are logged with their reason")
    func ownAnswers() throws {
        let app = try ScriptedUpstream()
        let (bascule, log) = try Bascule.logging(app) {
            $0.lines.append("timeouts: {header: 300ms, response: 300ms}")
            $0.services[0].lines.append("hosts: [\"only.example\"]")
        }
        _ = try bascule.get("/elsewhere", "Host: other.example")
        let nowhere = try log.object(of: "/elsewhere")
        #expect(nowhere["status"] as? Int == 404)
        #expect(nowhere["reason"] as? String == "no-service")
        #expect(nowhere["host"] as? String == "other.example")
        #expect(nowhere["service"] as? String == nil)
        #expect((nowhere["response_bytes"] as? Int ?? 0) > 20)

        let bad = try bascule.connect()
        #expect(try bad.ask("GET /bad HTTP/9.1\r\n\r\n").status == 400)
        let refused = try log.object(of: "/bad")
        #expect(refused["status"] as? Int == 400)
        #expect(refused["reason"] as? String == "bad-request")

        let slow = try bascule.connect()
        try slow.send("GET /slow HTTP/1.1\r\nHost: only.exam")
        #expect(try slow.readAnswer().status == 408)
        let late = try log.object(of: "/slow")
        #expect(late["status"] as? Int == 408)

        try app.stop()
        _ = try bascule.get("/down", "Host: only.example")
        let down = try log.object(of: "/down")
        #expect(down["status"] as? Int == 502)
        #expect(down["reason"] as? String == "upstream-refused")
        #expect(down["upstream"] as? String == app.address.description)
        #expect(down["retries"] as? Int == 1)
    }

    @Test("A client that leaves gets 499, and 400 within a head, as nginx has it")
    func gone() throws {
        let app = try ScriptedUpstream { _, connection in
            _ = try connection.hasMore(within: 5)
            return .close
        }
        let (bascule, log) = try Bascule.logging(app)
        let waiting = try bascule.connect()
        try waiting.send(RawConnection.request("GET", "/left"))
        try Wait.until("the request is at the app") { !app.requests.isEmpty }
        waiting.reset()
        let left = try log.object(of: "/left")
        #expect(left["status"] as? Int == 499)
        #expect(left["reason"] as? String == "client-gone")
        #expect(left["complete"] as? Bool == false)
        #expect(left["color"] as? String == "blue")

        let partial = try bascule.connect()
        try partial.send("GET /half HTTP/1.1\r\nHos")
        try Wait.until("a worker has it") {
            try bascule.status().workers.contains { $0.connections > 0 }
        }
        partial.close()
        try Wait.until("a line of the half head: \(log.lines)") {
            try log.objects().contains { $0["target"] as? String == "/half" }
        }
        #expect(try log.object(of: "/half")["status"] as? Int == 400)
    }

    @Test("An answer that the app cuts is logged with what was sent of it")
    func cut() throws {
        let app = try ScriptedUpstream { _, connection in
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
            return .close
        }
        let (bascule, log) = try Bascule.logging(app)
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/cut"))
        _ = try client.readToEnd()
        let line = try log.object(of: "/cut")
        #expect(line["status"] as? Int == 200)
        #expect(line["response_bytes"] as? Int == 5)
        #expect(line["complete"] as? Bool == false)
        #expect(line["reason"] as? String == "upstream-reset")
    }

    @Test("A held request says how long it waited")
    func held() throws {
        let app = try ScriptedUpstream()
        let (bascule, log) = try Bascule.logging(app)
        #expect(try bascule.run("hold").code == 0)
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/held"))
        try Wait.until("it waits") { try bascule.service().held == 1 }
        #expect(Wait.staysFalse(seconds: 0.05) { !app.requests.isEmpty })
        #expect(try bascule.run("release").code == 0)
        #expect(try client.readAnswer().status == 200)
        let line = try log.object(of: "/held")
        let held = try #require(line["held_ms"] as? Double)
        let duration = try #require(line["duration_ms"] as? Double)
        let upstream = try #require(line["upstream_response_ms"] as? Double)
        #expect(held >= 50)
        // The wait is no time of the app: the two are parts of the whole, but for their rounding.
        #expect(held + upstream <= duration + 1)
    }

    @Test("A tunnel is logged at its end, with the octets of both ways")
    func tunnel() throws {
        let app = try ScriptedUpstream { _, connection in
            try connection.send(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                    + "Upgrade: websocket\r\n\r\n")
            _ = try connection.read(count: 7)
            try connection.send("answer")
            return .close
        }
        let (bascule, log) = try Bascule.logging(app)
        let client = try bascule.connect()
        try client.send(
            RawConnection.request(
                "GET", "/tunnel",
                [
                    "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                ]))
        #expect(try client.readHead().status == 101)
        #expect(log.lines.isEmpty)
        try client.send("octets!")
        _ = try client.readToEnd()
        let line = try log.object(of: "/tunnel")
        #expect(line["status"] as? Int == 101)
        #expect(line["request_bytes"] as? Int == 7)
        #expect(line["response_bytes"] as? Int == 6)
    }

    @Test("Requests sent ahead on one connection are logged each, in their order")
    func pipelined() throws {
        let app = try ScriptedUpstream()
        let (bascule, log) = try Bascule.logging(app)
        let client = try bascule.connect()
        let targets = (0..<20).map { "/\($0)" }
        try client.send(targets.map { RawConnection.request("GET", $0) }.joined())
        for _ in targets { _ = try client.readAnswer() }
        try log.wait(for: 20)
        #expect(try log.objects().map { $0["target"] as? String } == targets)
        #expect(try log.objects().allSatisfy { $0["response_bytes"] as? Int == 2 })
    }

    @Test("An absolute target is logged as it came, the client of a trusted proxy by its address")
    func received() throws {
        let app = try ScriptedUpstream()
        let (bascule, log) = try Bascule.logging(app) {
            $0.lines.append("trusted_proxies: [\"127.0.0.0/8\", \"10.0.0.0/8\"]")
        }
        let client = try bascule.connect()
        _ = try client.ask(
            "GET http://abs.example/p?q HTTP/1.1\r\nHost: abs.example\r\n"
                + "X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.1.1.1\r\n\r\n")
        let line = try log.object(of: "http://abs.example/p?q")
        #expect(line["client"] as? String == "203.0.113.9")
        #expect(line["host"] as? String == "abs.example")
        _ = try client.get("/nonsense", "X-Forwarded-For: \"};evil, 10.1.1.1")
        #expect(try log.object(of: "/nonsense")["client"] as? String == "10.1.1.1")
    }
}
