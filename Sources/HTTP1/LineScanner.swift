import Bytes
import HTTP

/// Where the parts of one field line stand (RFC 9112 section 5).
struct FieldLine {
    let name: ByteRange
    let value: ByteRange
    /// The name holds an underscore: it may be a twin of another field.
    let hasUnderscore: Bool
    /// The first octet after the line.
    let next: Int
}

/// Reads one line at a time. Only CR LF ends a line; a bare CR or LF, a control octet, a fold and
/// white space before the colon of a request's field are refused where they stand.
enum LineScanner {
    /// Checks for CR LF at `at`; returns what follows it.
    @inline(__always)
    static func lineEnd(
        _ bytes: RawSpan, at: Int, else refusal: Refusal
    ) throws(Halt) -> Int {
        guard at < bytes.byteCount else { throw .incomplete }
        guard bytes[octet: at] == 0x0d else { throw .refused(refusal) }
        guard at &+ 1 < bytes.byteCount else { throw .incomplete }
        guard bytes[octet: at &+ 1] == 0x0a else { throw .refused(refusal) }
        return at &+ 2
    }

    /// Reads the field line at `at`. In an answer, white space before the colon is skipped
    /// (RFC 9112 section 5.1 has it removed before forwarding); in a request it is refused.
    @inline(__always)
    static func fieldLine(
        _ bytes: RawSpan, at: Int, isAnswer: Bool, _ refuse: (StaticString) -> Refusal
    ) throws(Halt) -> FieldLine {
        var nameEnd = OctetClass.tokenEnd(of: OctetClass.name, bytes, from: at)
        let hasUnderscore =
            nameEnd < bytes.byteCount && bytes[octet: nameEnd] == UInt8(ascii: "_")
        if hasUnderscore {
            nameEnd = OctetClass.tokenEnd(of: OctetClass.token, bytes, from: nameEnd)
        }
        guard nameEnd < bytes.byteCount else { throw .incomplete }
        guard nameEnd > at, nameEnd &- at <= 0xffff else {
            throw .refused(refuse("a line without a field name"))
        }
        var colon = nameEnd
        while isAnswer, colon < bytes.byteCount, OctetClass.isBlank(bytes[octet: colon]) {
            colon &+= 1
        }
        guard colon < bytes.byteCount else { throw .incomplete }
        guard bytes[octet: colon] == UInt8(ascii: ":") else {
            throw .refused(refuse("an octet that no field name has"))
        }
        var start = colon &+ 1
        while start < bytes.byteCount, OctetClass.isBlank(bytes[octet: start]) { start &+= 1 }
        var end = OctetClass.textEnd(bytes, from: start)
        let next = try lineEnd(bytes, at: end, else: refuse("an octet that no field value has"))
        while end > start, OctetClass.isBlank(bytes[octet: end &- 1]) { end &-= 1 }
        return FieldLine(
            name: ByteRange(at, nameEnd), value: ByteRange(start, end),
            hasUnderscore: hasUnderscore, next: next)
    }
}
