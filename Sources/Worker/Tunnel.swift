import Board
import Bytes
import Exchange
import HTTP
import Kernel

/// After a 101 that was asked for: octets both ways, unread.
extension Worker {
    mutating func beginTunnel(_ client: Handle, _ upstream: Handle) {
        let exchange = clients[client].exchange
        guard case .answering(let color) = exchange.state else { return }
        core.board.becomeStream(
            exchange.kind, service: exchange.service, slot: core.slot, color: color)
        queues[exchange.service].noteFinished()
        clients[client].exchange.becameStream()
        clients[client].stage = .tunnel
        upstreams[upstream].stage = .tunnel
        carryTunnel(fromClient: client)
    }

    mutating func carryTunnel(fromClient client: Handle) {
        guard let upstream = clients[client].upstream else { return }
        clients[client].note?.tunnelBytes &+= UInt64(clients[client].input.count)
        upstreams[upstream].output.append(clients[client].input)
        clients[client].input.removeAll()
        armTunnel(client, upstream)
        flushUpstream(upstream)
    }

    mutating func carryTunnel(fromUpstream upstream: Handle) {
        guard let client = upstreams[upstream].client else { return }
        clients[client].note?.responseBytes &+= UInt64(upstreams[upstream].input.count)
        clients[client].output.append(upstreams[upstream].input)
        upstreams[upstream].input.removeAll()
        armTunnel(client, upstream)
        flushClient(client)
        if upstreams.contains(upstream) { watchUpstream(upstream) }
    }

    private mutating func armTunnel(_ client: Handle, _ upstream: Handle) {
        arm(client: client, core.configuration.timeouts.tunnel)
        arm(upstream: upstream, nil)
    }

    /// One side has ended: what it sent is delivered, and the other side is told.
    mutating func endTunnel(fromClient client: Handle) {
        guard let upstream = clients[client].upstream else { return close(client: client) }
        flushUpstream(upstream)
        guard upstreams.contains(upstream) else { return }
        Socket.shutdownWriting(upstreams[upstream].socket.number)
    }

    mutating func endTunnel(fromUpstream upstream: Handle) {
        guard let client = upstreams[upstream].client else { return discardLinked(upstream) }
        flushClient(client)
        guard clients.contains(client) else { return }
        let exchange = clients[client].exchange
        if case .endStream(let color) = clients[client].exchange.answerEnded() {
            core.board.endStream(service: exchange.service, slot: core.slot, color: color)
        }
        closeUpstream(of: client)
        clients[client].stage = .flushing(keeps: false)
        finishFlushing(client)
    }

    /// Nothing went either way for too long, or it has to end now.
    mutating func closeTunnel(_ client: Handle) {
        clientLeft(client)
    }
}
