import Board
import Control
import Kernel
import Testing

/// How a WebSocket ends that stayed on a color which does not serve any more.
@Suite("WebSockets that end", .serialized, .timeLimit(.minutes(1)))
struct SocketEndTests {
    private static let long = [UInt8](repeating: 0x61, count: 70_000)

    @Test("After the grace both sides get 1001, the app's masked, and a reconnect is the new color")
    func grace() throws {
        let app = SocketApp()
        let new = SocketApp()
        let colors = try StreamColors(
            blue: app.behaviour(), green: new.behaviour(), grace: 2_000)
        let client = try colors.openSocket()
        try colors.waitForStreams(1)
        let begin = Instant.now
        let result = try colors.switchColor()
        #expect(result.code == 0, "\(result.errors)")
        #expect(try result.ending().report.streams == 1)
        // It stays on its color: what is sent in the grace arrives there.
        try client.send(Frame(code: Frame.Code.text, payload: [1], mask: Frame.clientMask))
        try Wait.until("blue got the frame") { app.frames.count == 1 }
        let close = try Frame.read(from: client)
        #expect(close.status == 1001)
        #expect(close.mask == nil)
        #expect(Instant.now.milliseconds(since: begin) >= 2_000)
        try client.send(Frame.close(1001, mask: Frame.clientMask))
        #expect(try client.expectEnd() == .closed)
        try Wait.until("the app saw its end") { app.end != nil }
        #expect(app.end == .closed)
        #expect(app.frames.last?.status == 1001)
        #expect(app.frames.allSatisfy { $0.mask != nil })
        // Each mask is new (RFC 6455 section 5.3).
        #expect(app.frames.last?.mask != [0, 0, 0, 0])
        try colors.waitForStreams(0)
        let again = try colors.openSocket()
        try colors.waitForStreams(1, .green)
        try again.send(Frame.close(1000, mask: Frame.clientMask))
        try Wait.until("green got the close") { new.frames.last?.status == 1000 }
    }

    @Test("The frames under way pass to their last octet, both ways, before the close")
    func wholeFrames() throws {
        let app = SocketApp()
        let mayGoOn = Steps()
        let halves = Frame(code: Frame.Code.binary, payload: Self.long).octets
        let colors = try StreamColors(
            blue: app.behaviour { connection in
                try connection.send(Array(halves[..<30_000]))
                try mayGoOn.wait(for: 0)
                // The rest, and a frame that comes too late.
                try connection.send(Array(halves[30_000...]) + Frame(code: 1, payload: [9]).octets)
            })
        let client = try colors.openSocket()
        try colors.waitForStreams(1)
        let mine = Frame(code: Frame.Code.binary, payload: Self.long, mask: Frame.clientMask).octets
        try client.send(Array(mine[..<40_000]))
        #expect(try client.read(count: 30_000) == Array(halves[..<30_000]))
        #expect(try colors.switchColor().code == 0)
        #expect(try !client.hasMore(within: 0.3))
        mayGoOn.reach(0)
        #expect(try client.read(count: halves.count - 30_000) == Array(halves[30_000...]))
        #expect(try Frame.read(from: client).status == 1001)
        try client.send(
            Array(mine[40_000...])
                + Frame(code: Frame.Code.text, payload: [9], mask: Frame.clientMask).octets)
        try Wait.until("the app was closed") { app.end != nil }
        #expect(app.frames.map(\.code) == [Frame.Code.binary, Frame.Code.close])
        #expect(app.frames.first?.payload == Self.long)
        #expect(app.frames.last?.status == 1001)
        #expect(try client.expectEnd() == .closed)
    }

    @Test("Fragments pass, a ping between them too, and the close may come between two of them")
    func fragments() throws {
        let app = SocketApp()
        let colors = try StreamColors(blue: app.behaviour())
        let client = try colors.openSocket()
        let parts = [
            Frame(code: Frame.Code.text, payload: [1], isLast: false, mask: Frame.clientMask),
            Frame(code: Frame.Code.ping, payload: [2], mask: Frame.clientMask),
            Frame(
                code: Frame.Code.continuation, payload: [3], isLast: false, mask: Frame.clientMask),
        ]
        for part in parts { try client.send(part) }
        try Wait.until("the app got them") { app.frames.count == 3 }
        #expect(app.frames == parts)
        #expect(try colors.switchColor().code == 0)
        #expect(try Frame.read(from: client).status == 1001)
        try Wait.until("the app was closed") { app.end != nil }
        #expect(app.frames.dropFirst(3).map(\.status) == [1001])
    }

