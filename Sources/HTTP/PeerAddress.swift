public import Bytes

/// Who is at the other end, without the port: what X-Forwarded-For and X-Real-IP say.
public enum PeerAddress: BitwiseCopyable, Hashable, Sendable {
    /// As a number (127.0.0.1 is 0x7f000001).
    case ipv4(UInt32)
    /// As two numbers, most significant first.
    case ipv6(UInt64, UInt64)
    /// A unix socket; written as `unknown` (RFC 7239 section 6.2).
    case unknown

    /// Writes the address as text (RFC 5952 for IPv6), without brackets.
    public func write(into buffer: inout ByteBuffer) {
        switch self {
        case .ipv4(let address):
            buffer.append(decimal: UInt64(address >> 24))
            buffer.append(UInt8(ascii: "."))
            buffer.append(decimal: UInt64(address >> 16 & 255))
            buffer.append(UInt8(ascii: "."))
            buffer.append(decimal: UInt64(address >> 8 & 255))
            buffer.append(UInt8(ascii: "."))
            buffer.append(decimal: UInt64(address & 255))
        case .ipv6(let high, let low):
            Self.write(high, low, into: &buffer)
        case .unknown:
            buffer.append("unknown")
        }
    }

    private static func write(_ high: UInt64, _ low: UInt64, into buffer: inout ByteBuffer) {
        func group(_ index: Int) -> UInt64 {
            (index < 4 ? high >> UInt64(48 - index * 16) : low >> UInt64(112 - index * 16)) & 0xffff
        }
        // The first longest run of two zero groups or more becomes `::` (RFC 5952 section 4.2).
        var longest = 0..<0
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, group(end) == 0 { end += 1 }
            if end - index > max(1, longest.count) { longest = index..<end }
            index = max(end, index + 1)
        }
        index = 0
        while index < 8 {
            if index == longest.lowerBound, !longest.isEmpty {
                buffer.append("::")
                index = longest.upperBound
                continue
            }
            if index > 0, index != longest.upperBound || longest.isEmpty {
                buffer.append(UInt8(ascii: ":"))
            }
            buffer.append(hexadecimal: group(index))
            index += 1
        }
    }
}
