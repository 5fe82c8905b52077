import Board
import Control
import Kernel
import Testing

/// What a drain waits for, and what it does not.
@Suite("What a drain waits for", .serialized, .timeLimit(.minutes(1)))
struct DrainTruthTests {
    /// For a drain that has to run out.
    private func switchSoon(_ bascule: Bascule) throws -> Command {
        try bascule.run("switch", "green", "--drain-timeout", "500ms", "--json")
    }

    private func switchColor(_ bascule: Bascule) throws -> Command {
        try bascule.run("switch", "green", "--json")
    }

    @Test("A POST whose body drips in does not veto a switch: it has not started")
    func drippingBody() throws {
        let colors = try TwoColors()
        let client = try colors.bascule.connect()
        // The largest that is awaited.
        let body = String(repeating: "x", count: 65_536)
        try client.send(RawConnection.request("POST", "/drips", ["Content-Length: 65536"]))
        for octet in body.prefix(3) { try client.send(String(octet)) }
        try Wait.until("it is being collected") {
            try colors.bascule.run("requests", "--json").answer(RequestsAnswer.self).requests
                .map(\.state) == [.collecting]
        }
        let result = try switchColor(colors.bascule)
        #expect(result.code == 0, "\(result.errors)")
        #expect(try result.ending().report.streams == 0)
        try client.send(String(body.dropFirst(3)))
        #expect(try client.readAnswer().text == "green")
        #expect(colors.green.requests.first?.text == body)
        #expect(colors.blue.requests.isEmpty)
    }

    @Test("One octet past request_buffer it starts with its head, blocks a drain, and is named")
    func largerBody() throws {
        let colors = try TwoColors()
        let client = try colors.bascule.connect()
        try client.send(
            RawConnection.request(
                "POST", "/larger?secret=1", ["Content-Length: 65537", "X-Request-ID: mine-7"])
                + "xyz")
        try Wait.until("it is in flight") {
            try colors.bascule.service().colors.first?.inFlight == 1
        }
        let result = try switchSoon(colors.bascule)
        #expect(result.code == 4)
        #expect(result.output.contains("POST /larger"))
        #expect(result.output.contains("mine-7"))
        #expect(!result.output.contains("secret"))
        try client.send(String(repeating: "x", count: 65_534))
        #expect(try client.readAnswer().text == "blue")
        #expect(try switchColor(colors.bascule).code == 0)
    }

    @Test("A client that takes no octet of an answer within response_buffer does not veto a switch")
    func slowReader() throws {
        let bytes = 256 << 10
        let body = String(repeating: "a", count: bytes)
        let blue = try ScriptedUpstream(ScriptedUpstream.answering(body))
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let bascule = try Bascule(Configuration(blue: [blue], green: [green]))
        try bascule.waitForHealth()
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/large"))
        try Wait.until("blue has answered") { !blue.requests.isEmpty }
        let result = try switchColor(bascule)
        #expect(result.code == 0, "\(result.output)")
        let answer = try client.readAnswer()
        #expect(answer.text == body)
        #expect(try client.get("/next").text == "green")
    }

    /// Blue answers with this, green with its name; one worker, so that all is in one memory.
    private func large(
        _ body: String, _ lines: String...
    ) throws -> (ScriptedUpstream, ScriptedUpstream, Bascule) {
        let blue = try ScriptedUpstream(ScriptedUpstream.answering(body))
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        var configuration = Configuration(blue: [blue], green: [green])
        configuration.workers = 1
        configuration.lines += lines
        let bascule = try Bascule(configuration)
        try bascule.waitForHealth()
        return (blue, green, bascule)
    }

    /// So many octets, no two places of it alike.
    private func numbers(_ bytes: Int) -> String {
        String((0..<bytes / 8).map { String($0 + 10_000_000) }.joined().prefix(bytes))
    }

    @Test(
        "Nor does one that takes nothing of a larger answer: that is read ahead once a drain waits",
        arguments: ["handover", "overlap"])
    func readAhead(mode: String) throws {
        let body = numbers(12 << 20)
        let (blue, _, bascule) = try large(body)
        let clients = try (0..<2).map { _ in try bascule.connect() }
        for client in clients { try client.send(RawConnection.request("GET", "/large")) }
        try Wait.until("both stand still") { blue.requests.count == 2 }
        let result = try bascule.run("switch", "green", "--mode", mode, "--json")
        #expect(result.code == 0, "\(result.output)")
        #expect(!result.output.contains("/large"))
        #expect(try bascule.service().colors.first?.inFlight == 0)
        for client in clients {
            #expect(try client.readAnswer().text == body)
            #expect(try client.get("/next").text == "green")
        }
    }

