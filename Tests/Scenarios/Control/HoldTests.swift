import Board
import Control
import Kernel
import Testing

/// Requests that wait: who waits, who is let go, and who left meanwhile.
@Suite("Holds", .serialized, .timeLimit(.minutes(1)))
struct HoldTests {
    @Test("hold makes requests wait, release lets them go, and nobody notices but by the clock")
    func holdAndRelease() throws {
        let colors = try TwoColors()
        let bascule = colors.bascule
        let kept = try bascule.connect()
        #expect(try kept.get("/before").text == "blue")
        #expect(try bascule.run("hold").code == 0)
        #expect(try bascule.service().phase == .held)
        let clients = try [kept] + (0..<5).map { _ in try bascule.connect() }
        for (number, client) in clients.enumerated() {
            try client.send(RawConnection.request("GET", "/held-\(number)"))
        }
        try colors.waitForHeld(6)
        #expect(colors.blue.requests.map(\.path) == ["/before"])
        let release = try bascule.run("release", "--json")
        #expect(release.code == 0)
        #expect(try release.answer(PhaseAnswer.self).held == 6)
        for client in clients {
            #expect(try client.readAnswer().text == "blue")
            #expect(try client.get("/after").text == "blue")
        }
        #expect(try bascule.service().held == 0)
        #expect(colors.blue.requests.count == 13)
    }

    @Test("A hold ends by itself at its deadline")
    func deadline() throws {
        let colors = try TwoColors()
        let begin = Instant.now
        #expect(try colors.bascule.run("hold", "--for", "700ms").code == 0)
        let client = try colors.bascule.connect()
        #expect(try client.get("/held").text == "blue")
        // The client's patience is over long before hold_timeout.
        #expect(Instant.now.milliseconds(since: begin) >= 690)
        try Wait.until("the phase is open") { try colors.bascule.service().phase == .open }
    }

