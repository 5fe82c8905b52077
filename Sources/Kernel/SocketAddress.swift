internal import CKernel
internal import Glibc

/// Where a socket listens or connects to: an IP address and port, or a path.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as a number (127.0.0.1 is 0x7f000001).
    case ipv4(UInt32, port: UInt16)
    /// The address as two numbers, most significant first.
    case ipv6(UInt64, UInt64, port: UInt16)
    /// 107 octets at most (unix(7): sun_path with its NUL is 108).
    case unix(path: String)

    public static let unixPathBytesMax = 107

    /// `127.0.0.1:80`, `[::1]:80`, `:80` (every address of both families) or `unix:/path`; nil for
    /// anything else, a host name included.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty, path.utf8.count <= Self.unixPathBytesMax, !path.contains("\0")
            else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            let port = UInt16(digits)
        else { return nil }
        let host = text[..<colon]
        if host.isEmpty {
            self = .ipv6(0, 0, port: port)
        } else if host.hasPrefix("["), host.hasSuffix("]") {
            self.init(host: String(host.dropFirst().dropLast()), port: port)
            guard case .ipv6 = self else { return nil }
        } else {
            self.init(host: String(host), port: port)
            guard case .ipv4 = self else { return nil }
        }
    }

    /// A literal IPv4 or IPv6 address without brackets; nil for anything else.
    public init?(host: String, port: UInt16) {
        var four = in_addr()
        var six = in6_addr()
        if unsafe inet_pton(AF_INET, host, &four) == 1 {
            self = .ipv4(UInt32(bigEndian: four.s_addr), port: port)
        } else if unsafe inet_pton(AF_INET6, host, &six) == 1 {
            // SAFETY: in6_addr is 16 plain octets, read in place.
            let (high, low) = unsafe withUnsafeBytes(of: &six) {
                unsafe (
                    $0.loadUnaligned(as: UInt64.self),
                    $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                )
            }
            self = .ipv6(UInt64(bigEndian: high), UInt64(bigEndian: low), port: port)
        } else {
            return nil
        }
    }

    public var port: UInt16? {
        switch self {
        case .ipv4(_, let port), .ipv6(_, _, let port): port
        case .unix: nil
        }
    }

    /// The address without the port: `127.0.0.1`, `::1`, the path.
    public var host: String {
        switch self {
        case .ipv4(let address, _):
            return "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
        case .ipv6(let high, let low, _):
            var octets = [high.bigEndian, low.bigEndian]
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            _ = unsafe inet_ntop(AF_INET6, &octets, &text, socklen_t(text.count))
            return String(decodingNulTerminated: text)
        case .unix(let path):
            return path
        }
    }

    /// The text that `init(_:)` reads.
    public var description: String {
        switch self {
        case .ipv4(_, let port): "\(host):\(port)"
        case .ipv6(_, _, let port): "[\(host)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    var family: CInt {
        switch self {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// Calls with the kernel's form of the address, valid during the call.
    func withSockaddr<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var storage = sockaddr_storage()
        // SAFETY: sockaddr_storage is large and aligned enough for every family (POSIX), and
        // `storage` outlives the call.
        return unsafe withUnsafeMutablePointer(to: &storage) { storage in
            let raw = UnsafeMutableRawPointer(storage)
            let length: Int
            switch self {
            case .ipv4(let address, let port):
                var four = sockaddr_in()
                four.sin_family = sa_family_t(AF_INET)
                four.sin_port = port.bigEndian
                four.sin_addr.s_addr = address.bigEndian
                unsafe raw.storeBytes(of: four, as: sockaddr_in.self)
                length = MemoryLayout<sockaddr_in>.size
            case .ipv6(let high, let low, let port):
                var six = sockaddr_in6()
                six.sin6_family = sa_family_t(AF_INET6)
                six.sin6_port = port.bigEndian
                unsafe withUnsafeMutableBytes(of: &six.sin6_addr) {
                    unsafe $0.storeBytes(of: high.bigEndian, as: UInt64.self)
                    unsafe $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
                }
                unsafe raw.storeBytes(of: six, as: sockaddr_in6.self)
                length = MemoryLayout<sockaddr_in6>.size
            case .unix(let path):
                let offset = 2  // sun_path follows the 16-bit family
                unsafe raw.storeBytes(of: sa_family_t(AF_UNIX), as: sa_family_t.self)
                var count = 0
                for octet in path.utf8.prefix(Self.unixPathBytesMax) {
                    unsafe raw.storeBytes(of: octet, toByteOffset: offset + count, as: UInt8.self)
                    count += 1
                }
                length = offset + count + 1
            }
            return unsafe body(
                UnsafePointer(raw.assumingMemoryBound(to: sockaddr.self)), socklen_t(length))
        }
    }

    /// Reads back what the kernel filled in; nil for another family.
    static func read(_ storage: inout sockaddr_storage) -> SocketAddress? {
        // SAFETY: the family says which of the layouts the kernel wrote.
        unsafe withUnsafeBytes(of: &storage) { raw in
            switch CInt(unsafe raw.load(as: sa_family_t.self)) {
            case AF_INET:
                let four = unsafe raw.load(as: sockaddr_in.self)
                return .ipv4(
                    UInt32(bigEndian: four.sin_addr.s_addr), port: UInt16(bigEndian: four.sin_port))
            case AF_INET6:
                let high = unsafe UInt64(bigEndian: raw.load(fromByteOffset: 8, as: UInt64.self))
                let low = unsafe UInt64(bigEndian: raw.load(fromByteOffset: 16, as: UInt64.self))
                let port = unsafe UInt16(bigEndian: raw.load(fromByteOffset: 2, as: UInt16.self))
                // An IPv4 client of a socket for both families (RFC 4291 section 2.5.5.2).
                if high == 0, low >> 32 == 0xffff {
                    return .ipv4(UInt32(truncatingIfNeeded: low), port: port)
                }
                return .ipv6(high, low, port: port)
            case AF_UNIX:
                return .unix(path: "")
            default:
                return nil
            }
        }
    }
}
