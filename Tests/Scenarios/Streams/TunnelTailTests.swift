import Kernel
import Synchronization
import Testing

/// What an app still says in a WebSocket whose client has ended its side and reads slowly.
@Suite("The tail of a WebSocket", .serialized, .timeLimit(.minutes(1)))
struct TunnelTailTests {
    private static let warmUp = 40_000_000

    /// Fills every buffer on the way, until nothing is taken for a while; how much that was.
    private static func fill(_ connection: RawConnection) throws -> Int {
        let octets = [UInt8](repeating: 0x61, count: 65_536)
        var sent = 0
        while sent < 4_000_000 {
            var count = 0
            let isStuck = try Wait.staysFalse(seconds: 0.3) {
                count = try connection.sendSome(octets)
                return count > 0
            }
            if isStuck { break }
            sent += count
        }
        return sent
    }

    @Test("Every octet arrives, although the app has closed long before")
    func tail() throws {
        let steps = Steps()
        let tail = Counter()
        let app = try ScriptedUpstream { _, connection in
            connection.patience = 30
            try connection.send(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                    + "Upgrade: websocket\r\n\r\n")
            // One frame of a GiB, much of which is read at once, so that buffers grow.
            try connection.send([0x82, 127, 0, 0, 0, 0, 0x40, 0, 0, 0])
            let piece = [UInt8](repeating: 0x61, count: 1_000_000)
            for _ in 0..<(Self.warmUp / piece.count) { try connection.send(piece) }
            _ = try connection.expectEnd()
            tail.add(try Self.fill(connection))
            connection.close()
            steps.reach(0)
            return .close
        }
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        let bascule = try Bascule(configuration)
        let client = try bascule.connect()
        client.patience = 30
        try client.send(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                + "Sec-WebSocket-Version: 13\r\n\r\n")
        #expect(try client.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 101"))
        var left = Self.warmUp + 10
        while left > 0 { left -= try client.read(count: min(left, 1_000_000)).count }
        client.endWriting()
        try steps.wait(for: 0)
        let (octets, end) = try client.readToEnd()
        #expect(octets.count == tail.value)
        #expect(end == .closed)
    }
}

private final class Counter: Sendable {
    private let number = Mutex(0)

    var value: Int { number.withLock { $0 } }

    func add(_ count: Int) { number.withLock { $0 += count } }
}
