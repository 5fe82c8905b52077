/// A list of plain values whose room is fixed at its making: nothing is allocated or counted while
/// it is filled and emptied again, once for every head.
@safe public struct FixedList<Element: BitwiseCopyable>: ~Copyable {
    // SAFETY: owned by this value, freed with it; the first `count` elements are initialised.
    @usableFromInline let base: UnsafeMutablePointer<Element>
    public let capacity: Int
    @usableFromInline var used = 0
    public var count: Int { @inlinable @inline(__always) get { used } }

    public init(capacity: Int) {
        precondition(capacity > 0, "a list without room")
        self.capacity = capacity
        unsafe base = .allocate(capacity: capacity)
    }

    deinit { unsafe base.deallocate() }

    public var isEmpty: Bool { used == 0 }

    /// The elements, valid until the list is changed.
    @inlinable
    public var elements: Span<Element> {
        @_lifetime(borrow self)
        get {
            // SAFETY: `count` elements are initialised and owned by self, which the span borrows.
            let span = unsafe Span(_unsafeStart: base, count: used)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    @inlinable
    public subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < used, "no such element")
            return unsafe base[index]
        }
        set {
            precondition(index >= 0 && index < used, "no such element")
            unsafe base[index] = newValue
        }
    }

    /// Adds at the end; false where the list is full.
    @inlinable
    public mutating func append(_ element: Element) -> Bool {
        guard used < capacity else { return false }
        unsafe base[used] = element
        used &+= 1
        return true
    }

    @inlinable
    public mutating func removeAll() { used = 0 }
}
