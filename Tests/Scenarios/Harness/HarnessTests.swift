import Kernel
import Testing

/// The peers without Bascule between them: what the scenarios rely on.
@Suite("The scenarios' own peers", .serialized, .timeLimit(.minutes(1)))
struct HarnessTests {
    @Test("An answer arrives as it was sent, and every request is written down")
    func answers() throws {
        let app = try ScriptedUpstream(ScriptedUpstream.answering("hello"))
        let client = try RawConnection(to: app.address)
        #expect(try client.get("/one").text == "hello")
        #expect(try client.post("/two", "body").status == 200)
        #expect(app.requests.map(\.path) == ["/one", "/two"])
        #expect(app.requests[1].text == "body")
        #expect(app.connections == 1)
    }

    @Test("An end and a reset are told apart, and neither passes as an answer")
    func ends() throws {
        let app = try ScriptedUpstream { request, connection in
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            _ = try connection.hasMore(within: 0.05)
            return request.path == "/reset" ? .reset : .close
        }
        for (path, expected) in [("/close", RawConnection.End.closed), ("/reset", .reset)] {
            let client = try RawConnection(to: app.address)
            try client.send(RawConnection.request("GET", path))
            _ = try client.readHead()
            let (octets, end) = try client.readToEnd()
            #expect(octets == Array("half".utf8))
            #expect(end == expected)
            let second = try RawConnection(to: app.address)
            #expect(throws: RawConnection.Failure.self) { _ = try second.get(path) }
        }
    }

    @Test("Waits are bounded")
    func patience() throws {
        let app = try ScriptedUpstream { _, _ in .keep }
        let client = try RawConnection(to: app.address)
        client.patience = 0.1
        let begin = Instant.now
        #expect(throws: RawConnection.Failure.self) { _ = try client.get("/") }
        #expect(Instant.now.milliseconds(since: begin) < 1_000)
        #expect(throws: Wait.TimedOut.self) { try Wait.until("never", seconds: 0.05) { false } }
    }

    @Test("A WebSocket echo works without anything between")
    func webSocket() throws {
        let app = try ScriptedUpstream { request, connection in
            try WebSocketPeer.accept(request, on: connection)
            while let text = try WebSocketPeer.readText(from: connection) {
                try WebSocketPeer.send(text, isMasked: false, on: connection)
            }
            return .close
        }
        let client = try RawConnection(to: app.address)
        try WebSocketPeer.open("/", on: client)
        for text in ["short", String(repeating: "long", count: 1_000)] {
            try WebSocketPeer.send(text, isMasked: true, on: client)
            #expect(try WebSocketPeer.readText(from: client) == text)
        }
    }

    @Test("A crowd sees what is lost, and nobody listening is a refusal")
    func crowd() throws {
        let app = try ScriptedUpstream { request, connection in
            try connection.send(ScriptedUpstream.answer("ok"))
            return .close
        }
        let crowd = Crowd(2, to: app.address)
        try crowd.waitForAnswers(5)
        try app.stop()
        try Wait.until("a refusal") { !crowd.results.refused.isEmpty }
        let results = try crowd.stop()
        #expect(!results.failures.isEmpty)
        #expect(results.contains { $0.isGood })
    }

    @Test("A program's ending is its exit code or its signal")
    func programs() throws {
        #expect(try Program("/bin/sh", ["-c", "exit 78"]).ending() == 78)
        #expect(try Program("/bin/sh", ["-c", "kill -9 $$"]).ending() == 137)
        let spoken = try Program("/bin/sh", ["-c", "echo out; echo err >&2"])
        let command = try Command(spoken)
        #expect(command.output == "out\n")
        #expect(command.errors == "err\n")
    }
}
