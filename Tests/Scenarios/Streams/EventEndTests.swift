import Kernel
import Testing

/// How an event stream ends that stayed on a color which does not serve any more.
@Suite("Event streams that end", .serialized, .timeLimit(.minutes(1)))
struct EventEndTests {
    /// An app that sends these texts, each when its step is reached.
    private static func events(_ texts: [String], _ steps: Steps) -> ScriptedUpstream.Behaviour {
        { _, connection in
            try connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n")
            for (number, text) in texts.enumerated() {
                try steps.wait(for: number)
                try connection.send(
                    "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
            }
            // Until the proxy ends it.
            _ = try connection.readToEnd()
            steps.reach(1_000)
            return .close
        }
    }

    private func open(_ colors: StreamColors) throws -> RawConnection {
        let client = try colors.bascule.connect()
        try client.send(RawConnection.request("GET", "/events"))
        #expect(try client.readHead().status == 200)
        return client
    }

    @Test("Between two events it ends with a last chunk; the connection asks the new color next")
    func betweenEvents() throws {
        let steps = Steps()
        let colors = try StreamColors(
            blue: Self.events(["data: one\n\n", "data: two\n\n"], steps))
        let client = try open(colors)
        steps.reach(0)
        #expect(try client.readChunk() == Array("data: one\n\n".utf8))
        try colors.waitForStreams(1)
        #expect(try colors.switchColor().code == 0)
        #expect(try client.readChunk().isEmpty)
        #expect(try client.get("/events").text == "green")
        try colors.waitForStreams(0)
        // The app sees its end, and what it sends into it goes nowhere.
        steps.reach(1)
        try Wait.until("the app saw the end") { steps.reached == 1_000 }
    }

    @Test(
        "Within an event it ends with the blank line, whatever ends a line",
        arguments: ["\n", "\r\n", "\r"])
    func withinEvent(end: String) throws {
        let steps = Steps()
        let last = "o\(end)\(end)"
        let colors = try StreamColors(
            blue: Self.events(["event: a\(end)data: tw", last + "data: three\(end)\(end)"], steps))
        let client = try open(colors)
        steps.reach(0)
        #expect(try client.readChunk() == Array("event: a\(end)data: tw".utf8))
        try colors.waitForStreams(1)
        #expect(try colors.switchColor().code == 0)
        #expect(try !client.hasMore(within: 0.3))
        steps.reach(1)
        #expect(try client.readChunk() == Array(last.utf8))
        #expect(try client.readChunk().isEmpty)
        #expect(try client.get("/").text == "green")
        try colors.waitForStreams(0)
    }

    @Test("An event that does not end is cut visibly after a short while")
    func endless() throws {
        let steps = Steps()
        let colors = try StreamColors(blue: Self.events(["data: tw"], steps))
        let client = try open(colors)
        steps.reach(0)
        #expect(try client.readChunk() == Array("data: tw".utf8))
        try colors.waitForStreams(1)
        #expect(try colors.switchColor().code == 0)
        let begin = Instant.now
        // No last chunk: nobody can take it for whole.
        #expect(try client.expectEnd() == .reset)
        #expect(Instant.now.milliseconds(since: begin) < 5_000)
        try colors.waitForStreams(0)
    }

    @Test("For a client of HTTP/1.0 the connection's end is the stream's")
    func oldClient() throws {
        let steps = Steps()
        let colors = try StreamColors(blue: Self.events(["data: one\n\n"], steps))
        let client = try colors.bascule.connect()
        try client.send("GET /events HTTP/1.0\r\nHost: test.example\r\n\r\n")
        #expect(try client.readHead().status == 200)
        steps.reach(0)
        #expect(try client.read(through: "\n\n") == "data: one\n\n")
        try colors.waitForStreams(1)
        #expect(try colors.switchColor().code == 0)
        #expect(try client.expectEnd() == .closed)
        try colors.waitForStreams(0)
    }

    @Test("A stream that begins after its color has left gets no second grace")
    func beginsLate() throws {
        let mayAnswer = Steps()
        let begin = Steps()
        let colors = try StreamColors(
            blue: { request, connection in
                begin.reach(0)
                try mayAnswer.wait(for: 0)
                return try Self.events([], Steps())(request, connection)
            })
        let client = try colors.bascule.connect()
        try client.send(RawConnection.request("GET", "/events"))
        try begin.wait(for: 0)
        let result = try colors.bascule.run(
            "switch", "green", "--mode", "overlap", "--drain-timeout", "100ms")
        #expect(result.code == 0, "\(result.errors)")
        mayAnswer.reach(0)
        #expect(try client.readHead().status == 200)
        #expect(try client.readChunk().isEmpty)
        #expect(try client.get("/").text == "green")
    }
}
