import Control
import Kernel
import Testing

/// Clients of HTTP/2 that want to cost more than they pay, and those that do nothing.
@Suite("HTTP/2, hostile", .serialized, .timeLimit(.minutes(2)))
struct HTTP2HostileTests {
    private static let calm: UInt32 = 11
    /// PROTOCOL_ERROR.
    private static let mistake: UInt32 = 0x1

    private func serve(_ lines: String...) throws -> (Bascule, ScriptedUpstream) {
        let app = try ScriptedUpstream()
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        configuration.listenerKeys = ["h2c: true"]
        configuration.lines = lines
        return (try Bascule(configuration), app)
    }

    /// How a connection ended: with this error, by closing.
    private func ending(_ client: FrameConnection) throws -> UInt32 {
        let frame = try client.wait { $0.kind == FrameConnection.Kind.goAway }
        return frame.error
    }

    @Test("Floods end with ENHANCE_YOUR_CALM, are counted, and cost the worker nothing lasting")
    func floods() throws {
        let (bascule, app) = try serve()
        let worker = try bascule.pid(of: "worker 0")
        let ping = [UInt8](repeating: 0, count: 8)
        let floods: [(FrameConnection, UInt32) throws -> Void] = [
            { client, index in
                try client.ask(index * 2 + 1)
                try client.reset(index * 2 + 1)
            },
            { client, index in
                try client.ask(index * 2 + 1)
                try client.openWindow(index * 2 + 1, 0)
            },
            { client, _ in try client.send(FrameConnection.Kind.ping, 0, 0, ping) },
            { client, _ in try client.send(FrameConnection.Kind.settings, 0, 0, []) },
        ]
        for flood in floods {
            let client = try FrameConnection(bascule)
            do {
                for index in 0..<3_000 { try flood(client, UInt32(index)) }
            } catch RawConnection.Failure.reset, RawConnection.Failure.closed {
                // It was ended while this was still sent.
            }
            do {
                let error = try ending(client)
                // A reset may eat the words. A window of 0 is a mistake before it is a flood.
                #expect([Self.calm, Self.mistake].contains(error), "\(error)")
            } catch RawConnection.Failure.reset {}
        }
        #expect(try bascule.pid(of: "worker 0") == worker)
        try Wait.until("nothing is in flight") {
            try bascule.service().colors.allSatisfy { $0.inFlight == 0 }
        }
        #expect(app.requests.count < 3_000)
        #expect(try bascule.get("/").status == 200)
    }

    @Test("A connection whose first read is a flood already is ended, and the worker lives")
    func fullRead() throws {
        let (bascule, _) = try serve()
        let worker = try bascule.pid(of: "worker 0")
        let settings = FrameConnection.octets(FrameConnection.Kind.settings, 0, 0, [])
        // All in one write, so that the first read of 16 KiB is full, and there is more.
        let octets =
            Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
            + Array(repeating: settings, count: 4_000).flatMap(\.self)
        for _ in 0..<5 {
            let client = try FrameConnection(bascule, begins: false)
            try client.connection.send(octets)
            do {
                #expect(try ending(client) == Self.calm)
            } catch RawConnection.Failure.reset {}
        }
        #expect(try bascule.pid(of: "worker 0") == worker)
    }

    @Test("A head that does not end, and a connection that asks nothing, end in time")
    func slow() throws {
        let (bascule, _) = try serve("timeouts: {header: 300ms, idle: 300ms}")
        let silent = try RawConnection(to: bascule.address)
        try silent.send("PRI * HTTP/2.0\r\n")
        #expect(try silent.read(through: "\r\n").contains("408"))
        let mute = try FrameConnection(bascule)
        #expect(try ending(mute) == 0)
        let part = try FrameConnection(bascule)
        try part.ask(1)
        #expect(try part.status(of: 1) == 200)
        try part.send(FrameConnection.Kind.headers, 1, 3, [0x82])
        #expect(try ending(part) == 0)
        let idle = try FrameConnection(bascule)
        try idle.ask(1)
        #expect(try idle.status(of: 1) == 200)
        #expect(try ending(idle) == 0)
        #expect(try idle.connection.readToEnd().end == .closed)
    }

    @Test("Streams whose client opens no window end after timeouts.send, and leave no memory")
    func stalled() throws {
        let app = try ScriptedUpstream(
            ScriptedUpstream.answering(String(repeating: "x", count: 100_000)))
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        configuration.listenerKeys = ["h2c: true"]
        configuration.lines = ["timeouts: {send: 400ms}"]
        let bascule = try Bascule(configuration)
        let client = try FrameConnection(bascule, settings: [(4, 1)])
        for index in 0..<20 { try client.ask(UInt32(index * 2 + 1)) }
        for index in 0..<20 {
            let frame = try client.wait {
                $0.kind == FrameConnection.Kind.reset && $0.stream == UInt32(index * 2 + 1)
            }
            #expect(frame.error == 2)
        }
        try client.openWindow(0, 1_000_000)
        try client.send(FrameConnection.Kind.settings, 0, 0, [0, 4, 0, 1, 0, 0])
        try client.ask(41)
        try client.openWindow(41, 100_000)
        #expect(try client.body(of: 41).count == 100_000)
    }
}
