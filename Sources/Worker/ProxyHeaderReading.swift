import Bytes
import HTTP
import Kernel

/// Connections that a load balancer introduces before their first octet.
///
/// Only a trusted peer may, and it must: what it does not say would be taken for its own. Everybody
/// else is a client like on any listener, and such a header is no request.
extension Worker {
    /// True once the header has come; false where more is to be waited for, or nothing is left.
    mutating func readProxyHeader(_ handle: Handle) -> Bool {
        clients[handle].input.attach(&core.pool)
        let socket = clients[handle].socket.number
        guard clients[handle].input.makeRoom(atLeast: 1) else {
            close(client: handle)
            return false
        }
        let transfer = clients[handle].input.receive {
            Socket.receive("worker.receive.client", from: socket, into: &$0)
        }
        switch transfer {
        case .moved: break
        case .wouldBlock: return false
        case .end, .failed:
            close(client: handle)
            return false
        }
        switch ProxyHeader.parse(clients[handle].input) {
        case .incomplete: return false
        case .refused:
            close(client: handle)
            return false
        case .complete(let count, let client):
            clients[handle].introduced(as: client, count, core.configuration.trusted)
            return true
        }
    }
}

extension ClientConnection {
    /// The octets behind the header are the client's first: sealed ones on a TLS listener.
    fileprivate mutating func introduced(
        as client: PeerAddress?, _ headerBytes: Int, _ trusted: [WorkerConfiguration.TrustedRange]
    ) {
        awaitsProxyHeader = false
        input.consume(headerBytes)
        if let client {
            peer = client
            isTrusted = trusted.contains { $0.contains(client) }
        }
        guard let tls else { return }
        tls.begin(with: input)
        input.removeAll()
    }
}
