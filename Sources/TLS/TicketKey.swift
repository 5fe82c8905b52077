/// What session tickets are sealed with (RFC 5077 section 4): the same in all workers, so that a
/// client may come back to any of them; never on a disk.
public struct TicketKey: Hashable, Sendable {
    public static let nameBytes = 16
    public static let cipherBytes = 32
    public static let digestBytes = 32
    public static let bytes = nameBytes + cipherBytes + digestBytes

    /// Stands in the ticket, so that the right key is found.
    let name: [UInt8]
    /// AES-256-CBC.
    let cipher: [UInt8]
    /// HMAC-SHA-256.
    let digest: [UInt8]

    /// From `bytes` random octets; nil for another count.
    public init?(_ octets: [UInt8]) {
        guard octets.count == Self.bytes else { return nil }
        name = [UInt8](octets[..<Self.nameBytes])
        cipher = [UInt8](octets[Self.nameBytes..<(Self.nameBytes + Self.cipherBytes)])
        digest = [UInt8](octets[(Self.nameBytes + Self.cipherBytes)...])
    }
}
