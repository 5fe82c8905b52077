/// Names one value of a slab for as long as it lives: slot and generation, and a tag that its owner
/// may use, in 64 bits (the token of a poller).
///
/// Bits 0-23 slot, 24-55 generation, 56-63 tag. A slot that is used again has another generation,
/// so that an event for the value before is recognised and dropped.
@frozen public struct Handle: BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt64

    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

    @inlinable public init(index: Int, generation: UInt32, tag: UInt8 = 0) {
        rawValue =
            UInt64(truncatingIfNeeded: index) & 0xff_ffff | UInt64(generation) << 24
            | UInt64(tag) << 56
    }

    /// 2^24 values at most.
    public static let indexMax = 0xff_ffff

    @inlinable public var index: Int { Int(rawValue & 0xff_ffff) }
    @inlinable public var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 24) }
    @inlinable public var tag: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 56) }

    /// The same value under another tag. A slab looks at slot and generation only.
    @inlinable public func tagged(_ tag: UInt8) -> Handle {
        Handle(index: index, generation: generation, tag: tag)
    }
}
