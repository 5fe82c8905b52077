/// Blocks of `blockBytes` that buffers borrow and give back: one pool a worker, one thread, no
/// locks.
///
/// An idle connection gives its blocks back, so that only connections with octets in transit hold
/// memory. The pool keeps at most `keptBlocksMax` free blocks and returns the rest to the system.
@safe public struct BufferPool: ~Copyable {
    /// One read's worth: 16 KiB reads cost the least a MiB of all sizes that were measured.
    public static let blockBytes = 16 * 1024

    public let keptBlocksMax: Int
    // SAFETY: blocks in this list belong to the pool alone; `take` gives one away for good.
    private var free: [UnsafeMutableRawPointer] = unsafe []

    /// 256 blocks are 4 MiB: what a busy worker turns over, well within its memory goal.
    public init(keptBlocksMax: Int = 256) {
        self.keptBlocksMax = keptBlocksMax
        unsafe free.reserveCapacity(keptBlocksMax)
    }

    deinit {
        unsafe free.forEach { unsafe $0.deallocate() }
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

    // SAFETY: the caller owns the memory and deallocates it.
    static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: count, alignment: 16)
    }
}
