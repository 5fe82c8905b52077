import Board
import Control
import Foundation
import Kernel
import Synchronization
import Testing

/// What is sent again, and what never is.
@Suite("Retries", .serialized, .timeLimit(.minutes(1)))
struct RetryTests {
    private func start(_ app: ScriptedUpstream) throws -> Bascule {
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        return try Bascule(configuration)
    }

    /// Answers the first request of each connection and ends it on the very packet of the second.
    private static func closesOnSecond(
        _ afterwards: ScriptedUpstream.Afterwards
    ) -> ScriptedUpstream.Behaviour {
        { request, connection in
            try connection.send(ScriptedUpstream.answer(request.path))
            // Until the next request begins to arrive, or nothing more will.
            _ = try connection.hasMore(within: 30)
            return afterwards
        }
    }

    @Test(
        "RFC 9110 §9.2.2: no GET fails where the app ends each connection on the next packet",
        arguments: [true, false])
    func staleOnPacket(resets: Bool) throws {
        let app = try ScriptedUpstream(Self.closesOnSecond(resets ? .reset : .close))
        let bascule = try start(app)
        let client = try bascule.connect()
        for number in 0..<100 { #expect(try client.get("/\(number)").text == "/\(number)") }
        // Every second one was met by the end, and the connection after it was its own.
        #expect(app.connections == 100)
    }

    @Test("With many stale connections a retry takes none of them")
    func manyStale() throws {
        let together = Mutex(0)
        let app = try ScriptedUpstream { request, connection in
            if request.path == "/first" {
                together.withLock { $0 += 1 }
                try Wait.until("all are here") { together.withLock { $0 } >= 12 }
            }
            try connection.send(ScriptedUpstream.answer(request.path))
            _ = try connection.hasMore(within: 30)
            return .reset
        }
        let bascule = try start(app)
        let clients = try (0..<12).map { _ in try bascule.connect() }
        for client in clients { try client.send(RawConnection.request("GET", "/first")) }
        for client in clients { #expect(try client.readAnswer().text == "/first") }
        // Twelve connections are kept, and each one ends on the next packet.
        for client in clients { #expect(try client.get("/next").text == "/next") }
    }

    @Test("An app that closes its idle connections after a moment costs no request at any time")
    func idleClose() throws {
        let app = try ScriptedUpstream { request, connection in
            try connection.send(ScriptedUpstream.answer(request.path))
            return try connection.hasMore(within: 0.01) ? .keep : .close
        }
        let bascule = try start(app)
        let client = try bascule.connect()
        for number in 0..<60 {
            // Around the moment of the close, before and after it.
            ThisProcess.pause(milliseconds: 7 + number % 7)
            #expect(try client.get("/\(number)").status == 200)
        }
    }

    @Test("No POST is ever sent twice once an octet of it was sent, whatever becomes of it")
    func neverTwice() throws {
        let app = try ScriptedUpstream { request, connection in
            if request["x-fate"] == "reset" { return .reset }
            if request["x-fate"] == "close" { return .close }
            try connection.send(ScriptedUpstream.answer("ok"))
            return .keep
        }
        let bascule = try start(app)
        let client = try bascule.connect()
        var expected: [String] = []
        for number in 0..<60 {
            let fate = ["keep", "reset", "keep", "close"][number % 4]
            let answer = try client.post("/\(number)", "body", "X-Fate: \(fate)")
            #expect(answer.status == (fate == "keep" ? 200 : 502))
            expected.append("/\(number)")
        }
        #expect(app.requests.map(\.path) == expected)
    }

    @Test("A POST looks at a kept connection first: one that has ended meanwhile costs nothing")
    func looksFirst() throws {
        let isClosed = Mutex(0)
        let app = try ScriptedUpstream { request, connection in
            try connection.send(ScriptedUpstream.answer(request.text))
            connection.close()
            isClosed.withLock { $0 += 1 }
            return .close
        }
        let bascule = try start(app)
        let client = try bascule.connect()
        for number in 0..<50 {
            #expect(try client.post("/", "\(number)").text == "\(number)")
            try Wait.until("the app has closed") { isClosed.withLock { $0 } == number + 1 }
        }
        #expect(app.requests.count == 50)
    }

    @Test("A POST of which nothing could be sent goes to another target")
    func otherTarget() throws {
        let dead = try ScriptedUpstream()
        try dead.stop()
        let alive = try ScriptedUpstream()
        var configuration = Configuration(blue: [dead, alive])
        configuration.workers = 1
        // No probe takes the dead one out meanwhile.
        configuration.services[0].health = ["path: /health", "interval: 1h"]
        let bascule = try Bascule(configuration)
        let client = try bascule.connect()
        for number in 0..<20 { #expect(try client.post("/\(number)", "x").status == 200) }
        #expect(alive.requests.map(\.path) == (0..<20).map { "/\($0)" })
    }

    @Test("A retry is a start like any other: it waits in a hold, and goes to the new color")
    func retryInHold() throws {
        let mayReset = Steps()
        let blue = try ScriptedUpstream { _, _ in
            try mayReset.wait(for: 0)
            return .reset
        }
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let bascule = try Bascule(Configuration(blue: [blue], green: [green]))
        try bascule.waitForHealth()
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/moved"))
        try Wait.until("blue is at work") { blue.requests.count == 1 }
        let command = try bascule.start(["switch", "green"])
        try Wait.until("the service is held") { try bascule.service().phase == .held }
        mayReset.reach(0)
        #expect(try client.readAnswer().text == "green")
        #expect(try Command(command).code == 0)
        #expect(blue.requests.count == 1)
        #expect(green.requests.map(\.path) == ["/moved"])
    }
}
