/// Reading tokens eight octets at a time: names and targets are mostly letters.
extension RawSpan {
    /// The first octet from `index` on that is no letter, digit or hyphen; the count where there is
    /// none.
    @inlinable @inline(__always)
    public func plainEnd(from index: Int) -> Int {
        var end = index
        while end &+ 8 <= byteCount {
            let odd = Self.oddOctets(word(at: end))
            guard odd == 0 else { return end &+ odd.trailingZeroBitCount >> 3 }
            end &+= 8
        }
        while end < byteCount, Self.isPlain(self[octet: end]) { end &+= 1 }
        return end
    }

    /// The top bit of each octet that is no letter, digit or hyphen. All seven-bit sums stay
    /// within their octet, so that no carry reaches a neighbour.
    @inlinable @inline(__always)
    static func oddOctets(_ word: UInt64) -> UInt64 {
        let low = word & 0x7f7f_7f7f_7f7f_7f7f
        let folded = low | 0x2020_2020_2020_2020
        // At least "a" and not above "z"; at least "0" and not above "9"; exactly "-".
        let letters =
            (folded &+ 0x1f1f_1f1f_1f1f_1f1f) & ~(folded &+ 0x0505_0505_0505_0505)
        let digits = (low &+ 0x5050_5050_5050_5050) & ~(low &+ 0x4646_4646_4646_4646)
        let hyphens = ~((low ^ 0x2d2d_2d2d_2d2d_2d2d) &+ 0x7f7f_7f7f_7f7f_7f7f)
        return (~(letters | digits | hyphens) | word) & 0x8080_8080_8080_8080
    }

    @inlinable @inline(__always)
    static func isPlain(_ octet: UInt8) -> Bool {
        (octet | 0x20) &- 0x61 < 26 || octet.isDigit || octet == 0x2d
    }
}

/// Comparing whole tokens, eight octets at a time.
extension RawSpan {
    /// Whether a token is `text`, letters of either case being the same. `text` is in lower case
    /// and of letters, digits and hyphens. All octets must be those of a token (RFC 9110 section
    /// 5.6.2): only then does setting bit 5 fold nothing but letters.
    @inlinable @inline(__always)
    public func equalsToken(_ text: StaticString) -> Bool {
        let count = byteCount
        guard count == text.utf8CodeUnitCount else { return false }
        // SAFETY: a static string's octets live as long as the program; the count is its own.
        let other = unsafe RawSpan(_unsafeStart: text.utf8Start, byteCount: count)
        let fold: UInt64 = 0x2020_2020_2020_2020
        guard count >= 8 else {
            guard count >= 4 else { return equalsIgnoringCase(other) }
            let fold: UInt32 = 0x2020_2020
            return half(at: 0) | fold == other.half(at: 0)
                && half(at: count &- 4) | fold == other.half(at: count &- 4)
        }
        var at = 0
        while at &+ 8 < count {
            if word(at: at) | fold != other.word(at: at) { return false }
            at &+= 8
        }
        // The last eight, which may overlap those before.
        return word(at: count &- 8) | fold == other.word(at: count &- 8)
    }

    /// Whether `text` stands somewhere in the octets, which are those of a field value (RFC 9110
    /// section 5.5). `text` is in lower case, of letters, digits, hyphens and slashes, not empty.
    public func containsToken(_ text: StaticString) -> Bool {
        let first = text.octet(0)
        let length = text.utf8CodeUnitCount
        var at = 0
        while at &+ length <= byteCount {
            if self[octet: at] | 0x20 == first,
                extracting(at..<at &+ length).equalsToken(text)
            {
                return true
            }
            at &+= 1
        }
        return false
    }
}
