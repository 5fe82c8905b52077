import Control
import Kernel
import Testing

/// What a client does wrong costs nobody else anything.
@Suite("Faults of a client", .serialized, .timeLimit(.minutes(1)))
struct ClientFaultTests {
    private func answer(
        to request: String, _ lines: String...
    ) throws -> (answer: Message, app: ScriptedUpstream) {
        let app = try ScriptedUpstream()
        var configuration = Configuration(blue: [app])
        configuration.lines += lines
        let bascule = try Bascule(configuration)
        let client = try bascule.connect()
        try client.send(request)
        let answer = try client.readAnswer()
        _ = try client.readToEnd()
        #expect(try bascule.get("/next").status == 200)
        return (answer, app)
    }

    @Test("A request that is not HTTP gets 400 bad-request and never reaches the app")
    func badRequest() throws {
        let (answer, app) = try answer(to: "GET / HTTP/1.1\r\nHost : x\r\n\r\n")
        #expect(answer.status == 400)
        #expect(answer["x-bascule-reason"] == "bad-request")
        #expect(app.requests.map(\.path) == ["/next"])
    }

    @Test("A head that is larger than allowed gets 431 too-large")
    func largeHead() throws {
        let field = "X-Large: " + String(repeating: "a", count: 40_000)
        let (answer, app) = try answer(to: RawConnection.request("GET", "/", [field]))
        #expect(answer.status == 431)
        #expect(answer["x-bascule-reason"] == "too-large")
        #expect(app.requests.map(\.path) == ["/next"])
    }

    @Test("A body that is larger than allowed gets 413 too-large before it is sent")
    func largeBody() throws {
        let (answer, app) = try answer(
            to: RawConnection.request("POST", "/", ["Content-Length: 1025"]),
            "limits: {body_bytes: 1KiB}")
        #expect(answer.status == 413)
        #expect(answer["x-bascule-reason"] == "too-large")
        #expect(app.requests.map(\.path) == ["/next"])
    }

    @Test("A head that does not end in time gets 408 request-timeout")
    func slowHead() throws {
        let (answer, app) = try answer(
            to: "GET / HTTP/1.1\r\nHost: x\r\n", "timeouts: {header: 200ms}")
        #expect(answer.status == 408)
        #expect(answer["x-bascule-reason"] == "request-timeout")
        #expect(app.requests.map(\.path) == ["/next"])
    }

    @Test("A body that does not come in time gets 408, and the app sees no whole request")
    func slowBody() throws {
        let (answer, app) = try answer(
            to: RawConnection.request("POST", "/", ["Content-Length: 10"]) + "half",
            "timeouts: {body: 200ms}")
        #expect(answer.status == 408)
        #expect(app.requests.map(\.path) == ["/next"])
    }

    @Test("A client that leaves in the middle of its answer leaves nothing counted")
    func leaves() throws {
        let isGone = Steps()
        let app = try ScriptedUpstream { request, connection in
            if request.path == "/slow" { try isGone.wait(for: 0) }
            try connection.send(ScriptedUpstream.answer("late"))
            return .keep
        }
        let bascule = try Bascule(Configuration(blue: [app]))
        for index in 0..<4 {
            let client = try bascule.connect()
            try client.send(RawConnection.request("GET", "/slow"))
            try Wait.until("the app has it") { app.requests.count == index + 1 }
            index.isMultiple(of: 2) ? client.close() : client.reset()
        }
        // The app is still at work on them: they stay counted until it has answered.
        #expect(try bascule.service().colors[0].inFlight == 4)
        isGone.reach(0)
        try Wait.until("nothing is in flight") {
            try bascule.service().colors[0].inFlight == 0
        }
        #expect(try bascule.get("/").status == 200)
    }
}
