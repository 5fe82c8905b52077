/// Writing into a buffer. What does not fit is left out whole and noted in `hasOverflowed`.
extension ByteBuffer {
    /// Copies the octets.
    @inlinable @inline(__always)
    public mutating func append(_ octets: borrowing RawSpan) {
        let count = octets.byteCount
        guard count > 0 else { return }
        guard makeRoom(atLeast: count), let base = unsafe base else { return overflow() }
        // SAFETY: `count` octets of room were just made; a span of another owner cannot overlap.
        unsafe octets.withUnsafeBytes { source in
            if let from = source.baseAddress {
                unsafe (base + end).copyMemory(from: from, byteCount: count)
            }
        }
        end &+= count
    }

    @inlinable @inline(__always)
    public mutating func append(_ text: StaticString) {
        // SAFETY: a static string's octets live as long as the program; the count is its own.
        append(unsafe RawSpan(_unsafeStart: text.utf8Start, byteCount: text.utf8CodeUnitCount))
    }

    @inlinable @inline(__always)
    public mutating func append(_ octet: UInt8) {
        guard makeRoom(atLeast: 1), let base = unsafe base else { return overflow() }
        // SAFETY: one octet of room was just made.
        unsafe base.storeBytes(of: octet, toByteOffset: end, as: UInt8.self)
        end &+= 1
    }

    /// The text's UTF-8 octets; for configured words, not for the way of every request.
    public mutating func append(utf8 text: String) {
        append(text.utf8Span.span.octets)
    }

    /// The number's decimal digits, without leading zeros.
    public mutating func append(decimal number: UInt64) {
        var count = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            count &+= 1
        }
        guard makeRoom(atLeast: count), let base = unsafe base else { return overflow() }
        end &+= count
        var at = end
        rest = number
        for _ in 0..<count {
            at &-= 1
            let digit = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            // SAFETY: `count` octets of room were just made, and `at` walks back over them.
            unsafe base.storeBytes(of: digit, toByteOffset: at, as: UInt8.self)
            rest /= 10
        }
    }

    /// The number's hexadecimal digits in lower case, `width` at least, leading zeros as needed.
    public mutating func append(hexadecimal number: UInt64, width: Int = 1) {
        var digits = InlineArray<16, UInt8>(repeating: 0x30)
        var first = 16
        var rest = number
        while rest > 0 {
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            first &-= 1
            digits[first] = digit < 10 ? 0x30 &+ digit : 0x57 &+ digit
            rest >>= 4
        }
        first = max(0, min(first, 16 &- max(1, width)))
        append(digits.span.octets.suffix(from: first))
    }

    @usableFromInline
    mutating func overflow() { hasOverflowed = true }
}
