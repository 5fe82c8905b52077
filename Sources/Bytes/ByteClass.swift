/// A set of octets, answered with one load: `ByteClass.token[octet]`.
public struct ByteClass: Sendable {
    @usableFromInline let members: InlineArray<256, Bool>

    /// The octets for which `isMember` says so.
    public init(where isMember: (UInt8) -> Bool) {
        var members = InlineArray<256, Bool>(repeating: false)
        for octet in 0...255 { members[octet] = isMember(UInt8(octet)) }
        self.members = members
    }

    @inlinable @inline(__always)
    public subscript(octet: UInt8) -> Bool { members[Int(octet)] }
}
