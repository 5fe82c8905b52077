public import Kernel
public import Settings
public import TLS

/// What is asked of a target, and where.
public struct ProbeRequest: Sendable {
    public let address: SocketAddress
    let isTLS: Bool
    /// Our side of TLS; nil where the target is spoken to without it.
    let client: TLSClient?
    /// Whose certificate the target has to show.
    let peerName: PeerName
    /// The request's octets.
    let octets: [UInt8]

    /// A probe of one address of a configured target.
    ///
    /// `Host` is `health.host`, else the first exact name of `hosts`, else the target as it is
    /// configured. `health.port` other than 0 takes the place of the target's own.
    /// `client` is used for targets under https, which fail without it.
    public init(
        service: ServiceSettings, target: TargetAddress, address: SocketAddress,
        client: TLSClient? = nil
    ) {
        let health = service.health
        self.address = Self.address(address, port: health.port)
        isTLS = target.isTLS
        self.client = client
        peerName = service.peerName(of: target)
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