    @Test("A switch that comes to nothing leaves a hold by hand as it was, with its own end")
    func takenOver() throws {
        let colors = try TwoColors()
        let bascule = colors.bascule
        let slow = try colors.startSlow()
        let held = try bascule.run("hold", "--for", "5m", "--json").answer(PhaseAnswer.self)
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/held"))
        try colors.waitForHeld(1)
        let command = try bascule.run("switch", "green", "--drain-timeout", "300ms", "--json")
        #expect(command.code == 4)
        let said = try command.events().last?.message ?? ""
        #expect(said.contains("the hold by hand goes on"), "\(said)")
        let service = try bascule.service()
        #expect(service.phase == .held)
        // Told by the wall clock, kept by another: a millisecond is nothing.
        let ends = try [#require(service.phaseEnds), #require(held.phaseEnds)].map(\.milliseconds)
        #expect(abs(ends[0] - ends[1]) < 1_000)
        #expect(service.held == 1)
        #expect(colors.blue.requests.map(\.path) == ["/slow"])
        colors.letSlowAnswer()
        #expect(try slow.readAnswer().text == "blue")
        #expect(try bascule.run("release").code == 0)
        #expect(try client.readAnswer().text == "blue")
    }

    @Test("What comes while a request waits counts against hold_bytes")
    func bytesThatCome() throws {
        let colors = try TwoColors {
            $0.workers = 1
            $0.services[0].switchover.append("hold_bytes: 32KiB")
        }
        #expect(try colors.bascule.run("hold").code == 0)
        let patient = try colors.bascule.connect()
        try patient.send(RawConnection.request("GET", "/patient"))
        let client = try colors.bascule.connect()
        try client.send(RawConnection.request("POST", "/growing", ["Transfer-Encoding: chunked"]))
        try colors.waitForHeld(2)
        try client.send("c000\r\n" + String(repeating: "x", count: 0xc000) + "\r\n")
        let answer = try client.readAnswer()
        #expect(answer.status == 503)
        #expect(answer["x-bascule-reason"] == "queue-full")
        #expect(try colors.bascule.run("release").code == 0)
        #expect(try patient.readAnswer().text == "blue")
        #expect(colors.blue.requests.map(\.path) == ["/patient"])
    }

    @Test("A graceful stop lets go what waits by hand")
    func stop() throws {
        let colors = try TwoColors()
        #expect(try colors.bascule.run("hold").code == 0)
        let client = try colors.bascule.connect()
        try client.send(RawConnection.request("POST", "/held", ["Content-Length: 2"]) + "ok")
        try colors.waitForHeld(1)
        colors.bascule.program.send(.terminate)
        #expect(try client.readAnswer().text == "blue")
        #expect(try colors.bascule.program.ending() == 0)
    }

    @Test("A worker that has to end while a hold stands tells those who wait")
    func stopWithoutController() throws {
        let colors = try TwoColors {
            $0.services[0].switchover = ["watch: 0s", "drain_timeout: 400ms"]
        }
        #expect(try colors.bascule.run("hold").code == 0)
        let client = try colors.bascule.connect()
        try client.send(RawConnection.request("GET", "/held"))
        try colors.waitForHeld(1)
        let controller = try colors.bascule.pid(of: "controller")
        ChildProcess.send(.stop, to: controller)
        // Until then it may still hear of the end, and let go.
        try Wait.until("the controller stands still") {
            ProcessFacts.status(of: controller)["State"]?.hasPrefix("T") == true
        }
        colors.bascule.program.send(.terminate)
        let answer = try client.readAnswer()
        #expect(answer.status == 503)
        #expect(answer["x-bascule-reason"] == "held-too-long")
        #expect(colors.blue.requests.isEmpty)
        _ = try colors.bascule.program.ending()
    }

    @Test("A request whose own wait reaches hold_timeout gets 503 held-too-long in a longer hold")
    func heldTooLong() throws {
        let colors = try TwoColors {
            $0.services[0].switchover = [
                "watch: 0s", "hold_timeout: 500ms", "drain_timeout: 400ms",
            ]
        }
        #expect(try colors.bascule.run("hold", "--for", "5s").code == 0)
        let client = try colors.bascule.connect()
        let begin = Instant.now
        let answer = try client.get("/held")
        #expect(answer.status == 503)
        #expect(answer["x-bascule-reason"] == "held-too-long")
        #expect(answer["retry-after"] != nil)
        #expect(Instant.now.milliseconds(since: begin) >= 490)
        let release = try colors.bascule.run("release")
        #expect(release.code == 0)
        // Nobody waits any more, but somebody did in vain.
        #expect(release.output.contains("1 request of this hold got 503"), "\(release.output)")
        let entries = try colors.bascule.run("history", "--json").answer(HistoryAnswer.self)
        #expect(entries.operations.first?.report?.expired == 1)
        #expect(try client.get("/after").text == "blue")
        #expect(colors.blue.requests.map(\.path) == ["/after"])
        // What the next hold says is about itself.
        #expect(try colors.bascule.run("hold").code == 0)
        #expect(try !colors.bascule.run("release").output.contains("503"))
    }

    @Test("Who waits for a switch that was told a longer hold waits for its end, past hold_timeout")
    func longerHold() throws {
        let colors = try TwoColors {
            $0.services[0].switchover = [
                "watch: 0s", "hold_timeout: 200ms", "drain_timeout: 100ms",
            ]
        }
        let slow = try colors.startSlow()
        let command = try colors.bascule.start([
            "switch", "green", "--hold-timeout", "30s", "--drain-timeout", "30s", "--json",
        ])
        try colors.waitForHold()
        let client = try colors.bascule.connect()
        try client.send(RawConnection.request("GET", "/held"))
        try colors.waitForHeld(1)
        #expect(try !client.hasMore(within: 0.5))
        colors.letSlowAnswer()
        #expect(try slow.readAnswer().text == "blue")
        #expect(try client.readAnswer().text == "green")
        let result = try Command(command)
        #expect(result.code == 0)
        #expect(try result.ending().report.expired == 0)
        #expect(try result.ending().report.released == 1)
    }

    @Test("More than hold_requests get 503 queue-full, and those that wait are served")
    func queueFull() throws {
        let colors = try TwoColors {
            $0.workers = 1
            $0.services[0].switchover.append("hold_requests: 2")
        }
        #expect(try colors.bascule.run("hold").code == 0)
        let waiting = try (0..<2).map { _ in try colors.bascule.connect() }
        for client in waiting { try client.send(RawConnection.request("GET", "/held")) }
        try colors.waitForHeld(2)
        // The sum over all workers may overshoot by one request a worker.
        var statuses: [Int] = []
        for _ in 0..<4 {
            let client = try colors.bascule.connect()
            try client.send(RawConnection.request("GET", "/too-many"))
            guard try client.hasMore(within: 0.3) else { continue }
            let answer = try client.readAnswer()
            #expect(answer["x-bascule-reason"] == "queue-full")
            #expect(answer["retry-after"] != nil)
            statuses.append(answer.status)
        }
        #expect(statuses.count >= 3)
        #expect(statuses.allSatisfy { $0 == 503 })
        #expect(try colors.bascule.run("release").code == 0)
        for client in waiting { #expect(try client.readAnswer().text == "blue") }
    }

    @Test("Kept, pipelined and chunked clients are held, and let go in their own order")
    func everyKindOfClient() throws {
        let colors = try TwoColors()
        let bascule = colors.bascule
        #expect(try bascule.run("hold").code == 0)
        let pipelined = try bascule.connect()
        let paths = (0..<5).map { "/pipelined-\($0)" }
        try pipelined.send(paths.map { RawConnection.request("GET", $0) }.joined())
        let chunked = try bascule.connect()
        try chunked.send(
            RawConnection.request("POST", "/chunked", ["Transfer-Encoding: chunked"])
                + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
        let body = String(repeating: "x", count: 200_000)
        let large = try bascule.connect()
        try large.send(
            RawConnection.request("POST", "/large", ["Content-Length: \(body.utf8.count)"]))
        let old = try bascule.connect()
        try old.send("GET /old HTTP/1.0\r\nHost: test.example\r\n\r\n")
        try colors.waitForHeld(4)
        #expect(try bascule.run("release").code == 0)
        try large.send(body)
        for _ in paths { #expect(try pipelined.readAnswer().text == "blue") }
        for client in [chunked, large, old] { #expect(try client.readAnswer().text == "blue") }
        let seen = colors.blue.requests
        #expect(seen.map(\.path).filter { $0.hasPrefix("/pipelined") } == paths)
        #expect(seen.first { $0.path == "/chunked" }?.text == "hello world")
        #expect(seen.first { $0.path == "/large" }?.text == body)
    }

    @Test("A client that leaves while held is counted as gone and its request never sent")
    func gone() throws {
        let colors = try TwoColors()
        let slow = try colors.startSlow()
        let command = try colors.bascule.start(["switch", "green", "--json"])
        try colors.waitForHold()
        let stays = try colors.bascule.connect()
        try stays.send(RawConnection.request("GET", "/stays"))
        let leaves = try (0..<3).map { _ in try colors.bascule.connect() }
        for client in leaves { try client.send(RawConnection.request("GET", "/leaves")) }
        try colors.waitForHeld(4)
        leaves[0].close()
        leaves[1].reset()
        leaves[2].close()
        try colors.waitForHeld(1)
        colors.letSlowAnswer()
        #expect(try slow.readAnswer().text == "blue")
        #expect(try stays.readAnswer().text == "green")
        let result = try Command(command)
        #expect(result.code == 0)
        let report = try result.ending().report
        #expect(report.gone == 3)
        #expect(report.held == 4)
        #expect(report.released == 1)
        #expect(report.lost == 0)
        let seen = (colors.blue.requests + colors.green.requests).map(\.path)
        #expect(seen.sorted() == ["/slow", "/stays"])
    }

    @Test("requests names what waits and what runs, without queries")
    func requests() throws {
        let colors = try TwoColors()
        let slow = try colors.startSlow("/slow?secret=1")
        #expect(try colors.bascule.run("hold").code == 0)
        let held = try colors.bascule.connect()
        try held.send(
            RawConnection.request("POST", "/held", ["Content-Length: 2", "X-Request-ID: mine-1"])
                + "ok")
        try colors.waitForHeld(1)
        let answer = try colors.bascule.run("requests", "--json").answer(RequestsAnswer.self)
        #expect(answer.silent.isEmpty)
        #expect(answer.requests.map(\.path).sorted() == ["/held", "/slow"])
        let waiting = try #require(answer.requests.first { $0.path == "/held" })
        #expect(waiting.state == .held)
        #expect(waiting.color == nil)
        #expect(waiting.method == "POST")
        #expect(waiting.id == "mine-1")
        #expect(waiting.client.hasPrefix("127.0.0.1"))
        let running = try #require(answer.requests.first { $0.path == "/slow" })
        #expect(running.state == .started)
        #expect(running.color == .blue)
        let text = try colors.bascule.run("requests")
        #expect(text.code == 0)
        #expect(text.output.contains("/held"))
        #expect(!text.output.contains("secret"))
        colors.letSlowAnswer()
        #expect(try colors.bascule.run("release").code == 0)
        #expect(try slow.readAnswer().text == "blue")
        #expect(try held.readAnswer().text == "blue")
    }

    @Test("A switch may start inside a hold by hand, and takes it over")
    func switchInAHold() throws {
        let colors = try TwoColors()
        #expect(try colors.bascule.run("hold").code == 0)
        let client = try colors.bascule.connect()
        try client.send(RawConnection.request("GET", "/held"))
        try colors.waitForHeld(1)
        #expect(try colors.bascule.run("switch", "green").code == 0)
        #expect(try client.readAnswer().text == "green")
        #expect(try colors.bascule.service().phase == .open)
    }
}