    @Test("An app and a client that do not answer the close are ended all the same, soon")
    func deaf() throws {
        let app = SocketApp()
        let colors = try StreamColors(blue: app.behaviour(isDeaf: true))
        let client = try colors.openSocket()
        try colors.waitForStreams(1)
        #expect(try colors.switchColor().code == 0)
        let begin = Instant.now
        #expect(try Frame.read(from: client).status == 1001)
        #expect(try client.expectEnd() == .closed)
        #expect(Instant.now.milliseconds(since: begin) < 5_000)
        try Wait.until("the app's connection ended") { app.end != nil }
        #expect(app.frames.map(\.status) == [1001])
        try colors.waitForStreams(0)
    }

    @Test("A frame of 2^63 octets and one that is longer pass like others, and end soon after")
    func hostileLengths() throws {
        let colors = try StreamColors(blue: { request, connection in
            try WebSocketPeer.accept(request, on: connection)
            _ = try connection.readToEnd()
            return .close
        })
        var clients: [RawConnection] = []
        for first: UInt8 in [0x7f, 0xff] {
            let client = try colors.openSocket()
            clients.append(client)
            try client.send([0x82, 0xff, first] + [UInt8](repeating: 0xff, count: 11))
            try client.send(Self.long)
        }
        try colors.waitForStreams(2)
        let worker = try colors.bascule.pid(of: "worker 0")
        #expect(try colors.switchColor().code == 0)
        try colors.waitForStreams(0)
        #expect(try colors.bascule.pid(of: "worker 0") == worker)
        #expect(try colors.bascule.get("/").text == "green")
        for client in clients { _ = try client.readToEnd() }
    }

    @Test("A color that serves again within the grace keeps its sockets")
    func comesBack() throws {
        let app = SocketApp()
        let colors = try StreamColors(blue: app.behaviour(), grace: 3_000)
        let client = try colors.openSocket()
        try colors.waitForStreams(1)
        #expect(try colors.switchColor().code == 0)
        #expect(try colors.switchColor(to: "blue").code == 0)
        #expect(try !client.hasMore(within: 3.2))
        try client.send(Frame(code: Frame.Code.text, payload: [7], mask: Frame.clientMask))
        try Wait.until("blue got the frame") { app.frames.map(\.payload) == [[7]] }
    }

    @Test("The grace ends without a controller, too")
    func deadController() throws {
        let app = SocketApp()
        let colors = try StreamColors(blue: app.behaviour(), grace: 300)
        let client = try colors.openSocket()
        try colors.waitForStreams(1)
        #expect(try colors.switchColor().code == 0)
        let controller = try colors.bascule.pid(of: "controller")
        ChildProcess.send(.stop, to: controller)
        defer { ChildProcess.send(.resume, to: controller) }
        #expect(try Frame.read(from: client).status == 1001)
        try client.send(Frame.close(1001, mask: Frame.clientMask))
        #expect(try client.expectEnd() == .closed)
    }

    @Test("A graceful stop tells 1001, and waits for nobody who has answered")
    func stop() throws {
        let app = SocketApp()
        let colors = try StreamColors(blue: app.behaviour())
        let client = try colors.openSocket()
        try colors.waitForStreams(1)
        let begin = Instant.now
        colors.bascule.program.send(.terminate)
        #expect(try Frame.read(from: client).status == 1001)
        try client.send(Frame.close(1001, mask: Frame.clientMask))
        #expect(try client.expectEnd() == .closed)
        client.close()
        #expect(try colors.bascule.program.ending() == 0)
        #expect(Instant.now.milliseconds(since: begin) < 6_000)
        #expect(app.frames.last?.status == 1001)
    }

    @Test("A socket without an octet is closed after timeouts.tunnel, both ways")
    func idle() throws {
        let app = SocketApp()
        let blue = try ScriptedUpstream(app.behaviour())
        var configuration = Configuration(blue: [blue])
        configuration.lines = ["timeouts: {tunnel: 2s}"]
        let bascule = try Bascule(configuration)
        let client = try bascule.connect()
        try WebSocketPeer.open("/socket", on: client)
        let begin = Instant.now
        // What is said now and then keeps it open, for longer than that in all.
        var pings: UInt8 = 0
        while Instant.now.milliseconds(since: begin) < 2_200 {
            #expect(try !client.hasMore(within: 0.3))
            try client.send(Frame(code: Frame.Code.ping, payload: [pings], mask: [1, 2, 3, 4]))
            pings += 1
        }
        let last = Instant.now
        #expect(try client.expectEnd() == .closed)
        #expect(Instant.now.milliseconds(since: last) >= 1_950)
        try Wait.until("the app's connection ended") { app.end != nil }
        #expect(app.frames.count == Int(pings))
    }
}
