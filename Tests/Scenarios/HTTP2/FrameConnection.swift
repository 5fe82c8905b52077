import Kernel

/// A client of HTTP/2 by prior knowledge that says exactly what a test wants: frames as octets.
///
/// Of what comes back it understands as much as tests ask: a head's status, content, errors.
final class FrameConnection {
    enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let reset: UInt8 = 3
        static let settings: UInt8 = 4
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
        static let windowUpdate: UInt8 = 8
    }

    struct Frame {
        let kind: UInt8
        let flags: UInt8
        let stream: UInt32
        let payload: [UInt8]

        var endsStream: Bool { kind <= 1 && flags & 1 == 1 }
        /// Of a RST_STREAM or GOAWAY frame.
        var error: UInt32 {
            let start = kind == Kind.goAway ? 4 : 0
            return FrameConnection.number(payload.dropFirst(start).prefix(4))
        }
        /// Of a GOAWAY frame without words.
        var lastStream: UInt32 { FrameConnection.number(payload.prefix(4)) }
    }

    let connection: RawConnection
    /// Lives as long as its client.
    private let bascule: Bascule
    /// Everything that came, in order.
    private(set) var frames: [Frame] = []
    private var used = 0

    /// `settings` are identifiers and values. It sends nothing yet where it does not begin.
    init(
        _ bascule: Bascule, listener: Int = 0, settings: [(UInt8, UInt32)] = [],
        begins: Bool = true
    ) throws {
        self.bascule = bascule
        connection = try RawConnection(to: bascule.addresses[listener])
        guard begins else { return }
        try connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        try send(Kind.settings, 0, 0, Self.block(settings))
    }

    private static func block(_ settings: [(UInt8, UInt32)]) -> [UInt8] {
        settings.flatMap { setting -> [UInt8] in [0, setting.0] + octets(setting.1) }
    }

    static func octets(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    static func number(_ octets: ArraySlice<UInt8>) -> UInt32 {
        octets.reduce(0) { $0 << 8 | UInt32($1) }
    }

    // MARK: Sending

    func send(_ kind: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) throws {
        try connection.send(Self.octets(kind, flags, stream, payload))
    }

    /// A frame as it stands on the wire.
    static func octets(
        _ kind: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]
    ) -> [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255)]
            + [kind, flags] + octets(stream) + payload
    }

    /// A request; `fields` besides the four pseudo-fields.
    func ask(
        _ stream: UInt32, _ method: String = "GET", _ path: String = "/",
        _ fields: [(String, String)] = [], ends: Bool = true
    ) throws {
        try connection.send(Self.question(stream, method, path, fields, ends: ends))
    }

    static func question(
        _ stream: UInt32, _ method: String, _ path: String, _ fields: [(String, String)],
        ends: Bool
    ) -> [UInt8] {
        let all =
            [(":method", method), (":scheme", "http"), (":path", path), (":authority", "a.test")]
            + fields
        let block: [UInt8] = all.flatMap { field -> [UInt8] in
            [0] + text(field.0) + text(field.1)
        }
        return octets(Kind.headers, ends ? 5 : 4, stream, block)
    }

    private static func text(_ text: String) -> [UInt8] {
        let octets = Array(text.utf8)
        precondition(octets.count < 127, "a longer text needs a longer length")
        return [UInt8(octets.count)] + octets
    }

    func content(_ stream: UInt32, _ octets: [UInt8], ends: Bool) throws {
        try send(Kind.data, ends ? 1 : 0, stream, octets)
    }

    func openWindow(_ stream: UInt32, _ count: UInt32) throws {
        try send(Kind.windowUpdate, 0, stream, Self.octets(count))
    }

    func reset(_ stream: UInt32) throws {
        try send(Kind.reset, 0, stream, Self.octets(8))
    }

    // MARK: Receiving

    /// Reads until a frame is there that is wanted, and returns it.
    @discardableResult
    func wait(for wanted: (Frame) -> Bool) throws -> Frame {
        while true {
            if let frame = frames.first(where: wanted) { return frame }
            try connection.more(until: Instant.now.advanced(bySeconds: connection.patience))
            takeFrames()
        }
    }

    private func takeFrames() {
        let octets = connection.received
        while octets.count - used >= 9 {
            let length = Int(Self.number(octets[used..<(used + 3)]))
            guard octets.count - used - 9 >= length else { return }
            let start = used + 9
            frames.append(
                Frame(
                    kind: octets[used + 3], flags: octets[used + 4],
                    stream: Self.number(octets[(used + 5)..<start]) & 0x7fff_ffff,
                    payload: Array(octets[start..<(start + length)])))
            used = start + length
        }
    }

    /// The status with which a stream is answered; nil where its head says it in another way than
    /// nghttp2 does: by the static table, or in three digits.
    func status(of stream: UInt32) throws -> Int? {
        let head = try wait { $0.kind == Kind.headers && $0.stream == stream }
        let known: [UInt8: Int] = [
            0x88: 200, 0x89: 204, 0x8a: 206, 0x8b: 304, 0x8c: 400, 0x8d: 404, 0x8e: 500,
        ]
        guard let first = head.payload.first else { return nil }
        if let status = known[first] { return status }
        return Huffman.digits(head.payload)
    }

    /// The content of a stream up to its end.
    func body(of stream: UInt32) throws -> [UInt8] {
        try wait { $0.stream == stream && $0.endsStream }
        return frames.filter { $0.kind == Kind.data && $0.stream == stream }.flatMap(\.payload)
    }

    func text(of stream: UInt32) throws -> String {
        String(decoding: try body(of: stream), as: UTF8.self)
    }
}

/// The digits of a status in a field block (RFC 7541 appendix B).
enum Huffman {
    static func digits(_ block: [UInt8]) -> Int? {
        guard block.count > 2 else { return nil }
        let length = Int(block[1] & 0x7f)
        guard block.count >= 2 + length else { return nil }
        let octets = block[2..<(2 + length)]
        if block[1] & 0x80 == 0 { return Int(String(decoding: octets, as: UTF8.self)) }
        let bits = octets.flatMap { octet in (0..<8).map { Int(octet >> (7 - $0)) & 1 } }
        var at = 0
        var number = 0
        for _ in 0..<3 {
            guard at + 5 <= bits.count else { return nil }
            let five = bits[at..<(at + 5)].reduce(0) { $0 << 1 | $1 }
            // 0, 1 and 2 have five bits, the others six, counted on from 011001.
            if five < 3 {
                number = number * 10 + five
                at += 5
            } else {
                guard at + 6 <= bits.count else { return nil }
                number = number * 10 + (five << 1 | bits[at + 5]) - 0x19 + 3
                at += 6
            }
        }
        return number
    }
}
