import Bytes

/// An event stream that a proxy may have to end: it ends after an event, which is where a blank
/// line ends (WHATWG HTML section 9.2.6; a line ends with CR, LF, or both).
public struct EventStreamDirection: BitwiseCopyable, Sendable {
    private enum Place: UInt8, BitwiseCopyable { case line, lineStart, betweenEvents }

    private enum State: UInt8, BitwiseCopyable { case passing, finishing, ended }

    /// What becomes of octets that came.
    public struct Passed: Equatable, Sendable {
        /// So many of the first octets go to the client; the others go nowhere.
        public let count: Int
        /// With them the stream is over.
        public let isOver: Bool
    }

    private static let cr = UInt8(ascii: "\r")
    private static let lf = UInt8(ascii: "\n")
    /// The blank line's end and the line's before it, both of two octets.
    private static let tellingOctets = 4

    private var state = State.passing
    /// Before the first octet there is no event to end.
    private var place = Place.betweenEvents
    private var isAfterCR = false

    public init() {}

    /// It is to end, or has ended.
    public var isEnding: Bool { state != .passing }

    /// Octets came from the app.
    public mutating func pass(_ bytes: RawSpan) -> Passed {
        switch state {
        case .passing:
            followEnd(of: bytes)
            return Passed(count: bytes.byteCount, isOver: false)
        case .finishing:
            for index in 0..<bytes.byteCount {
                take(bytes[octet: index])
                guard place == .betweenEvents else { continue }
                state = .ended
                // The LF of its CR LF is taken along where it is here: nobody waits for it.
                let hasLF =
                    isAfterCR && index + 1 < bytes.byteCount && bytes[octet: index + 1] == Self.lf
                return Passed(count: index + (hasLF ? 2 : 1), isOver: true)
            }
            return Passed(count: bytes.byteCount, isOver: false)
        case .ended:
            return Passed(count: 0, isOver: true)
        }
    }

    /// It is to end. True: now; false: with the event that is under way.
    public mutating func end() -> Bool {
        guard state != .ended else { return true }
        state = place == .betweenEvents ? .ended : .finishing
        return state == .ended
    }

    /// The last octets tell all that has to be known of those before them.
    private mutating func followEnd(of bytes: RawSpan) {
        var first = 0
        if bytes.byteCount >= Self.tellingOctets {
            first = bytes.byteCount - Self.tellingOctets
            place = .line
            isAfterCR = false
        }
        for index in first..<bytes.byteCount { take(bytes[octet: index]) }
    }

    private mutating func take(_ octet: UInt8) {
        if octet == Self.lf, isAfterCR {
            isAfterCR = false
            return
        }
        isAfterCR = octet == Self.cr
        guard octet == Self.cr || octet == Self.lf else {
            place = .line
            return
        }
        place = place == .line ? .lineStart : .betweenEvents
    }
}
