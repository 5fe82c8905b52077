/// Blocks of `blockBytes` that buffers borrow and give back: one pool a worker, one thread, no
/// locks.
///
/// An idle connection gives its blocks back, so that only connections with octets in transit hold
/// memory. The pool keeps at most `keptBlocksMax` free blocks and returns the rest to the system.
@safe public struct BufferPool: ~Copyable {
    /// One read's worth of heads and small content.
    public static let blockBytes = 16 * 1024

    /// One read's worth of large content, lent for a read and given back, so that a few serve all
    /// connections and stay in the processor's cache. Carrying answers of 1 MiB cost a relay 0.37 s
    /// of CPU a GiB with one such block for all, 0.58 s with 256 KiB for each of 64 connections,
    /// and 1.2 s with 16 KiB, as every write goes through the whole of TCP by itself; half of it
    /// (128 KiB) cost 0.67 s, twice of it 0.41 s.
    public static let largeBytes = 256 * 1024
    /// One is in use at a time, and another where an answer ends while it is.
    private static let keptLargeBlocksMax = 2

    public let keptBlocksMax: Int
    // SAFETY: blocks in this list belong to the pool alone; `take` gives one away for good.
    private var free: [UnsafeMutableRawPointer] = unsafe []
    // SAFETY: the same, of `largeBytes` each.
    private var freeLarge: [UnsafeMutableRawPointer] = unsafe []

    /// 256 blocks are 4 MiB: what a busy worker turns over, well within its memory goal.
    public init(keptBlocksMax: Int = 256) {
        self.keptBlocksMax = keptBlocksMax
        unsafe free.reserveCapacity(keptBlocksMax)
    }

    deinit {
        unsafe free.forEach { unsafe $0.deallocate() }
        unsafe freeLarge.forEach { unsafe $0.deallocate() }
    }

    /// How many free blocks are kept now.
    public var keptBlocks: Int { unsafe free.count }

    // SAFETY: the caller owns the block until it gives it back or deallocates it.
    mutating func take() -> UnsafeMutableRawPointer {
        unsafe free.popLast() ?? Self.allocate(Self.blockBytes)
    }

    // SAFETY: the caller gives up a block of `blockBytes` from `take` or `allocate`.
    mutating func give(_ block: UnsafeMutableRawPointer) {
        if unsafe free.count < keptBlocksMax {
            unsafe free.append(block)
        } else {
            unsafe block.deallocate()
        }
    }

    // SAFETY: as `take`, of `largeBytes`.
    mutating func takeLarge() -> UnsafeMutableRawPointer {
        unsafe freeLarge.popLast() ?? Self.allocate(Self.largeBytes)
    }

    // SAFETY: as `give`, of `largeBytes`.
    mutating func giveLarge(_ block: UnsafeMutableRawPointer) {
        if unsafe freeLarge.count < Self.keptLargeBlocksMax {
            unsafe freeLarge.append(block)
        } else {
            unsafe block.deallocate()
        }
    }

    // SAFETY: the caller owns the memory and deallocates it.
    static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: count, alignment: 16)
    }
}
