import Bytes

/// Which hosts and paths belong to a service.
public struct ServiceRoute: Hashable, Sendable {
    /// `*`, `*.suffix` or an exact name, in any case.
    public let hosts: [String]
    /// Prefixes that begin and end with a slash.
    public let paths: [String]

    public init(hosts: [String], paths: [String]) {
        self.hosts = hosts
        self.paths = paths
    }
}

/// Finds the service of a request: the most exact host first, then the longest path prefix there.
///
/// Immutable: a new configuration is a new table, swapped whole.
public struct RouteTable: Sendable {
    private struct Path: Sendable {
        let prefix: [UInt8]
        let service: Int
    }

    /// One host pattern and what is behind it, the longest prefix first.
    private struct Host: Sendable {
        /// Lower case; of `*.suffix` the part from the dot on, of `*` nothing.
        let name: [UInt8]
        let isExact: Bool
        var paths: [Path]
    }

    /// In the order in which they are tried: exact names, then suffixes from the longest to `*`.
    private let hosts: [Host]

    /// `services` in the order of the board.
    public init(_ services: [ServiceRoute]) {
        var hosts: [String: Host] = [:]
        for (service, route) in services.enumerated() {
            let paths = route.paths.map { Path(prefix: Array($0.utf8), service: service) }
            for pattern in route.hosts.map({ $0.lowercased() }) {
                hosts[pattern, default: Self.host(pattern)].paths += paths
            }
        }
        self.hosts = hosts.values.map { host in
            var host = host
            host.paths.sort { $0.prefix.count > $1.prefix.count }
            return host
        }.sorted { left, right in
            left.isExact != right.isExact ? left.isExact : left.name.count > right.name.count
        }
    }

    private static func host(_ pattern: String) -> Host {
        let isExact = !pattern.hasPrefix("*")
        return Host(
            name: Array((isExact ? pattern : String(pattern.dropFirst())).utf8), isExact: isExact,
            paths: [])
    }

    /// `host` without port, as the client sent it; an empty `path` means `/`. nil where no service
    /// is configured for them.
    public func service(host: RawSpan, path: RawSpan) -> Int? {
        for index in hosts.indices where Self.matches(hosts[index], host) {
            for candidate in hosts[index].paths where Self.begins(path, with: candidate.prefix) {
                return candidate.service
            }
            // The host decided; a less exact one would be another site.
            return nil
        }
        return nil
    }

    private static func matches(_ pattern: borrowing Host, _ host: RawSpan) -> Bool {
        let name = pattern.name.span.octets
        // A final dot names the root, and the same host (RFC 9110 section 4.2.3, RFC 3986 3.2.2).
        var count = host.byteCount
        if count > 1, host[octet: count - 1] == UInt8(ascii: ".") { count -= 1 }
        let host = host.extracting(0..<count)
        if pattern.isExact { return host.equalsIgnoringCase(name) }
        // `*.example.com` needs something before the dot.
        guard count > name.byteCount || name.isEmpty else { return false }
        return host.suffix(from: count - name.byteCount).equalsIgnoringCase(name)
    }

    private static func begins(_ path: RawSpan, with prefix: [UInt8]) -> Bool {
        if prefix.count == 1 { return true }
        guard path.byteCount >= prefix.count else { return false }
        for index in prefix.indices where path[octet: index] != prefix[index] { return false }
        return true
    }
}
