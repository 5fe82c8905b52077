public import Kernel

/// Octets in transit: read in at the end, taken from the front.
///
/// A buffer starts without storage and takes a block of 16 KiB when the first octet comes, from the
/// pool where one was offered (`attach`). It grows by doubling up to `bytesMax`. What does not fit
/// is dropped and remembered in `hasOverflowed`, so that a head can be written with many appends
/// and one check at its end; nothing that a peer sends can trap here. `release` gives the storage
/// back while a connection is idle.
@safe public struct ByteBuffer: ~Copyable {
    /// Never holds more; at least one block, below 4 GiB.
    public var bytesMax: Int { Int(sizes.most) }
    // SAFETY: owned by this value from allocation to `release` or deinit; octets `start ..< end`
    // are initialised.
    @usableFromInline var base: UnsafeMutableRawPointer?
    @usableFromInline var sizes: Sizes
    /// An append did not fit in `bytesMax` and was left out; cleared by `removeAll` and `release`.
    public internal(set) var hasOverflowed = false

    public init(bytesMax: Int = 1024 * 1024) {
        sizes = Sizes(most: UInt32(max(bytesMax, BufferPool.blockBytes)))
        unsafe base = nil
    }

    deinit { unsafe base?.deallocate() }

    /// Offsets in half a word each: a connection that rests is mostly its empty buffers, and ten
    /// thousand of them rest at once.
    @usableFromInline struct Sizes: BitwiseCopyable {
        @usableFromInline let most: UInt32
        @usableFromInline var capacity: UInt32 = 0
        @usableFromInline var start: UInt32 = 0
        @usableFromInline var end: UInt32 = 0

        init(most: UInt32) { self.most = most }
    }

    @inlinable var capacity: Int {
        @inline(__always) get { Int(sizes.capacity) }
        @inline(__always) set { sizes.capacity = UInt32(truncatingIfNeeded: newValue) }
    }
    @inlinable var start: Int {
        @inline(__always) get { Int(sizes.start) }
        @inline(__always) set { sizes.start = UInt32(truncatingIfNeeded: newValue) }
    }
    @inlinable var end: Int {
        @inline(__always) get { Int(sizes.end) }
        @inline(__always) set { sizes.end = UInt32(truncatingIfNeeded: newValue) }
    }

    // MARK: What is in it

    /// How many octets can be read.
    @inlinable public var count: Int { end &- start }
    @inlinable public var isEmpty: Bool { start == end }
    /// Whether it holds memory.
    public var hasStorage: Bool { unsafe base != nil }
    /// How many octets `makeRoom` and appends could still add in all.
    public var roomMax: Int { bytesMax - count }

    /// The readable octets, valid until the buffer is changed.
    @inlinable
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            guard let base = unsafe base else { return RawSpan() }
            // SAFETY: `start ..< end` is initialised and owned by self, which the span borrows.
            let span = unsafe RawSpan(_unsafeStart: base + start, byteCount: end &- start)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    // MARK: Reading in

    /// Makes room for at least `count` octets more by moving or growing; false where that would
    /// exceed `bytesMax`.
    @inlinable @inline(__always)
    public mutating func makeRoom(atLeast count: Int) -> Bool {
        capacity &- end >= count && count > 0 ? true : makeRoomSlowly(atLeast: count)
    }

    /// Lets `body` write into the free room and keeps what it says it moved. Call `makeRoom` first:
    /// the room must not be empty. At most `most` octets are offered.
    @inlinable
    public mutating func receive(
        atMost most: Int = .max, _ body: (inout MutableRawSpan) -> Transfer
    ) -> Transfer {
        let room = min(capacity &- end, most)
        guard let base = unsafe base, room > 0 else { preconditionFailure("no room to read into") }
        // SAFETY: the room is owned by self, within the capacity, and overlaps no other span.
        var span = unsafe MutableRawSpan(_unsafeStart: base + end, byteCount: room)
        let transfer = body(&span)
        if case .moved(let count) = transfer {
            precondition(count <= room, "more octets moved than there was room for")
            end &+= count
        }
        return transfer
    }

    // MARK: Taking away

    /// Takes `count` octets from the front; no more than there are.
    @inlinable @inline(__always)
    public mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= end &- start, "fewer octets than are to be taken")
        start &+= count
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Empties the buffer and keeps its storage.
    public mutating func removeAll() {
        start = 0
        end = 0
        hasOverflowed = false
    }

    /// What did not fit does not matter any more: the rest of it was taken away.
    public mutating func forgetOverflow() { hasOverflowed = false }

    /// Takes octets away at the end until `count` are left.
    public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "fewer octets than are to be left")
        end = start + count
    }

    // MARK: Storage

    /// Takes a block from the pool where the buffer has no storage yet.
    @inlinable @inline(__always)
    public mutating func attach(_ pool: inout BufferPool) {
        if unsafe base == nil { attachSlowly(&pool) }
    }

    /// Gives the storage back; octets that are still in it are lost.
    public mutating func release(to pool: inout BufferPool) {
        if let base = unsafe base {
            if capacity == BufferPool.blockBytes {
                unsafe pool.give(base)
            } else if capacity == BufferPool.largeBytes {
                unsafe pool.giveLarge(base)
            } else {
                unsafe base.deallocate()
            }
        }
        unsafe base = nil
        capacity = 0
        removeAll()
    }

    /// Takes a large block for one read. The buffer must be empty; `settle` follows the read.
    public mutating func attachLarge(_ pool: inout BufferPool) {
        precondition(isEmpty && bytesMax >= BufferPool.largeBytes, "no room for a large block")
        guard capacity != BufferPool.largeBytes else { return }
        release(to: &pool)
        unsafe base = pool.takeLarge()
        capacity = BufferPool.largeBytes
    }

    /// Gives a large block back, for the next read of any connection; what is left in it goes into
    /// a small one where it fits.
    public mutating func settle(to pool: inout BufferPool) {
        guard capacity == BufferPool.largeBytes else { return }
        let held = count
        guard held > 0 else { return release(to: &pool) }
        guard held <= BufferPool.blockBytes, let large = unsafe base else { return }
        // SAFETY: the small block has room for what is held and replaces the large one at once.
        let small = unsafe pool.take()
        unsafe small.copyMemory(from: large + start, byteCount: held)
        unsafe pool.giveLarge(large)
        unsafe base = small
        capacity = BufferPool.blockBytes
        start = 0
        end = held
    }

    @usableFromInline
    mutating func attachSlowly(_ pool: inout BufferPool) {
        unsafe base = pool.take()
        capacity = BufferPool.blockBytes
    }

    @usableFromInline
    mutating func makeRoomSlowly(atLeast count: Int) -> Bool {
        let held = self.count
        guard count <= bytesMax - held else { return false }
        if let base = unsafe base, capacity - held >= count {
            // Moving is rare: a consumed buffer starts at its front again.
            unsafe base.copyMemory(from: base + start, byteCount: held)
        } else {
            let size = min(
                bytesMax, max(BufferPool.blockBytes, max(capacity * 2, held + count)))
            // SAFETY: the new memory is at least `held` octets and replaces the old one at once.
            let grown = unsafe BufferPool.allocate(size)
            if let base = unsafe base {
                unsafe grown.copyMemory(from: base + start, byteCount: held)
                unsafe base.deallocate()
            }
            unsafe base = grown
            capacity = size
        }
        start = 0
        end = held
        return true
    }
}
