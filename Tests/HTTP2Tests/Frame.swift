/// One frame as it stands on the wire (RFC 9113 section 4.1).
struct Frame: Equatable {
    enum Kind: UInt8 {
        case data, headers, priority, reset, settings, push, ping, goAway, windowUpdate
        case continuation
        case unknown = 0xfa
    }

    var kind: Kind
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []
    /// What the length field says where that is not the payload's.
    var statedLength: Int?

    static let endStream: UInt8 = 1
    static let acknowledge: UInt8 = 1
    static let endHeaders: UInt8 = 4

    var octets: [UInt8] {
        let length = statedLength ?? payload.count
        return [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255)]
            + [kind.rawValue, flags] + Self.number(stream) + payload
    }

    /// The error of a RST_STREAM or GOAWAY frame.
    var error: UInt32? {
        switch kind {
        case .reset where payload.count == 4: Self.number(payload[...])
        case .goAway where payload.count >= 8: Self.number(payload[4..<8])
        default: nil
        }
    }

    /// The last stream that a GOAWAY frame names.
    var lastStream: UInt32 { Self.number(payload[..<4]) }

    static func number(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    static func number(_ octets: ArraySlice<UInt8>) -> UInt32 {
        octets.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// All whole frames.
    static func all(in octets: [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var at = 0
        while octets.count - at >= 9 {
            let length = Int(number(octets[at..<(at + 3)]))
            guard let kind = Kind(rawValue: octets[at + 3]), octets.count - at - 9 >= length
            else { break }
            frames.append(
                Frame(
                    kind: kind, flags: octets[at + 4],
                    stream: number(octets[(at + 5)..<(at + 9)]) & 0x7fff_ffff,
                    payload: Array(octets[(at + 9)..<(at + 9 + length)])))
            at += 9 + length
        }
        return frames
    }

    // MARK: Frames that tests send

    /// A field block of literal fields that enter no table (RFC 7541 section 6.2.2).
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { [0] + text($0.0) + text($0.1) }
    }

    static func text(_ text: String) -> [UInt8] {
        let octets = Array(text.utf8)
        precondition(octets.count < 127 + 128)
        return (octets.count < 127 ? [UInt8(octets.count)] : [127, UInt8(octets.count - 127)])
            + octets
    }

    static let get = [
        (":method", "GET"), (":scheme", "https"), (":path", "/a?b"), (":authority", "a.test"),
    ]
    static let post = [
        (":method", "POST"), (":scheme", "https"), (":path", "/a"), (":authority", "a.test"),
    ]

    static func headers(
        _ stream: UInt32, _ fields: [(String, String)], ends: Bool = true
    ) -> Frame {
        Frame(
            kind: .headers, flags: endHeaders | (ends ? endStream : 0), stream: stream,
            payload: block(fields))
    }

    static func data(_ stream: UInt32, _ text: String, ends: Bool = false) -> Frame {
        Frame(
            kind: .data, flags: ends ? endStream : 0, stream: stream, payload: Array(text.utf8))
    }

    static func setting(_ id: UInt8, _ value: UInt32) -> Frame {
        Frame(kind: .settings, payload: [0, id] + number(value))
    }

    static func windowUpdate(_ stream: UInt32, _ increment: UInt32) -> Frame {
        Frame(kind: .windowUpdate, stream: stream, payload: number(increment))
    }
}
