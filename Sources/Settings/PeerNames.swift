internal import Kernel
public import TLS

extension ServiceSettings {
    /// Whose certificate a target under https has to show: `upstream_tls.name`, else the name or
    /// address that it is reached by.
    public func peerName(of target: TargetAddress) -> PeerName {
        if !upstreamTLS.name.isEmpty { return PeerName(upstreamTLS.name) }
        switch target.endpoint {
        case .name(let name, _): return .host(name)
        case .address(let address): return .address(address.host)
        }
    }
}
