public import Bytes

/// One direction of a WebSocket that a proxy may have to end: frames pass, and once it is to end,
/// the one under way passes to its last octet, a close of the proxy's own follows, and nothing
/// after that (RFC 6455 section 5.5.1).
public struct WebSocketDirection: BitwiseCopyable, Sendable {
    private enum State: UInt8, BitwiseCopyable { case passing, finishing, ended }

    /// What becomes of octets that came.
    public struct Passed: Equatable, Sendable {
        /// So many of the first octets go to the other side; the others go nowhere.
        public let count: Int
        /// After them comes the proxy's own close.
        public let closes: Bool
    }

    private var frames = WebSocketFrames()
    private var state = State.passing

    public init() {}

    /// It is to end, or has ended.
    public var isEnding: Bool { state != .passing }
    /// Nothing passes any more.
    public var hasEnded: Bool { state == .ended }
    /// The side that sends here has sent a whole close frame.
    public var hasClosed: Bool { frames.hasClosed }

    /// Octets came from the side that sends here.
    public mutating func pass(_ bytes: RawSpan) -> Passed {
        switch state {
        case .passing:
            return Passed(count: frames.follow(bytes, toFrameEnd: false), closes: false)
        case .finishing:
            let count = frames.follow(bytes, toFrameEnd: true)
            guard frames.isBetweenFrames || frames.isLost else {
                return Passed(count: count, closes: false)
            }
            let closes = end()
            _ = frames.follow(bytes.suffix(from: count), toFrameEnd: false)
            return Passed(count: count, closes: closes)
        case .ended:
            // The answer to the close is looked for.
            _ = frames.follow(bytes, toFrameEnd: false)
            return Passed(count: 0, closes: false)
        }
    }

    /// It is to end. True: now, with the proxy's own close; false: later, or without one, since the
    /// side that sends here has closed itself or sends no frames that could be followed.
    public mutating func end() -> Bool {
        guard state != .ended else { return false }
        state = frames.isBetweenFrames || frames.isLost ? .ended : .finishing
        return state == .ended && !frames.hasClosed && !frames.isLost
    }
}

/// The close frame with which a proxy ends a WebSocket.
public enum WebSocketClose {
    /// 1001: the endpoint is going away (RFC 6455 section 7.4.1).
    static let status: UInt16 = 1001

    /// `mask`: toward a server, and then not to be foreseen (RFC 6455 section 5.3).
    public static func write(mask: UInt32?, into buffer: inout ByteBuffer) {
        let key = mask ?? 0
        buffer.append(0x88)
        buffer.append(mask == nil ? 0x02 : 0x82)
        if mask != nil {
            for index in 0..<4 { buffer.append(octet(index, of: key)) }
        }
        buffer.append(UInt8(status >> 8) ^ octet(0, of: key))
        buffer.append(UInt8(status & 0xff) ^ octet(1, of: key))
    }

    private static func octet(_ index: Int, of key: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: key >> UInt32(24 - 8 * index))
    }
}
