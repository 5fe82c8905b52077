import Bytes

/// What an octet may stand in, answered with one load: every octet of a head is asked once.
///
/// A literal and no closure, so that the table is data of the executable: asking costs no check
/// whether it was made yet. A test holds it against the grammars.
enum OctetClass {
    /// tchar (RFC 9110 section 5.6.2).
    static let token: UInt8 = 1
    /// pchar and `/` (RFC 3986 section 3.3) without `%`, which is looked at apart; and `[`, `]`,
    /// `|`, which every browser sends as they are.
    static let path: UInt8 = 2
    /// Browsers leave more as it is in a query (WHATWG URL, query percent-encode set), a `%` that
    /// encodes nothing included; refusing those would refuse people, not attacks.
    static let query: UInt8 = 4
    /// HTAB, SP, VCHAR and obs-text: a field value (RFC 9110 section 5.5).
    static let text: UInt8 = 8
    /// A token without an underscore: what nearly every field name is.
    static let name: UInt8 = 16

    @inline(__always)
    static func isToken(_ octet: UInt8) -> Bool { table[Int(octet)] & token != 0 }

    @inline(__always)
    static func isText(_ octet: UInt8) -> Bool { table[Int(octet)] & text != 0 }

    @inline(__always)
    static func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }

    /// The first octet from `at` on that is not of the class; the count where there is none.
    @inline(__always)
    static func end(of mask: UInt8, _ bytes: RawSpan, from at: Int) -> Int {
        var end = at
        while end < bytes.byteCount, table[Int(bytes[octet: end])] & mask != 0 { end &+= 1 }
        return end
    }

    /// The same for names and methods, which are letters, digits and hyphens, eight at a time. (In
    /// targets other octets are so frequent that this was slower.)
    @inline(__always)
    static func tokenEnd(of mask: UInt8, _ bytes: RawSpan, from at: Int) -> Int {
        var end = bytes.plainEnd(from: at)
        while end < bytes.byteCount, table[Int(bytes[octet: end])] & mask != 0 {
            end = bytes.plainEnd(from: end &+ 1)
        }
        return end
    }

    /// The first octet from `at` on that is no text, eight at a time: most of a head is values.
    @inline(__always)
    static func textEnd(_ bytes: RawSpan, from at: Int) -> Int {
        var end = at
        while end &+ 8 <= bytes.byteCount {
            let word = bytes.word(at: end)
            // The top bit of each octet below 0x20, and of each that is 0x7f; above the first one
            // a borrow may claim more, which does not matter.
            let controls = (word &- 0x2020_2020_2020_2020) & ~word
            let dels = word ^ 0x7f7f_7f7f_7f7f_7f7f
            let found =
                (controls | ((dels &- 0x0101_0101_0101_0101) & ~dels)) & 0x8080_8080_8080_8080
            guard found != 0 else {
                end &+= 8
                continue
            }
            end &+= found.trailingZeroBitCount >> 3
            guard bytes[octet: end] == 0x09 else { return end }
            end &+= 1
        }
        while end < bytes.byteCount, isText(bytes[octet: end]) { end &+= 1 }
        return end
    }

    // swift-format-ignore
    private static let table: InlineArray<256, UInt8> = [
         0,  0,  0,  0,  0,  0,  0,  0,  0,  8,  0,  0,  0,  0,  0,  0,  // 00
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  // 10
         8, 31,  8, 25, 31, 29, 31, 31, 14, 14, 31, 31, 14, 31, 31, 14,  // 20
        31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 14, 14,  8, 14,  8, 12,  // 30
        14, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31,  // 40
        31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 14, 12, 14, 29, 15,  // 50
        29, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31,  // 60
        31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 12, 31, 12, 31,  0,  // 70
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  // 80
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  // 90
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  // a0
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  // b0
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  // c0
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  // d0
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  // e0
         8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  // f0
    ]
}
