internal import Bytes

/// What peers sent, written so that it can break neither a line nor a field.
///
/// Of a text that would be written longer than `most` octets the rest is left out and `...` put in
/// its place.
extension ByteBuffer {
    /// The inside of a JSON string (RFC 8259 section 7). Valid UTF-8 stays as it is; an octet that
    /// is none becomes the code point of its number, so that nothing is lost and the line stays
    /// valid. C1 controls are escaped as C0 are: terminals obey both.
    mutating func append(json text: RawSpan, most: Int) {
        var at = 0
        let start = count
        while at < text.byteCount {
            let plain = text.plainJSONEnd(from: at)
            let room = most &- (count &- start)
            guard plain &- at <= room else {
                append(text.extracting(at..<at &+ max(0, room)))
                return append("...")
            }
            append(text.extracting(at..<plain))
            at = plain
            guard at < text.byteCount else { return }
            guard count &- start &+ 6 <= most else { return append("...") }
            at &+= appendOddJSON(text, at)
        }
    }

    /// Returns how many octets of the text were written.
    private mutating func appendOddJSON(_ text: RawSpan, _ at: Int) -> Int {
        let octet = text[octet: at]
        switch octet {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0a: append("\\n")
        case 0x0c: append("\\f")
        case 0x0d: append("\\r")
        case 0x80...:
            let length = text.utf8Length(at: at)
            if length == 2, octet == 0xc2, text[octet: at &+ 1] < 0xa0 {
                appendEscaped(text[octet: at &+ 1])
            } else if length > 0 {
                append(text.extracting(at..<at &+ length))
            } else {
                appendEscaped(octet)
            }
            return max(1, length)
        case _: appendEscaped(octet)
        }
        return 1
    }

    private mutating func appendEscaped(_ octet: UInt8) {
        append("\\u")
        append(hexadecimal: UInt64(octet), width: 4)
    }

    /// As nginx writes its variables: `"`, `\` and everything outside of printable ASCII as `\xHH`.
    /// Nothing at all is `-`.
    mutating func append(combined text: RawSpan, most: Int) {
        guard text.byteCount > 0 else { return append("-") }
        let start = count
        for at in 0..<text.byteCount {
            let octet = text[octet: at]
            guard count &- start &+ 4 <= most else { return append("...") }
            if octet.isPlainText {
                append(octet)
            } else {
                append("\\x")
                append(Self.upperDigit(octet >> 4))
                append(Self.upperDigit(octet & 15))
            }
        }
    }

    private static func upperDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 &+ value : 0x37 &+ value
    }
}

extension UInt8 {
    /// Printable ASCII but for the quote and the backslash.
    @inline(__always)
    fileprivate var isPlainText: Bool {
        self &- 0x20 < 0x5f && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
    }
}

extension RawSpan {
    /// The first octet from `index` on that a JSON string does not show as it is; the count where
    /// there is none.
    fileprivate func plainJSONEnd(from index: Int) -> Int {
        var at = index
        while at < byteCount, self[octet: at].isPlainText { at &+= 1 }
        return at
    }

    /// How many octets the character has that begins here; 0 where it is no valid UTF-8 (RFC 3629
    /// section 4).
    fileprivate func utf8Length(at index: Int) -> Int {
        let first = self[octet: index]
        let length: Int
        var low: UInt8 = 0x80
        var high: UInt8 = 0xbf
        switch first {
        case 0xc2...0xdf: length = 2
        case 0xe0...0xef:
            length = 3
            if first == 0xe0 { low = 0xa0 }
            if first == 0xed { high = 0x9f }
        case 0xf0...0xf4:
            length = 4
            if first == 0xf0 { low = 0x90 }
            if first == 0xf4 { high = 0x8f }
        case _: return 0
        }
        guard index &+ length <= byteCount else { return 0 }
        guard low...high ~= self[octet: index &+ 1] else { return 0 }
        for offset in 2..<4 where offset < length {
            guard 0x80...0xbf ~= self[octet: index &+ offset] else { return 0 }
        }
        return length
    }
}