    @Test("Half of response_buffers is all that is read ahead: beyond it an answer blocks")
    func readAheadBound() throws {
        let body = numbers(24 << 20)
        let (blue, _, bascule) = try large(body, "limits: {response_buffers: 4MiB}")
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/large"))
        try Wait.until("blue is asked") { !blue.requests.isEmpty }
        let result = try switchSoon(bascule)
        #expect(result.code == 4, "\(result.output)")
        #expect(result.output.contains("GET /large"))
        let answer = try client.readAnswer()
        #expect(answer.text == body)
        #expect(try client.get("/large").text == body)
        #expect(try switchColor(bascule).code == 0)
    }

    @Test("Room that others leave during a drain is used at once")
    func roomLeft() throws {
        // One of them fits into half of the memory, two do not.
        let body = numbers(14 << 20)
        let (blue, _, bascule) = try large(body, "limits: {response_buffers: 32MiB}")
        let clients = try (0..<2).map { _ in try bascule.connect() }
        for client in clients { try client.send(RawConnection.request("GET", "/large")) }
        try Wait.until("blue is asked") { blue.requests.count == 2 }
        let command = try bascule.start(["switch", "green"])
        try Wait.until("the drain goes on") { command.standardOutput.contains("in flight on blue") }
        clients[0].reset()
        #expect(try Command(command).code == 0)
        #expect(try clients[1].readAnswer().text == body)
    }

    @Test("A request whose client has left counts until its app has answered, and is named")
    func abandoned() throws {
        let colors = try TwoColors()
        let client = try colors.startSlow("/slow-left?secret=1")
        // An end of its side alone would change nothing: it may still read.
        client.reset()
        try Wait.until("it is abandoned") {
            try colors.bascule.run("requests", "--json").answer(RequestsAnswer.self).requests
                .map(\.state) == [.abandoned]
        }
        let result = try switchSoon(colors.bascule)
        #expect(result.code == 4)
        #expect(result.output.contains("GET /slow-left"))
        #expect(!result.output.contains("secret"))
        colors.letSlowAnswer()
        try Wait.until("the app has answered") {
            try colors.bascule.service().colors.first?.inFlight == 0
        }
        #expect(try switchColor(colors.bascule).code == 0)
    }

    @Test(
        "Requests of all workers count, and a stream blocks nothing and is not named as if it did")
    func allWorkers() throws {
        let slow = Steps()
        let blue = try ScriptedUpstream { request, connection in
            if request.path == "/events" {
                try connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n")
                _ = try connection.readToEnd()
                return .close
            }
            try slow.wait(for: 0)
            try connection.send(ScriptedUpstream.answer("blue"))
            return .keep
        }
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let bascule = try Bascule(Configuration(blue: [blue], green: [green]))
        try bascule.waitForHealth()
        let stream = try bascule.connect()
        try stream.send(RawConnection.request("GET", "/events"))
        _ = try stream.readHead()
        // Each worker takes two, while the other one cannot.
        var clients: [RawConnection] = []
        for other in ["worker 1", "worker 0"] {
            let stopped = try bascule.pid(of: other)
            ChildProcess.send(.stop, to: stopped)
            defer { ChildProcess.send(.resume, to: stopped) }
            for _ in 0..<2 {
                let client = try bascule.connect()
                try client.send(RawConnection.request("GET", "/slow"))
                clients.append(client)
            }
            try Wait.until("all are at work") { blue.requests.count == clients.count + 1 }
        }
        let result = try switchSoon(bascule)
        #expect(result.code == 4)
        let failed = try #require(try result.events().first { $0.state == .failed })
        guard case .array(let named)? = failed.details["requests"] else {
            Issue.record("no requests in \(failed)")
            return
        }
        #expect(named.count == clients.count)
        #expect(!result.output.contains("/events"))
        slow.reach(0)
        for client in clients { #expect(try client.readAnswer().text == "blue") }
        #expect(try switchColor(bascule).code == 0)
    }
}
