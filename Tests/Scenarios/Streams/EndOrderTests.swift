import Board
import Control
import Kernel
import Testing

/// What an operator has ended before its time: `--streams close`, `--on-drain-timeout cut`.
@Suite("Ends by order", .serialized, .timeLimit(.minutes(1)))
struct EndOrderTests {
    @Test("With --streams close sockets and event streams end before the switch, in the hold")
    func closeStreams() throws {
        let app = SocketApp()
        let socket = app.behaviour()
        let colors = try StreamColors(
            blue: { request, connection in
                guard request.path == "/events" else { return try socket(request, connection) }
                try connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\nb\r\ndata: one\n\n\r\n")
                _ = try connection.readToEnd()
                return .close
            }, grace: 3_600_000)
        let client = try colors.openSocket()
        let events = try colors.bascule.connect()
        try events.send(RawConnection.request("GET", "/events"))
        _ = try events.readHead()
        #expect(try events.readChunk() == Array("data: one\n\n".utf8))
        try colors.waitForStreams(2)
        // The app answers the close. Its client has not read it yet, and nobody waits for that: a
        // socket that is ended by force takes longer than this drain may.
        let result = try colors.bascule.run(
            "switch", "green", "--streams", "close", "--drain-timeout", "1500ms", "--json")
        #expect(result.code == 0, "\(result.output)\(result.errors)")
        #expect(try result.ending().report.streams == 0)
        #expect(try Frame.read(from: client).status == 1001)
        try Wait.until("the app was closed") { app.end != nil }
        #expect(app.frames.map(\.status) == [1001])
        #expect(try events.readChunk().isEmpty)
        #expect(try events.get("/events").text == "green")
    }

    @Test("In an overlap, which holds nothing, --streams close ends them with the switch")
    func overlap() throws {
        let app = SocketApp()
        let colors = try StreamColors(blue: app.behaviour(), grace: 3_600_000)
        let client = try colors.openSocket()
        try colors.waitForStreams(1)
        let result = try colors.bascule.run(
            "switch", "green", "--mode", "overlap", "--streams", "close", "--json")
        #expect(result.code == 0, "\(result.output)\(result.errors)")
        // As in a handover: what was ended is not left open.
        #expect(try result.ending().report.streams == 0)
        #expect(try Frame.read(from: client).status == 1001)
        try Wait.until("the app was closed") { app.end != nil }
    }

    @Test("A cut is seen by every client, counted, and told as lost; the switch goes on")
    func cut() throws {
        let never = Steps()
        let blue = try ScriptedUpstream { request, connection in
            if request.path == "/half" {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            }
            _ = try? connection.readToEnd()
            never.reach(0)
            return .close
        }
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let bascule = try Bascule(Configuration(blue: [blue], green: [green]))
        try bascule.waitForHealth()
        let half = try bascule.connect()
        try half.send(RawConnection.request("GET", "/half"))
        _ = try half.readHead()
        #expect(try half.read(count: 4) == Array("half".utf8))
        let none = try bascule.connect()
        try none.send(RawConnection.request("POST", "/none", ["Content-Length: 2"]) + "ok")
        let left = try bascule.connect()
        try left.send(RawConnection.request("GET", "/left"))
        try Wait.until("blue is at work") { blue.requests.count == 3 }
        left.reset()
        let result = try bascule.run(
            "switch", "green", "--drain-timeout", "300ms", "--on-drain-timeout", "cut", "--json")
        #expect(result.code == 6, "\(result.output)\(result.errors)")
        let ending = try result.ending()
        #expect(ending.active == .green)
        // Whoever had left has lost nothing.
        #expect(ending.report.cut == 2)
        #expect(ending.report.lost == 2)
        let answer = try none.readAnswer()
        #expect(answer.status == 504)
        #expect(answer["x-bascule-reason"] == "upstream-timeout")
        #expect(try half.expectEnd() == .reset)
        #expect(try none.get("/").text == "green")
        try never.wait(for: 0)
        let service = try bascule.service()
        #expect(service.colors.allSatisfy { $0.inFlight == 0 })
        // A way back meets no order of old.
        #expect(try bascule.run("switch", "blue", "--json").code == 0)
    }
}
