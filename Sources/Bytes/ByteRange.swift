/// Where octets stand in a buffer: `start ..< end`, in octets from the first readable one.
///
/// 32 bits each, because tables of fields are made of them; no buffer here is larger than 4 GiB.
@frozen public struct ByteRange: BitwiseCopyable, Hashable, Sendable {
    public var start: UInt32
    public var end: UInt32

    /// Offsets beyond 32 bits are clamped; `end` before `start` gives an empty range.
    @inlinable @inline(__always)
    public init(_ start: Int, _ end: Int) {
        if (start | end) >> 32 == 0, start <= end {
            self.start = UInt32(truncatingIfNeeded: start)
            self.end = UInt32(truncatingIfNeeded: end)
        } else {
            self = Self.clamped(start, end)
        }
    }

    @usableFromInline
    static func clamped(_ start: Int, _ end: Int) -> ByteRange {
        let start = min(max(0, start), Int(UInt32.max))
        return ByteRange(start, min(max(start, end), Int(UInt32.max)))
    }

    /// No octets at all.
    public static let empty = ByteRange(0, 0)

    @inlinable public var count: Int { Int(end) &- Int(start) }
    @inlinable public var isEmpty: Bool { start == end }
    @inlinable public var lowerBound: Int { Int(start) }
    @inlinable public var upperBound: Int { Int(end) }
}
