import Bytes

/// Follows the frames that one side of a WebSocket sends (RFC 6455 section 5.2), however their
/// octets arrive: where one ends, and whether a close was among them.
///
/// Nothing is judged: masks, reserved bits and opcodes are the business of the two ends. A length
/// that RFC 6455 does not allow leaves nothing to follow, and everything passes from there on.
struct WebSocketFrames: BitwiseCopyable, Sendable {
    private enum Place: UInt8, BitwiseCopyable { case head, payload, lost }

    private static let closeOpcode: UInt8 = 8

    private var place = Place.head
    /// Octets of the head that are here, how many it has, and where its length ends.
    private var headCount: UInt8 = 0
    private var headEnd: UInt8 = 2
    private var lengthEnd: UInt8 = 2
    private var isClose = false
    /// A whole close frame came.
    private(set) var hasClosed = false
    /// The payload's length while the head is read, then what is left of it. Below 2^63.
    private var left: UInt64 = 0

    var isBetweenFrames: Bool { place == .head && headCount == 0 }
    /// There was a length that no frame can have.
    var isLost: Bool { place == .lost }

    /// Follows all octets, or those up to the end of the frame that is under way; returns how many.
    mutating func follow(_ bytes: RawSpan, toFrameEnd: Bool) -> Int {
        var at = 0
        while at < bytes.byteCount {
            switch place {
            case .lost: return bytes.byteCount
            case .payload:
                let here = UInt64(bytes.byteCount &- at)
                guard left <= here else {
                    left -= here
                    return bytes.byteCount
                }
                at += Int(left)
                endFrame()
            case .head:
                takeHead(bytes[octet: at])
                at += 1
            }
            if toFrameEnd, isBetweenFrames { return at }
        }
        return at
    }

    private mutating func takeHead(_ octet: UInt8) {
        switch headCount {
        case 0: isClose = octet & 0x0f == Self.closeOpcode
        case 1: takeLength(octet)
        case ..<lengthEnd:
            // The highest bit of 64 must be 0 (RFC 6455 section 5.2).
            if headCount == 2, lengthEnd == 10, octet & 0x80 != 0 {
                place = .lost
                return
            }
            left = left << 8 | UInt64(octet)
        case _: break
        }
        headCount += 1
        guard headCount == headEnd, headCount >= 2 else { return }
        if left == 0 { endFrame() } else { place = .payload }
    }

    /// The octet with the mask bit and the first seven bits of the length.
    private mutating func takeLength(_ octet: UInt8) {
        let short = octet & 0x7f
        left = short < 126 ? UInt64(short) : 0
        lengthEnd = short < 126 ? 2 : short == 126 ? 4 : 10
        headEnd = lengthEnd + (octet & 0x80 == 0 ? 0 : 4)
    }

    private mutating func endFrame() {
        if isClose { hasClosed = true }
        place = .head
        headCount = 0
        headEnd = 2
        left = 0
    }
}
