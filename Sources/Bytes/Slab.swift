/// Values that come and go, each in a slot of its own, named by handles that never mean another
/// value. Inserting, finding and removing cost the same however many there are.
///
/// All of it can be inlined: called across modules unspecialised, each access to a value costs a
/// walk through the runtime's type metadata, several hundred instructions.
@safe public struct Slab<Element: ~Copyable>: ~Copyable {
    @usableFromInline struct Slot {
        /// Odd while a value lives in it; raised at every insertion and removal.
        @usableFromInline var generation: UInt32 = 0
        /// The free slot after this one, -1 at the end; meaningless while a value lives in it.
        @usableFromInline var nextFree: Int32 = -1

        @inlinable init() {}
    }

    /// Never holds more.
    public let capacityMax: Int
    @inlinable public var count: Int { living }
    @usableFromInline var living = 0
    // SAFETY: owned by this value; element i is initialised exactly while slots[i] is odd.
    @usableFromInline var base: UnsafeMutablePointer<Element>?
    @usableFromInline var slots: [Slot] = []
    @usableFromInline var capacity = 0
    @usableFromInline var firstFree: Int32 = -1

    /// Room is made as it is needed, by doubling from 64, up to `capacityMax`.
    @inlinable
    public init(capacityMax: Int) {
        precondition(capacityMax > 0 && capacityMax <= Handle.indexMax, "impossible capacity")
        self.capacityMax = capacityMax
        unsafe base = nil
    }

    deinit {
        guard let base = unsafe base else { return }
        for index in 0..<slots.count where slots[index].generation & 1 == 1 {
            unsafe (base + index).deinitialize(count: 1)
        }
        unsafe base.deallocate()
    }

    @inlinable
    public var isFull: Bool { count == capacityMax }

    /// Takes the value in. The slab must not be full.
    @inlinable
    public mutating func insert(_ element: consuming Element) -> Handle {
        precondition(!isFull, "the slab is full")
        if firstFree < 0 { addSlot() }
        guard let base = unsafe base else { preconditionFailure("a slot without memory") }
        let index = Int(firstFree)
        firstFree = slots[index].nextFree
        slots[index].generation &+= 1
        unsafe (base + index).initialize(to: element)
        living += 1
        return Handle(index: index, generation: slots[index].generation)
    }

    /// Whether the value that the handle was given for still lives.
    @inlinable
    public func contains(_ handle: Handle) -> Bool {
        handle.index < slots.count && slots[handle.index].generation == handle.generation
            && handle.generation & 1 == 1
    }

    /// The value, in place. The handle must be one that the slab `contains`.
    public subscript(handle: Handle) -> Element {
        @inlinable _read {
            yield unsafe place(handle).pointee
        }
        @inlinable _modify {
            yield unsafe &place(handle).pointee
        }
    }

    /// Gives the value out and frees its slot. The handle must be one that the slab `contains`.
    @inlinable
    public mutating func remove(_ handle: Handle) -> Element {
        let element = unsafe place(handle).move()
        slots[handle.index].generation &+= 1
        slots[handle.index].nextFree = firstFree
        firstFree = Int32(handle.index)
        living -= 1
        return element
    }

    /// The handle of the value in a slot, nil where none lives: for walking over all of them, slots
    /// `0 ..< slotCount`.
    @inlinable
    public func handle(at index: Int) -> Handle? {
        guard index >= 0, index < slots.count, slots[index].generation & 1 == 1 else { return nil }
        return Handle(index: index, generation: slots[index].generation)
    }

    /// How many slots were ever used.
    @inlinable
    public var slotCount: Int { slots.count }

    // SAFETY: liveness is checked; the caller reads or changes the element under its own access
    // to the slab and keeps no pointer.
    @inlinable func place(_ handle: Handle) -> UnsafeMutablePointer<Element> {
        guard contains(handle), let base = unsafe base else {
            preconditionFailure("no value lives under this handle")
        }
        return unsafe base + handle.index
    }

    @inlinable mutating func addSlot() {
        let index = slots.count
        if index == capacity {
            let grown = min(capacityMax, max(64, capacity * 2))
            // SAFETY: every slot is in use when the slab grows, so that all of them are moved.
            let memory = UnsafeMutablePointer<Element>.allocate(capacity: grown)
            if let base = unsafe base {
                unsafe memory.moveInitialize(from: base, count: index)
                unsafe base.deallocate()
            }
            unsafe base = memory
            capacity = grown
        }
        slots.append(Slot())
        firstFree = Int32(index)
    }
}
