internal import Glibc

/// Names to addresses: getaddrinfo(3), by the system's own rules (/etc/hosts, DNS, and what else
/// nsswitch.conf names).
public enum Resolver {
    /// Every address of a name, in the order of RFC 6724, each once. Never empty.
    ///
    /// It waits, for as long as the system's resolver takes (resolv.conf(5): some ten seconds where
    /// no server answers). Call it on a thread that has nothing else to do.
    public static func addresses(
        _ operation: StaticString, of name: String, port: UInt16
    ) throws(ResolverError) -> [SocketAddress] {
        if let injected = Faults.injected(operation) {
            throw ResolverError(name: name, reason: injected.message)
        }
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        // No IPv6 addresses on a machine that has none, and the other way round.
        unsafe hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(name, "\(port)", &hints, &list)
        guard result == 0 else {
            throw ResolverError(
                name: name, reason: unsafe String(cString: gai_strerror(result)))
        }
        // SAFETY: the list is ours until it is freed, and read only before that.
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe address(entry.pointee), !addresses.contains(address) {
                addresses.append(address)
            }
            unsafe next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else {
            throw ResolverError(name: name, reason: "no IP address")
        }
        return addresses
    }

    private static func address(_ entry: addrinfo) -> SocketAddress? {
        var storage = sockaddr_storage()
        let length = unsafe Int(entry.ai_addrlen)
        guard let source = unsafe entry.ai_addr, length <= MemoryLayout<sockaddr_storage>.size
        else { return nil }
        // SAFETY: the resolver wrote `length` octets, which fit the storage.
        unsafe withUnsafeMutableBytes(of: &storage) {
            unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: source, count: length))
        }
        return SocketAddress.read(&storage)
    }
}

/// A name that could not be resolved.
public struct ResolverError: Error, Hashable, Sendable, CustomStringConvertible {
    public let name: String
    /// In the resolver's words: `Name or service not known`.
    public let reason: String

    public var description: String { "\(name): \(reason)" }
}
