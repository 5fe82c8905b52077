import Control
import Kernel
import Testing

/// How what waited is let go, and how much may wait.
@Suite("What a hold lets go", .serialized, .timeLimit(.minutes(1)))
struct ReleaseTests {
    /// One worker before one app that blocks.
    private func world(
        _ app: BlockingApp, _ switchover: String...
    ) throws -> (bascule: Bascule, upstream: ScriptedUpstream) {
        let upstream = try ScriptedUpstream(app.behaviour("blue"))
        var configuration = Configuration(blue: [upstream])
        configuration.workers = 1
        // Longer than any of these tests takes.
        configuration.services[0].switchover = ["hold_timeout: 60s"] + switchover
        return (try Bascule(configuration), upstream)
    }

    /// Sends a request each, one after the other, and waits until all of them wait.
    private func hold(_ count: Int, _ bascule: Bascule) throws -> [RawConnection] {
        try (0..<count).map { number in
            let client = try bascule.connect()
            try client.send(RawConnection.request("GET", "/held-\(number)"))
            try Wait.until("\(number + 1) wait") { try bascule.service().held == number + 1 }
            return client
        }
    }

    @Test("Four start at once and one for each that finishes, in the order in which they came")
    func pacing() throws {
        let app = BlockingApp()
        let (bascule, _) = try world(app)
        #expect(try bascule.run("hold").code == 0)
        let clients = try hold(8, bascule)
        let release = try bascule.start(["release"])
        try Wait.until("four have come") { app.arrived.count == 4 }
        #expect(Wait.staysFalse(seconds: 0.3) { app.arrived.count > 4 })
        #expect(Set(app.arrived) == Set((0..<4).map { "/held-\($0)" }))
        // Each that finishes lets the next one go, and no other.
        for number in 0..<4 {
            app.letAnswer("/held-\(number)")
            try Wait.until("the next has come") { app.arrived.count == 5 + number }
            #expect(app.arrived.last == "/held-\(4 + number)")
            #expect(Wait.staysFalse(seconds: 0.05) { app.arrived.count > 5 + number })
        }
        app.letAnswerAll()
        for client in clients { #expect(try client.readAnswer().text == "blue") }
        #expect(try release.ending() == 0)
        #expect(try bascule.service().held == 0)
    }

    @Test("As many start at once as were in flight before the hold")
    func usedTo() throws {
        let app = BlockingApp()
        let (bascule, _) = try world(app)
        let before = try (0..<7).map { number in
            let client = try bascule.connect()
            try client.send(RawConnection.request("GET", "/before-\(number)"))
            return client
        }
        try Wait.until("seven are at work") { app.arrived.count == 7 }
        #expect(try bascule.run("hold").code == 0)
        let clients = try hold(10, bascule)
        for number in 0..<7 { app.letAnswer("/before-\(number)") }
        for client in before { #expect(try client.readAnswer().text == "blue") }
        let release = try bascule.start(["release"])
        try Wait.until("seven have come") { app.arrived.count == 14 }
        #expect(Wait.staysFalse(seconds: 0.3) { app.arrived.count > 14 })
        app.letAnswerAll()
        for client in clients { #expect(try client.readAnswer().text == "blue") }
        #expect(try release.ending() == 0)
    }

    @Test("What waits is bounded in octets, too: one more is 503 queue-full, and smaller ones wait")
    func holdBytes() throws {
        let (bascule, _) = try world(BlockingApp(), "hold_bytes: 100KiB")
        #expect(try bascule.run("hold").code == 0)
        let body = String(repeating: "x", count: 60_000)
        let large = RawConnection.request("POST", "/large", ["Content-Length: 60000"]) + body
        let first = try bascule.connect()
        try first.send(large)
        try Wait.until("one waits") { try bascule.service().held == 1 }
        let second = try bascule.connect()
        let answer = try second.ask(large)
        #expect(answer.status == 503)
        #expect(answer["x-bascule-reason"] == "queue-full")
        #expect(answer["retry-after"] != nil)
        _ = try bascule.connect().send(RawConnection.request("GET", "/small"))
        // Its own connection lives on, and room that gets free is room again.
        first.close()
        try Wait.until("it has left") { try bascule.service().held <= 1 }
        try second.send(large)
        try Wait.until("it waits now") { try bascule.service().held >= 1 }
    }

    @Test("Whoever watches a switch is told before its hold runs out, of time and of room")
    func nearsItsLimit() throws {
        let colors = try TwoColors {
            $0.workers = 1
            $0.services[0].switchover.append("hold_requests: 2")
        }
        let slow = try colors.startSlow()
        let command = try colors.bascule.start([
            "switch", "green", "--json", "--hold-timeout", "4s", "--drain-timeout", "4s",
        ])
        try colors.waitForHold()
        let waiting = try (0..<2).map { _ in try colors.bascule.connect() }
        for client in waiting { try client.send(RawConnection.request("GET", "/held")) }
        try Wait.until("both limits are told, in time") {
            command.standardOutput.contains("the hold ends in")
                && command.standardOutput.contains("at most 2 may wait")
        }
        #expect(command.isRunning)
        colors.letSlowAnswer()
        #expect(try slow.readAnswer().text == "blue")
        for client in waiting { #expect(try client.readAnswer().text == "green") }
        #expect(try Command(command).code == 0)
    }

    @Test("Whoever leaves the queue in the middle is gone at once, and its octets with it")
    func leaves() throws {
        let app = BlockingApp()
        let (bascule, upstream) = try world(app)
        app.letAnswerAll()
        #expect(try bascule.run("hold").code == 0)
        let clients = try hold(3, bascule)
        let pipelined = try bascule.connect()
        try pipelined.send(
            RawConnection.request("GET", "/first") + RawConnection.request("GET", "/second"))
        let chunked = try bascule.connect()
        try chunked.send(
            RawConnection.request("POST", "/chunked", ["Transfer-Encoding: chunked"])
                + "5\r\nhel")
        try Wait.until("five wait") { try bascule.service().held == 5 }
        pipelined.close()
        chunked.reset()
        clients[1].endWriting()
        try Wait.until("two wait") { try bascule.service().held == 2 }
        #expect(try bascule.run("release").code == 0)
        #expect(try clients[0].readAnswer().text == "blue")
        #expect(try clients[2].readAnswer().text == "blue")
        #expect(upstream.requests.map(\.path).sorted() == ["/held-0", "/held-2"])
    }
}
