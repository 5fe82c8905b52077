public import Kernel

/// Where a target is reached: `127.0.0.1:5001`, `[::1]:5001`, `app-blue:5001`,
/// `https://app-blue:5443` or `unix:/run/app.sock`.
public struct TargetAddress: Hashable, Sendable {
    public enum Endpoint: Hashable, Sendable {
        case address(SocketAddress)
        /// Resolved by the controller, never in a worker. In lower case.
        case name(String, port: UInt16)
    }

    public var endpoint: Endpoint
    /// `https://`.
    public var isTLS: Bool

    public init(endpoint: Endpoint, isTLS: Bool) {
        self.endpoint = endpoint
        self.isTLS = isTLS
    }

    public static let expected = "host:port, https://host:port or unix:/path"
}

extension TargetAddress: LosslessStringConvertible {
    /// nil where it is none of the forms, the port is 0, or the name is no host name.
    public init?(_ text: String) {
        let scheme = "https://"
        let isTLS = text.hasPrefix(scheme)
        let rest = isTLS ? String(text.dropFirst(scheme.count)) : text
        if let address = SocketAddress(rest) {
            // ":80" is a listener's form: it names no host. A unix socket carries no https here.
            guard address.port != 0, !rest.hasPrefix(":"), !(isTLS && address.port == nil) else {
                return nil
            }
            if case .unix(let path) = address, !path.hasPrefix("/") { return nil }
            self.init(endpoint: .address(address), isTLS: isTLS)
            return
        }
        guard let colon = rest.lastIndex(of: ":"), let name = HostName(String(rest[..<colon]))
        else {
            return nil
        }
        let digits = rest[rest.index(after: colon)...]
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(digits), port > 0
        else { return nil }
        self.init(endpoint: .name(name.text, port: port), isTLS: isTLS)
    }

    public var description: String {
        let scheme = isTLS ? "https://" : ""
        switch endpoint {
        case .address(let address): return "\(scheme)\(address)"
        case .name(let name, let port): return "\(scheme)\(name):\(port)"
        }
    }
}

/// A host name as RFC 1123 section 2.1 has it, and with `_`, which container names use.
struct HostName: Hashable {
    /// In lower case, without a final dot.
    let text: String

    static let lengthMax = 253

    init?(_ text: String) {
        let lower = text.lowercased()
        let name = lower.hasSuffix(".") ? String(lower.dropLast()) : lower
        guard !name.isEmpty, name.utf8.count <= Self.lengthMax else { return nil }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        // Digits only is a damaged IPv4 address, never a name (RFC 1123 section 2.1).
        guard labels.allSatisfy(Self.isLabel), labels.last?.allSatisfy(\.isNumber) == false else {
            return nil
        }
        self.text = name
    }

    private static func isLabel(_ label: Substring) -> Bool {
        1...63 ~= label.utf8.count && label.first != "-" && label.last != "-"
            && label.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
            }
    }
}
