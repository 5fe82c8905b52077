/// Reading octets of a `RawSpan`. Every access is checked against the span's bounds.
extension RawSpan {
    /// One octet. `index` must lie within the span.
    @inlinable @inline(__always)
    public subscript(octet index: Int) -> UInt8 {
        // SAFETY: the load checks its bounds, and every bit pattern is a UInt8.
        unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }

    /// Eight octets from `index` on, the first one in the lowest bits; all must lie within.
    @inlinable @inline(__always)
    public func word(at index: Int) -> UInt64 {
        // SAFETY: the load checks its bounds, and every bit pattern is a UInt64.
        UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// Four octets from `index` on, the first one in the lowest bits; all must lie within.
    @inlinable @inline(__always)
    public func half(at index: Int) -> UInt32 {
        // SAFETY: the load checks its bounds, and every bit pattern is a UInt32.
        UInt32(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self))
    }

    /// The octets of a range, which must lie within the span.
    @inlinable @inline(__always)
    public subscript(_ range: ByteRange) -> RawSpan {
        @_lifetime(copy self)
        get { extracting(range.lowerBound..<range.upperBound) }
    }

    /// The octets from `index` on.
    @inlinable @inline(__always)
    @_lifetime(copy self)
    public func suffix(from index: Int) -> RawSpan {
        extracting(index..<byteCount)
    }

    /// The first place at or after `index` where the octet stands; nil where there is none.
    @inlinable
    public func firstIndex(of octet: UInt8, from index: Int = 0) -> Int? {
        var at = index
        while at < byteCount {
            if self[octet: at] == octet { return at }
            at &+= 1
        }
        return nil
    }

    /// Whether the octets are those of `text`.
    @inlinable
    public func equals(_ text: StaticString) -> Bool {
        guard byteCount == text.utf8CodeUnitCount else { return false }
        return starts(with: text)
    }

    /// Whether the octets begin with those of `text`.
    @inlinable
    public func starts(with text: StaticString) -> Bool {
        guard byteCount >= text.utf8CodeUnitCount else { return false }
        // SAFETY: a static string's octets live as long as the program; the count is its own.
        let octets = unsafe RawSpan(
            _unsafeStart: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        for at in 0..<octets.byteCount where self[octet: at] != octets[octet: at] { return false }
        return true
    }

    /// Whether the octets are those of `text`, ASCII letters of either case being the same.
    /// `text` is written in lower case.
    @inlinable
    public func equalsIgnoringCase(_ text: StaticString) -> Bool {
        // SAFETY: as above.
        let octets = unsafe RawSpan(
            _unsafeStart: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        return equalsIgnoringCase(octets)
    }

    /// Whether two spans hold the same octets, ASCII letters of either case being the same.
    @inlinable
    public func equalsIgnoringCase(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        for at in 0..<byteCount
        where self[octet: at].asciiLowercased != other[octet: at].asciiLowercased {
            return false
        }
        return true
    }
}

extension Span where Element == UInt8 {
    /// The same octets as a `RawSpan`.
    @inlinable
    public var octets: RawSpan {
        @_lifetime(copy self)
        get {
            // SAFETY: a UInt8 has no padding, so that all octets are initialised.
            unsafe bytes
        }
    }
}

extension UInt8 {
    /// The lower-case letter for an upper-case ASCII letter, else the octet itself.
    @inlinable @inline(__always)
    public var asciiLowercased: UInt8 {
        self &- 0x41 < 26 ? self | 0x20 : self
    }

    @inlinable @inline(__always)
    public var isDigit: Bool { self &- 0x30 < 10 }

    /// The value of a hexadecimal digit of either case, nil for anything else.
    @inlinable @inline(__always)
    public var hexadecimalValue: UInt8? {
        if self &- 0x30 < 10 { return self &- 0x30 }
        let lower = self | 0x20
        return lower &- 0x61 < 6 ? lower &- 0x61 &+ 10 : nil
    }
}

extension StaticString {
    /// One octet of the text. `index` must lie within it.
    @inlinable
    public func octet(_ index: Int) -> UInt8 {
        precondition(index >= 0 && index < utf8CodeUnitCount, "beyond the text")
        // SAFETY: the index was checked; the text lives as long as the program.
        return unsafe utf8Start[index]
    }
}
