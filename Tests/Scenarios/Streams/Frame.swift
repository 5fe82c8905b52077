import Synchronization

/// One frame of a WebSocket, with its mask said and taken off (RFC 6455 section 5.2).
struct Frame: Equatable, Sendable {
    enum Code {
        static let continuation: UInt8 = 0
        static let text: UInt8 = 1
        static let binary: UInt8 = 2
        static let close: UInt8 = 8
        static let ping: UInt8 = 9
    }

    var code: UInt8
    var payload: [UInt8] = []
    var isLast = true
    /// nil: not masked.
    var mask: [UInt8]?

    static let clientMask: [UInt8] = [0x12, 0x34, 0x56, 0x78]

    static func close(_ status: UInt16, mask: [UInt8]? = nil) -> Frame {
        Frame(code: Code.close, payload: [UInt8(status >> 8), UInt8(status & 0xff)], mask: mask)
    }

    /// Of a close; nil where there is none.
    var status: Int? {
        guard code == Code.close, payload.count >= 2 else { return nil }
        return Int(payload[0]) << 8 | Int(payload[1])
    }

    var octets: [UInt8] {
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        let count = payload.count
        var head = [(isLast ? 0x80 : 0) | code]
        switch count {
        case ..<126: head.append(maskBit | UInt8(count))
        case ..<65_536: head += [maskBit | 126, UInt8(count >> 8), UInt8(count & 0xff)]
        case _:
            head.append(maskBit | 127)
            head += (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
        }
        guard let mask else { return head + payload }
        return head + mask + Self.masked(payload, mask)
    }

    static func read(from connection: RawConnection) throws -> Frame {
        let head = try connection.read(count: 2)
        var count = Int(head[1] & 0x7f)
        if count >= 126 {
            count = try connection.read(count: count == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
        }
        guard 0...1_000_000 ~= count else { throw RawConnection.Failure.notHTTP("a frame") }
        let mask = head[1] & 0x80 == 0 ? nil : try connection.read(count: 4)
        let payload = try connection.read(count: count)
        return Frame(
            code: head[0] & 0x0f, payload: mask.map { masked(payload, $0) } ?? payload,
            isLast: head[0] & 0x80 != 0, mask: mask)
    }

    private static func masked(_ octets: [UInt8], _ mask: [UInt8]) -> [UInt8] {
        octets.enumerated().map { $0.element ^ mask[$0.offset & 3] }
    }
}

extension RawConnection {
    func send(_ frame: Frame) throws { try send(frame.octets) }
}

/// An app that speaks WebSocket: it writes down every frame that it gets, and does with it what
/// the test says.
final class SocketApp: Sendable {
    private struct Log {
        var frames: [Frame] = []
        var end: RawConnection.End?
    }

    private let log = Mutex(Log())

    var frames: [Frame] { log.withLock { $0.frames } }
    /// How the last connection to it ended.
    var end: RawConnection.End? { log.withLock { $0.end } }

    /// `opened` runs after the handshake. It answers a close with a close and ends the connection,
    /// as RFC 6455 section 5.5.1 says, unless `isDeaf`.
    func behaviour(
        isDeaf: Bool = false,
        opened: @escaping @Sendable (RawConnection) throws -> Void = { _ in }
    ) -> ScriptedUpstream.Behaviour {
        { request, connection in
            try WebSocketPeer.accept(request, on: connection)
            try opened(connection)
            do {
                while true {
                    let frame = try Frame.read(from: connection)
                    self.log.withLock { $0.frames.append(frame) }
                    if frame.code == Frame.Code.close, !isDeaf {
                        try connection.send(Frame(code: frame.code, payload: frame.payload))
                        self.log.withLock { $0.end = .closed }
                        return .close
                    }
                }
            } catch RawConnection.Failure.closed {
                self.log.withLock { $0.end = .closed }
            } catch RawConnection.Failure.reset {
                self.log.withLock { $0.end = .reset }
            }
            return .close
        }
    }
}
