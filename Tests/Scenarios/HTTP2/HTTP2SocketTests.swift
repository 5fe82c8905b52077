import Control
import Kernel
import Testing

/// WebSockets over HTTP/2 (RFC 8441).
@Suite("HTTP/2, WebSockets", .serialized, .timeLimit(.minutes(1)))
struct HTTP2SocketTests {
    private static let open = [
        (":protocol", "websocket"), ("sec-websocket-version", "13"),
    ]

    /// An app that opens the WebSocket, says one frame, and gives each frame back.
    static func echo(_ request: Message, _ connection: RawConnection) throws {
        guard request["upgrade"] == "websocket", request["sec-websocket-key"]?.count == 24 else {
            return try connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        }
        try connection.send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: chat\r\n\r\n")
        connection.patience = 20
        while true {
            let frame = try Frame.read(from: connection)
            try connection.send(Frame(code: frame.code, payload: frame.payload))
            if frame.code == Frame.Code.close { return }
        }
    }

    @Test("It opens by CONNECT, echoes, counts as a stream, and ends with 1001 after a switch")
    func socket() throws {
        let blue = try ScriptedUpstream { request, connection in
            try Self.echo(request, connection)
            return .close
        }
        let green = try ScriptedUpstream()
        var configuration = Configuration(blue: [blue], green: [green])
        configuration.workers = 1
        configuration.listenerKeys = ["h2c: true"]
        configuration.services[0].switchover.append("stream_grace: 0ms")
        let bascule = try Bascule(configuration)
        try bascule.waitForHealth()
        let client = try FrameConnection(bascule)
        let settings = try client.wait { $0.kind == FrameConnection.Kind.settings }
        // SETTINGS_ENABLE_CONNECT_PROTOCOL.
        #expect(settings.payload.firstRange(of: [0, 8, 0, 0, 0, 1], from: 0) != nil)
        try client.ask(1, "CONNECT", "/chat", Self.open, ends: false)
        #expect(try client.status(of: 1) == 200)
        let hello = Frame(code: Frame.Code.text, payload: [1, 2], mask: Frame.clientMask)
        try client.content(1, hello.octets, ends: false)
        try client.wait { $0.kind == FrameConnection.Kind.data && $0.payload.count == 4 }
        try Wait.until("it is a stream") {
            try bascule.service().colors.contains { $0.streams == 1 }
        }
        // Another stream beside it goes to the color of the moment.
        #expect(try bascule.run("switch", "green").code == 0)
        try client.ask(3)
        #expect(try client.text(of: 3) == "ok")
        let close = Frame.close(1001).octets
        try client.wait {
            $0.stream == 1 && $0.payload.firstRange(of: close, from: 0) != nil
        }
        try client.content(1, Frame.close(1001, mask: Frame.clientMask).octets, ends: true)
        try client.wait { $0.stream == 1 && $0.endsStream }
        try Wait.until("no stream is left") {
            try bascule.service().colors.allSatisfy { $0.streams == 0 }
        }
        #expect(blue.requests.first?.startLine == "GET /chat HTTP/1.1")
    }

    @Test("CONNECT without a protocol, and with another one, is not offered")
    func others() throws {
        let app = try ScriptedUpstream()
        var configuration = Configuration(blue: [app])
        configuration.listenerKeys = ["h2c: true"]
        let client = try FrameConnection(try Bascule(configuration))
        try client.ask(1, "CONNECT", "/", [(":protocol", "connect-udp")], ends: false)
        #expect(try client.status(of: 1) == 501)
        #expect(app.requests.isEmpty)
    }
}
