/// A value that has a resting state, which is what `init()` makes.
public protocol Resting: ~Copyable {
    init()
    /// What all at rest are read as.
    static var resting: RestingValue<Self> { get }
}

/// One value at rest, which is never changed and lives as long as the process: for a static
/// property of its type.
@safe public struct RestingValue<Value: Resting & ~Copyable>: @unchecked Sendable {
    // SAFETY: initialised, and only read, by whatever thread.
    @usableFromInline let place: UnsafePointer<Value>

    public init() {
        let place = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        unsafe place.initialize(to: Value())
        unsafe self.place = unsafe UnsafePointer(place)
    }
}

/// A value that takes memory only from its first change until it is told to rest: what a connection
/// needs during a request, and not between two.
///
/// At rest it reads as a new value, and costs one word.
@safe public struct OnDemand<Value: Resting & ~Copyable>: ~Copyable {
    // SAFETY: owned by this value; what it points to is initialised while it is not nil.
    @usableFromInline var place: UnsafeMutablePointer<Value>?

    @inlinable
    public init() { unsafe place = nil }

    @inlinable
    deinit {
        guard let place = unsafe place else { return }
        unsafe place.deinitialize(count: 1)
        unsafe place.deallocate()
    }

    @inlinable
    public var isResting: Bool { unsafe place == nil }

    /// The value in place. A change wakes it.
    ///
    /// By its address, as the standard library's pointers and arrays do it: a coroutine that yields
    /// it keeps room for all of it in its frame, on the heap, at every access, and a request has
    /// some thirty.
    @inlinable
    public var value: Value {
        // SAFETY: initialised while not nil, and borrowed with self.
        unsafeAddress {
            guard let place = unsafe place else { return unsafe Value.resting.place }
            return unsafe UnsafePointer(place)
        }
        // SAFETY: as above; self is accessed exclusively meanwhile.
        unsafeMutableAddress { unsafe awake() }
    }

    /// Ends the value and gives its memory back.
    @inlinable
    public mutating func rest() {
        guard let place = unsafe place else { return }
        unsafe place.deinitialize(count: 1)
        unsafe place.deallocate()
        unsafe self.place = nil
    }

    // SAFETY: the caller keeps the pointer no longer than its access to self.
    @inlinable
    mutating func awake() -> UnsafeMutablePointer<Value> {
        if let place = unsafe place { return unsafe place }
        let made = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        unsafe made.initialize(to: Value())
        unsafe place = made
        return unsafe made
    }
}
