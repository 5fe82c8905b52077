import Board
import Control
import Kernel
import Synchronization
import Testing

/// What a tunnel does with an end or a peer that takes its time.
@Suite("Tunnels at their edges", .serialized, .timeLimit(.minutes(1)))
struct TunnelEdgeTests {
    private static let octets = 6_000_000

    @Test("A client's end is passed on behind its last octet, however slowly the app reads")
    func halfClose() throws {
        let read = Count()
        let app = try ScriptedUpstream { request, connection in
            try WebSocketPeer.accept(request, on: connection)
            do {
                while true {
                    read.add(try connection.read(count: 20_000).count)
                    // A slow app: what waits for it fills all that lies between.
                    ThisProcess.pause(milliseconds: 1)
                }
            } catch RawConnection.Failure.closed {
                read.end()
            }
            return .close
        }
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        client.patience = 20
        try WebSocketPeer.open("/socket", on: client)
        let frame = Frame(
            code: Frame.Code.binary, payload: [UInt8](repeating: 7, count: Self.octets - 14),
            mask: Frame.clientMask
        ).octets
        #expect(frame.count == Self.octets)
        try client.send(frame)
        client.endWriting()
        try Wait.until("the app sees the end", seconds: 20) { read.hasEnded }
        #expect(read.octets == Self.octets)
    }

    @Test("A client that takes nothing is ended after timeouts.send, in a tunnel too")
    func stuckClient() throws {
        let ended = Steps()
        let app = try ScriptedUpstream { request, connection in
            try WebSocketPeer.accept(request, on: connection)
            defer { ended.reach(0) }
            let frame = Frame(
                code: Frame.Code.binary, payload: [UInt8](repeating: 7, count: 65_000)
            ).octets
            // Until Bascule closes; an app that is not read waits for it.
            connection.patience = 20
            while true { try connection.send(frame) }
        }
        var configuration = Configuration(blue: [app])
        configuration.lines = ["timeouts: {send: 400ms}"]
        let bascule = try Bascule(configuration)
        let client = try bascule.connect()
        try WebSocketPeer.open("/socket", on: client)
        try Wait.until("the app's side is ended", seconds: 15) { ended.reached == 0 }
        try Wait.until("no stream is left") {
            try bascule.service().colors.allSatisfy { $0.streams == 0 }
        }
        _ = client
    }
}

/// What an app has read, and whether it saw the end.
private final class Count: Sendable {
    private let state = Mutex((octets: 0, hasEnded: false))

    var octets: Int { state.withLock { $0.octets } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    func add(_ octets: Int) { state.withLock { $0.octets += octets } }
    func end() { state.withLock { $0.hasEnded = true } }
}
