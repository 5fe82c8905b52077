public import Bytes
public import HTTP

/// What the reader made of the octets it was given.
public enum BodyStep: Sendable {
    /// Content stands in this range of the octets. When it was used, take `upperBound` octets from
    /// the buffer (what stood before the range was framing) and ask again.
    case piece(ByteRange)
    /// Take so many octets (framing) from the buffer; ask again when more have arrived.
    case needMore(consumed: Int)
    /// The content is complete. Take so many octets; what is left belongs to the next message.
    case end(consumed: Int)
    /// The framing cannot be right: the rest of the connection is worth nothing.
    case refused(Refusal)
}

/// What a peer's end of its side means for content.
public enum BodyEnd: Equatable, Sendable {
    case complete
    /// Octets are missing: the cut must stay visible to whoever reads on (RFC 9112 section 8).
    case truncated
}

/// Limits on what a chunked body may carry besides content.
public struct BodyLimits: BitwiseCopyable, Sendable {
    /// Octets of content; more is 413. 0: no limit.
    public var bodyBytesMax: UInt64
    /// Octets of all chunk extensions of a body together; more is refused.
    public var extensionBytesMax: UInt32
    /// Octets of the trailer section, its empty line included; more is refused.
    public var trailerBytesMax: UInt32

    public init(
        bodyBytesMax: UInt64 = 0,
        extensionBytesMax: UInt32 = Strictness.chunkExtensionBytesMax,
        trailerBytesMax: UInt32 = Strictness.trailerBytesMax
    ) {
        self.bodyBytesMax = bodyBytesMax
        self.extensionBytesMax = extensionBytesMax
        self.trailerBytesMax = trailerBytesMax
    }
}

/// Finds content in what arrives (RFC 9112 sections 6 and 7): by length, in chunks, or up to the
/// connection's end. Chunk extensions are checked and left out, trailers are checked and shown when
/// they are whole. Content is never copied; octets are looked at once, however they arrive.
public struct BodyReader: BitwiseCopyable, Sendable {
    private enum State: BitwiseCopyable {
        case ended
        case length(UInt64)
        case untilClose
        case chunked(ChunkScanner)
        case trailers(TrailerScanner)
    }

    private var state: State
    private let limits: BodyLimits
    private let isAnswer: Bool
    /// Where the trailer lines stand in the octets that were given when `end` was returned, for
    /// `TrailerWriter`; empty where there are none.
    public private(set) var trailers = ByteRange.empty
    /// Octets of content handed out so far.
    public private(set) var received: UInt64 = 0

    /// `isAnswer` says whose fault an error is: 502 instead of 400 and 413.
    public init(_ framing: BodyFraming, limits: BodyLimits = BodyLimits(), isAnswer: Bool) {
        self.limits = limits
        self.isAnswer = isAnswer
        switch framing {
        case .none, .length(0): state = .ended
        case .length(let count): state = .length(count)
        case .untilClose: state = .untilClose
        case .chunked: state = .chunked(ChunkScanner(isAnswer: isAnswer))
        }
    }

    /// Nothing more belongs to this content; `next` says `end(consumed: 0)`.
    public var isComplete: Bool {
        switch state {
        case .ended: true
        case .length, .untilClose, .chunked, .trailers: false
        }
    }

    /// Looks at the unread octets from the first one on.
    public mutating func next(_ bytes: RawSpan) -> BodyStep {
        switch state {
        case .ended:
            return .end(consumed: 0)
        case .length(let left):
            guard bytes.byteCount > 0 else { return .needMore(consumed: 0) }
            let count = Int(min(left, UInt64(bytes.byteCount)))
            state = left == UInt64(count) ? .ended : .length(left - UInt64(count))
            return piece(0, count)
        case .untilClose:
            guard bytes.byteCount > 0 else { return .needMore(consumed: 0) }
            return piece(0, bytes.byteCount)
        case .chunked(var scanner):
            let found = scanner.scan(bytes, limits)
            state = .chunked(scanner)
            switch found {
            case .data(let start, let end): return piece(start, end)
            case .needMore: return .needMore(consumed: bytes.byteCount)
            case .lastChunk(let end):
                let scanner = TrailerScanner(limits: limits, isAnswer: isAnswer)
                return readTrailers(scanner, bytes, from: end)
            case .refused(let refusal): return .refused(refusal)
            }
        case .trailers(let scanner):
            return readTrailers(scanner, bytes, from: 0)
        }
    }

    /// The section stays unread until it is whole.
    private mutating func readTrailers(
        _ scanner: TrailerScanner, _ bytes: RawSpan, from start: Int
    ) -> BodyStep {
        var scanner = scanner
        switch scanner.scan(bytes.suffix(from: start)) {
        case .needMore:
            state = .trailers(scanner)
            return .needMore(consumed: start)
        case .end(let count):
            state = .ended
            // Without the empty line.
            trailers = ByteRange(start, start &+ count &- 2)
            return .end(consumed: start &+ count)
        case .refused(let refusal):
            return .refused(refusal)
        }
    }

    /// The peer ended its side.
    public mutating func peerEnded() -> BodyEnd {
        switch state {
        case .ended: return .complete
        case .untilClose:
            state = .ended
            return .complete
        case .length, .chunked, .trailers: return .truncated
        }
    }

    private mutating func piece(_ start: Int, _ end: Int) -> BodyStep {
        received &+= UInt64(end &- start)
        return .piece(ByteRange(start, end))
    }
}
