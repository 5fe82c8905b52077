public import Kernel
public import Settings

/// What is asked of a target, and where.
public struct ProbeRequest: Hashable, Sendable {
    public let address: SocketAddress
    /// Spoken to over TLS.
    let isTLS: Bool
    /// The request's octets.
    let octets: [UInt8]

    /// A probe of one address of a configured target.
    ///
    /// `Host` is `health.host`, else the first exact name of `hosts`, else the target as it is
    /// configured. `health.port` other than 0 takes the place of the target's own.
    public init(service: ServiceSettings, target: TargetAddress, address: SocketAddress) {
        let health = service.health
        self.address = Self.address(address, port: health.port)
        isTLS = target.isTLS
        let host =
            health.host.isEmpty
            ? service.hosts.first { !$0.hasPrefix("*") } ?? Self.host(of: target) : health.host
        octets = Array(
            """
            GET \(health.path) HTTP/1.1\r
            Host: \(host)\r
            User-Agent: bascule\r
            Accept: application/json, */*\r
            Connection: close\r
            \r

            """.utf8)
    }

    private static func address(_ address: SocketAddress, port: UInt16) -> SocketAddress {
        guard port != 0 else { return address }
        switch address {
        case .ipv4(let number, _): return .ipv4(number, port: port)
        case .ipv6(let high, let low, _): return .ipv6(high, low, port: port)
        case .unix: return address
        }
    }

    private static func host(of target: TargetAddress) -> String {
        switch target.endpoint {
        case .name(let name, let port): "\(name):\(port)"
        case .address(.unix): "localhost"
        case .address(let address): address.description
        }
    }
}
