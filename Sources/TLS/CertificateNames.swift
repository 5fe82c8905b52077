internal import COpenSSL
internal import Kernel

/// The names that a certificate is for: those of its extension subjectAltName, since clients look
/// at nothing else (RFC 9110 section 4.3.4, RFC 9525 section 6).
public struct CertificateNames: Hashable, Sendable {
    /// In lower case, without a dot at the end.
    let exact: Set<String>
    /// Of `*.example.com` the part after the star: one label more is covered.
    let wildcards: Set<String>

    init(exact: Set<String>, wildcards: Set<String>) {
        self.exact = exact
        self.wildcards = wildcards
    }

    // SAFETY: the certificate is the caller's and is only looked at.
    init(_ certificate: OpaquePointer) {
        var exact: Set<String> = []
        var wildcards: Set<String> = []
        if let names = unsafe co_names(certificate) {
            defer { unsafe co_free_names(names) }
            for index in 0..<(unsafe co_names_count(names)) {
                var count: CInt = 0
                var isAddress: CInt = 0
                guard let octets = unsafe co_name(names, index, &count, &isAddress) else {
                    continue
                }
                // SAFETY: OpenSSL gives `count` octets that live as long as `names`.
                let octetsRead = unsafe [UInt8](
                    UnsafeBufferPointer(start: octets, count: Int(max(0, count))))
                let name =
                    isAddress == 1
                    ? Self.address(octetsRead)
                    : Self.normal(String(decoding: octetsRead, as: UTF8.self))
                guard let name, !name.isEmpty else { continue }
                if name.hasPrefix("*.") {
                    wildcards.insert(String(name.dropFirst(2)))
                } else {
                    exact.insert(name)
                }
            }
        }
        self.init(exact: exact, wildcards: wildcards)
    }

    public var isEmpty: Bool { exact.isEmpty && wildcards.isEmpty }

    /// All names, sorted, as an operator would write them.
    public var all: [String] { (exact + wildcards.map { "*.\($0)" }).sorted() }

    /// `host` without a port, in any case. A pattern `*.example.com` of the configuration is
    /// covered by the same pattern only.
    public func cover(_ host: String) -> Bool {
        let host = Self.normal(host)
        if host.hasPrefix("*.") { return wildcards.contains(String(host.dropFirst(2))) }
        if exact.contains(host) { return true }
        guard let dot = host.firstIndex(of: "."), dot != host.startIndex else { return false }
        return wildcards.contains(String(host[host.index(after: dot)...]))
    }

    /// Lower case of ASCII, no dot at the end.
    static func normal(_ name: String) -> String {
        var octets = name.utf8.map { 0x41...0x5a ~= $0 ? $0 | 0x20 : $0 }
        if octets.last == 0x2e { octets.removeLast() }
        return String(decoding: octets, as: UTF8.self)
    }

    private static func address(_ octets: [UInt8]) -> String? {
        func number(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        let address: SocketAddress
        switch octets.count {
        case 4: address = .ipv4(UInt32(number(octets[...])), port: 0)
        case 16: address = .ipv6(number(octets[..<8]), number(octets[8...]), port: 0)
        case _: return nil
        }
        // Without the port and the brackets that go with it.
        let text = address.description
        return String(text.dropLast(2)).trimmingBrackets
    }
}

extension String {
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self
    }
}
