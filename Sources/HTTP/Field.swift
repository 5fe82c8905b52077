public import Bytes

/// One field line: where its name and value stand in the head's octets, and which one it is.
public struct Field: BitwiseCopyable, Sendable {
    /// A token.
    public var name: ByteRange
    /// Without the white space around it; valid octets only (RFC 9110 section 5.5).
    public var value: ByteRange
    public var known: FieldName
    /// Not to be passed on, because `Connection` names it or because it is the underscore twin of
    /// a field that Bascule vouches for.
    public var isDropped: Bool

    @inlinable
    public init(name: ByteRange, value: ByteRange, known: FieldName, isDropped: Bool = false) {
        self.name = name
        self.value = value
        self.known = known
        self.isDropped = isDropped
    }
}

/// The fields of one head, in the order they came. One a worker is enough: it is filled when a head
/// is complete and read when that head is written on, before the next one is parsed.
public struct FieldTable: ~Copyable {
    public var list: FixedList<Field>

    /// `capacity` is the limit on the count of fields.
    public init(capacity: Int) { list = FixedList(capacity: capacity) }

    @inlinable public var count: Int { list.count }

    @inlinable
    public subscript(index: Int) -> Field {
        get { list[index] }
        set { list[index] = newValue }
    }

    /// The value of the first field of that name, nil where there is none.
    public func value(of name: FieldName) -> ByteRange? {
        for index in 0..<list.count where list[index].known == name { return list[index].value }
        return nil
    }

    /// Whether a field of that name is there and not marked as dropped.
    public func passes(_ name: FieldName) -> Bool {
        for index in 0..<list.count where list[index].known == name && !list[index].isDropped {
            return true
        }
        return false
    }
}
