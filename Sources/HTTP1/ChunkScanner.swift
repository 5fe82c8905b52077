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
        /// The last chunk ends after so many of the octets; the trailer section follows.
        case lastChunk(Int)
        case refused(Refusal)
    }

    private enum State: UInt8, BitwiseCopyable {
        case sizeStart, size, sizeLF
        case blankBeforeExtension, nameStart, name, blankAfterName
        case valueStart, value, quoted, quotedPair, afterQuoted
        case data, dataCR, dataLF, ended
    }

    private var state = State.sizeStart
    private var digits: UInt8 = 0
    private let isAnswer: Bool
    /// While its digits are read the chunk's size, in its data what is left of it.
    private var size: UInt64 = 0
    private var total: UInt64 = 0
    private var extensionBytes: UInt32 = 0

    init(isAnswer: Bool) { self.isAnswer = isAnswer }

    /// Goes on to the next stretch of content, the last chunk, or the end of the octets.
    mutating func scan(_ bytes: RawSpan, _ limits: BodyLimits) -> Found {
        var at = 0
        while at < bytes.byteCount {
            if state == .data {
                let count = Int(min(size, UInt64(bytes.byteCount &- at)))
                size -= UInt64(count)
                if size == 0 { state = .dataCR }
                return .data(at, at &+ count)
            }
            if let refusal = step(bytes[octet: at], limits) { return .refused(refusal) }
            at &+= 1
            if state == .ended { return .lastChunk(at) }
        }
        return .needMore
    }

    /// Takes one octet of framing; returns what is wrong with it, if anything.
    private mutating func step(_ octet: UInt8, _ limits: BodyLimits) -> Refusal? {
        switch state {
        case .sizeStart, .size: return stepSize(octet)
        case .sizeLF:
            guard octet == 0x0a else { return refusal("a chunk size that does not end in CR LF") }
            return beginChunk(limits)
        case .blankBeforeExtension, .nameStart, .name, .blankAfterName, .valueStart, .value,
            .quoted, .quotedPair, .afterQuoted:
            return stepExtension(octet, limits)
        case .data, .ended: return nil
        case .dataCR:
            guard octet == 0x0d else { return refusal("a chunk longer than its size") }
            state = .dataLF
            return nil
        case .dataLF:
            guard octet == 0x0a else { return refusal("a chunk that does not end in CR LF") }
            state = .sizeStart
            return nil
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
            guard digits <= Strictness.chunkSizeDigitsMax, size >> 59 == 0 else {
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

    private mutating func beginChunk(_ limits: BodyLimits) -> Refusal? {
        guard size > 0 else {
            state = .ended
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
    private mutating func stepExtension(_ octet: UInt8, _ limits: BodyLimits) -> Refusal? {
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
        case .sizeStart, .size, .sizeLF, .data, .dataCR, .dataLF, .ended:
            return nil
        }
    }

    private func afterParameter(_ octet: UInt8) -> State? {
        octet == 0x0d ? .sizeLF : octet == UInt8(ascii: ";") ? .nameStart : nil
    }

    private func refusal(_ detail: StaticString) -> Refusal {
        isAnswer ? .upstreamInvalid(detail) : .badRequest(detail)
    }
}
