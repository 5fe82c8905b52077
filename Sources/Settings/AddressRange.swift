public import Kernel

/// A range of IP addresses: `10.0.0.0/8`, `fd00::/8`, or one address alone.
public struct AddressRange: Hashable, Sendable {
    /// The first address as two numbers, most significant first; an IPv4 address is mapped into
    /// IPv6 (`::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2), so that one comparison serves both.
    public let high: UInt64
    public let low: UInt64
    /// Leading bits that count, of 128.
    public let prefixLength: Int

    private static let mapped: UInt64 = 0xffff << 32

    private static func numbers(_ address: SocketAddress) -> (high: UInt64, low: UInt64)? {
        switch address {
        case .ipv4(let four, _): (0, mapped | UInt64(four))
        case .ipv6(let high, let low, _): (high, low)
        case .unix: nil
        }
    }

    /// A unix peer is in no range.
    public func contains(_ address: SocketAddress) -> Bool {
        guard let (high, low) = Self.numbers(address) else { return false }
        let (highMask, lowMask) = Self.masks(prefixLength)
        return high & highMask == self.high && low & lowMask == self.low
    }

    private static func masks(_ length: Int) -> (high: UInt64, low: UInt64) {
        // Swift's shifts by 64 or more give 0.
        let high = UInt64.max << UInt64(max(0, 64 - length))
        return (high, length <= 64 ? 0 : UInt64.max << UInt64(128 - length))
    }
}

extension AddressRange: LosslessStringConvertible {
    public static let expected = "an IP address or a range like 10.0.0.0/8"

    /// nil where it is neither, or where bits behind the prefix are set: `10.0.0.1/8` means two
    /// things, and only one of them was meant.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = SocketAddress(host: String(parts[0]), port: 0),
            let (high, low) = Self.numbers(address)
        else { return nil }
        let isFour = if case .ipv4 = address { true } else { false }
        var length = 128
        if parts.count == 2 {
            guard !parts[1].isEmpty, parts[1].allSatisfy({ $0.isASCII && $0.isNumber }),
                let bits = Int(parts[1]), bits <= (isFour ? 32 : 128)
            else { return nil }
            length = isFour ? bits + 96 : bits
        }
        let (highMask, lowMask) = Self.masks(length)
        guard high & ~highMask == 0, low & ~lowMask == 0 else { return nil }
        self.high = high
        self.low = low
        prefixLength = length
    }

    public var description: String {
        let isFour = high == 0 && low >> 32 == 0xffff && prefixLength >= 96
        let address: SocketAddress =
            isFour
            ? .ipv4(UInt32(truncatingIfNeeded: low), port: 0) : .ipv6(high, low, port: 0)
        let bits = isFour ? prefixLength - 96 : prefixLength
        return bits == (isFour ? 32 : 128) ? address.host : "\(address.host)/\(bits)"
    }
}
