import Bytes
import HTTP

/// The chunked coding, one octet after the other (RFC 9112 section 7.1).
///
/// Only CR LF ends a line here, a size is hexadecimal digits and nothing else, and an extension is
/// what the grammar says: every leniency in this place has been an attack somewhere.
struct ChunkScanner: BitwiseCopyable {
    enum Found {
        /// Content between two offsets of the octets.
        case data(Int, Int)
        case needMore
        /// The end, after so many of the octets.
        case end(Int)
        case refused(Refusal)
    }

    private enum State: UInt8, BitwiseCopyable {
        case sizeStart, size, sizeLF
        case blankBeforeExtension, nameStart, name, blankAfterName
        case valueStart, value, quoted, quotedPair, afterQuoted
        case data, dataCR, dataLF
        case trailerStart, trailerName, trailerValue, trailerLF, endLF
    }

    /// 2^63 - 1 has 16 digits; more can only be leading zeros.
    private static let sizeDigitsMax = 16

    private var state = State.sizeStart
    private var digits: UInt8 = 0
    private let isAnswer: Bool
    /// While its digits are read the chunk's size, in its data what is left of it.
    private var size: UInt64 = 0
    private var total: UInt64 = 0
    private var extensionBytes: UInt32 = 0
    private var trailerBytes: UInt32 = 0
    private let limits: BodyLimits

    init(limits: BodyLimits, isAnswer: Bool) {
        self.limits = limits
        self.isAnswer = isAnswer
    }

    /// Goes on to the next stretch of content, the end, or the end of the octets.
    mutating func scan(_ bytes: RawSpan) -> Found {
        var at = 0
        while at < bytes.byteCount {
            if state == .data {
                let count = Int(min(size, UInt64(bytes.byteCount &- at)))
                size -= UInt64(count)
                if size == 0 { state = .dataCR }
                return .data(at, at &+ count)
            }
            if let refusal = step(bytes[octet: at]) { return .refused(refusal) }
            at &+= 1
            if state == .endLF, isEnded { return .end(at) }
        }
        return .needMore
    }

    private var isEnded = false

    /// Takes one octet of framing; returns what is wrong with it, if anything.
    private mutating func step(_ octet: UInt8) -> Refusal? {
        switch state {
        case .sizeStart, .size: return stepSize(octet)
        case .sizeLF:
            guard octet == 0x0a else { return refusal("a chunk size that does not end in CR LF") }
            return beginChunk()
        case .blankBeforeExtension, .nameStart, .name, .blankAfterName, .valueStart, .value,
            .quoted, .quotedPair, .afterQuoted:
            return stepExtension(octet)
        case .data: return nil
        case .dataCR:
            guard octet == 0x0d else { return refusal("a chunk longer than its size") }
            state = .dataLF
            return nil
        case .dataLF:
            guard octet == 0x0a else { return refusal("a chunk that does not end in CR LF") }
            state = .sizeStart
            return nil
        case .trailerStart, .trailerName, .trailerValue, .trailerLF, .endLF:
            return stepTrailer(octet)
        }
    }

    private mutating func stepSize(_ octet: UInt8) -> Refusal? {
        if let digit = octet.hexadecimalValue {
            if state == .sizeStart {
                state = .size
                size = 0
                digits = 0
            }
            digits += 1
            guard digits <= Self.sizeDigitsMax, size >> 59 == 0 else {
                return refusal("a chunk size too large")
            }
            size = size << 4 | UInt64(digit)
            return nil
        }
        guard state == .size else { return refusal("a chunk without a size") }
        switch octet {
        case 0x0d: state = .sizeLF
        case UInt8(ascii: ";"): state = .nameStart
        case 0x20, 0x09: state = .blankBeforeExtension
        default: return refusal("an octet that no chunk size has")
        }
        return nil
    }

    private mutating func beginChunk() -> Refusal? {
        guard size > 0 else {
            state = .trailerStart
            return nil
        }
        let (sum, overflow) = total.addingReportingOverflow(size)
        guard !overflow, limits.bodyBytesMax == 0 || sum <= limits.bodyBytesMax else {
            return isAnswer
                ? .upstreamInvalid("content too large")
                : Refusal(.tooLarge, .contentTooLarge, "content too large")
        }
        total = sum
        state = .data
        return nil
    }

    /// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
    private mutating func stepExtension(_ octet: UInt8) -> Refusal? {
        extensionBytes &+= 1
        guard extensionBytes <= limits.extensionBytesMax else {
            return refusal("chunk extensions too large")
        }
        guard let next = afterExtension(octet) else {
            return refusal("a chunk extension that is not valid")
        }
        state = next
        return nil
    }

    private func afterExtension(_ octet: UInt8) -> State? {
        let isBlank = OctetClass.isBlank(octet)
        let isToken = OctetClass.isToken(octet)
        switch state {
        case .blankBeforeExtension:
            return isBlank ? state : octet == UInt8(ascii: ";") ? .nameStart : nil
        case .nameStart:
            return isBlank ? state : isToken ? .name : nil
        case .name:
            if isToken { return state }
            if isBlank { return .blankAfterName }
            return octet == UInt8(ascii: "=") ? .valueStart : afterParameter(octet)
        case .blankAfterName:
            if isBlank { return state }
            if octet == UInt8(ascii: "=") { return .valueStart }
            return octet == UInt8(ascii: ";") ? .nameStart : nil
        case .valueStart:
            if isBlank { return state }
            return octet == UInt8(ascii: "\"") ? .quoted : isToken ? .value : nil
        case .value:
            return isToken ? state : isBlank ? .blankBeforeExtension : afterParameter(octet)
        case .quoted:
            if octet == UInt8(ascii: "\"") { return .afterQuoted }
            if octet == UInt8(ascii: "\\") { return .quotedPair }
            return OctetClass.isText(octet) ? state : nil
        case .quotedPair:
            return OctetClass.isText(octet) ? .quoted : nil
        case .afterQuoted:
            return isBlank ? .blankBeforeExtension : afterParameter(octet)
        case .sizeStart, .size, .sizeLF, .data, .dataCR, .dataLF, .trailerStart, .trailerName,
            .trailerValue, .trailerLF, .endLF:
            return nil
        }
    }

    private func afterParameter(_ octet: UInt8) -> State? {
        octet == 0x0d ? .sizeLF : octet == UInt8(ascii: ";") ? .nameStart : nil
    }

    /// Trailer fields are checked as fields are, and left out: none of them may be merged into the
    /// head (RFC 9110 section 6.5.1), and an intermediary may discard them.
    private mutating func stepTrailer(_ octet: UInt8) -> Refusal? {
        trailerBytes &+= 1
        guard trailerBytes <= limits.trailerBytesMax else { return refusal("trailers too large") }
        switch state {
        case .trailerStart where octet == 0x0d: state = .endLF
        case .trailerStart where OctetClass.isToken(octet): state = .trailerName
        case .trailerName where OctetClass.isToken(octet): break
        case .trailerName where octet == UInt8(ascii: ":"): state = .trailerValue
        case .trailerValue where OctetClass.isText(octet): break
        case .trailerValue where octet == 0x0d: state = .trailerLF
        case .trailerLF where octet == 0x0a: state = .trailerStart
        case .endLF where octet == 0x0a: isEnded = true
        default: return refusal("a trailer that is not valid")
        }
        return nil
    }

    private func refusal(_ detail: StaticString) -> Refusal {
        isAnswer ? .upstreamInvalid(detail) : .badRequest(detail)
    }
}
