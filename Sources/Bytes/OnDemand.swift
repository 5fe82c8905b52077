/// A value that has a resting state, which is what `init()` makes.
public protocol Resting: ~Copyable {
    init()
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
    @inlinable
    public var value: Value {
        _read {
            // SAFETY: initialised while not nil, and borrowed with self.
            if let place = unsafe place {
                yield unsafe place.pointee
            } else {
                // Not `yield Value()`: the coroutine would keep room for a whole value in its
                // frame, which is then on the heap, at every read of an awake value too.
                // SAFETY: initialised until the reader is done, and known to nobody else.
                let resting = UnsafeMutablePointer<Value>.allocate(capacity: 1)
                unsafe resting.initialize(to: Value())
                defer {
                    unsafe resting.deinitialize(count: 1)
                    unsafe resting.deallocate()
                }
                yield unsafe resting.pointee
            }
        }
        _modify {
            // SAFETY: as above; self is accessed exclusively meanwhile.
            yield unsafe &awake().pointee
        }
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
