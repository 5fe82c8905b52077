import Bytes
import HTTP

/// The trailer section, checked octet by octet as it comes, and left in the buffer until it is
/// whole: only then may any of it be passed on (RFC 9112 section 7.1.2).
struct TrailerScanner: BitwiseCopyable {
    enum Found {
        case needMore
        /// The section, its empty line included, takes so many octets.
        case end(Int)
        case refused(Refusal)
    }

    private enum State: UInt8, BitwiseCopyable {
        case lineStart, name, value, lineFeed, endLineFeed, ended
    }

    private var state = State.lineStart
    /// Octets of the section that were looked at.
    private var seen = 0
    private let bytesMax: UInt32
    private let isAnswer: Bool

    init(limits: BodyLimits, isAnswer: Bool) {
        bytesMax = limits.trailerBytesMax
        self.isAnswer = isAnswer
    }

    /// `section` begins with the section's first octet, every time.
    mutating func scan(_ section: RawSpan) -> Found {
        while seen < section.byteCount {
            if let refusal = step(section[octet: seen]) { return .refused(refusal) }
            seen &+= 1
            if state == .ended { return .end(seen) }
        }
        return .needMore
    }

    private mutating func step(_ octet: UInt8) -> Refusal? {
        guard seen < Int(bytesMax) else { return refusal("trailers too large") }
        switch state {
        case .lineStart where octet == 0x0d: state = .endLineFeed
        case .lineStart where OctetClass.isToken(octet): state = .name
        case .name where OctetClass.isToken(octet): break
        case .name where octet == UInt8(ascii: ":"): state = .value
        case .value where OctetClass.isText(octet): break
        case .value where octet == 0x0d: state = .lineFeed
        case .lineFeed where octet == 0x0a: state = .lineStart
        case .endLineFeed where octet == 0x0a: state = .ended
        case .lineStart, .name, .value, .lineFeed, .endLineFeed, .ended:
            return refusal("a trailer that is not valid")
        }
        return nil
    }

    private func refusal(_ detail: StaticString) -> Refusal {
        isAnswer ? .upstreamInvalid(detail) : .badRequest(detail)
    }
}
