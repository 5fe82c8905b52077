import Board
import Bytes
import Exchange
import HTTP
import HTTP1
import Kernel

/// After a 101 that was asked for: octets both ways. Their frames are followed, so that the tunnel
/// can be ended between two of them.
extension Worker {
    mutating func beginTunnel(_ client: Handle, _ upstream: Handle) {
        let exchange = clients[client].exchange
        guard case .answering(let color) = exchange.state else { return }
        core.board.becomeStream(
            exchange.kind, service: exchange.service, slot: core.slot, color: color)
        countAnswer(client, exchange, color)
        queues[exchange.service].noteFinished()
        clients[client].exchange.becameStream()
        clients[client].stage = .tunnel
        clients[client].frames = WebSocketDirection()
        upstreams[upstream].stage = .tunnel
        upstreams[upstream].frames = WebSocketDirection()
        carryTunnel(fromClient: client)
    }

    mutating func carryTunnel(fromClient client: Handle) {
        guard let upstream = clients[client].upstream else { return }
        clients[client].note?.tunnelBytes &+= UInt64(clients[client].input.count)
        if clients[client].passFrames(to: &upstreams[upstream].output) {
            WebSocketClose.write(mask: core.nextMask(), into: &upstreams[upstream].output)
        }
        armTunnel(client, upstream)
        flushUpstream(upstream)
        endTunnelIfClosed(client)
    }

    mutating func carryTunnel(fromUpstream upstream: Handle) {
        guard let client = upstreams[upstream].client else { return }
        clients[client].note?.responseBytes &+= UInt64(upstreams[upstream].input.count)
        if upstreams[upstream].passFrames(to: &clients[client].output) {
            WebSocketClose.write(mask: nil, into: &clients[client].output)
        }
        armTunnel(client, upstream)
        flushClient(client)
        if upstreams.contains(upstream) { watchUpstream(upstream) }
        endTunnelIfClosed(client)
    }

    /// A side that does not take what waits for it keeps its own, shorter deadline.
    private mutating func armTunnel(_ client: Handle, _ upstream: Handle) {
        if !clients[client].isSendTimed {
            arm(client: client, core.configuration.timeouts.tunnel)
        }
        if !upstreams[upstream].isSendTimed { arm(upstream: upstream, nil) }
    }

    // MARK: Its end

    /// Ends a tunnel cleanly: after the frames that are under way both sides are told 1001. It is
    /// over when the app has answered or closed, and is ended by force where that takes too long.
    mutating func askTunnelToEnd(_ client: Handle) {
        guard let upstream = clients[client].upstream else { return closeTunnel(client) }
        if clients[client].frames.end() {
            WebSocketClose.write(mask: core.nextMask(), into: &upstreams[upstream].output)
        }
        if upstreams[upstream].frames.end() {
            clients[client].output.attach(&core.pool)
            WebSocketClose.write(mask: nil, into: &clients[client].output)
        }
        flushUpstream(upstream)
        guard clients.contains(client), clients[client].upstream != nil else { return }
        flushClient(client)
        // The app's answer ends it: it is read on, now that it is known what the client has taken.
        if upstreams.contains(upstream) { watchUpstream(upstream) }
        endTunnelIfClosed(client)
    }

    /// The app has nothing more to say, and was told so: then only the client is left, which gets
    /// what waits for it and the end of our side (RFC 6455 section 7.1.1: the server closes first).
    private mutating func endTunnelIfClosed(_ client: Handle) {
        guard clients.contains(client), let upstream = clients[client].upstream,
            clients[client].frames.hasEnded, upstreams[upstream].frames.hasEnded,
            upstreams[upstream].frames.hasClosed, upstreams[upstream].output.isEmpty
        else { return }
        closeTunnel(client)
    }

    /// A stream broke off: visibly, except where it was being ended anyway.
    mutating func endAfterStream(_ client: Handle) {
        guard case .tunnel = clients[client].stage, clients[client].frames.isEnding else {
            return cut(client)
        }
        clients[client].stage = .flushing(keeps: false)
        finishFlushing(client)
    }

    /// One side has ended: what it sent is delivered, and the other side is told.
    mutating func endTunnel(fromClient client: Handle) {
        guard let upstream = clients[client].upstream else { return close(client: client) }
        flushUpstream(upstream)
        passEnd(toUpstream: upstream)
    }

    /// The app is told of the client's end once it has taken all that came before.
    mutating func passEnd(toUpstream upstream: Handle) {
        guard upstreams.contains(upstream), case .tunnel = upstreams[upstream].stage,
            !upstreams[upstream].hasToSend, let client = upstreams[upstream].client,
            clients[client].hasEnded
        else { return }
        upstreams[upstream].endSending(&core.pool)
    }

    mutating func endTunnel(fromUpstream upstream: Handle) {
        guard let client = upstreams[upstream].client else { return discardLinked(upstream) }
        closeTunnel(client)
    }

    /// The app's side is closed, whatever it still says; the client gets what waits for it.
    mutating func closeTunnel(_ client: Handle) {
        let exchange = clients[client].exchange
        if case .endStream(let color) = clients[client].exchange.answerEnded() {
            core.board.endStream(
                exchange.kind, service: exchange.service, slot: core.slot, color: color)
        }
        closeUpstream(of: client)
        clients[client].stage = .flushing(keeps: false)
        // What waits for it has a deadline of its own, whichever stood before.
        clients[client].isSendTimed = false
        finishFlushing(client)
    }
}

extension ClientConnection {
    /// What passes of the client's octets goes to the app. True: our close follows.
    fileprivate mutating func passFrames(to output: inout ByteBuffer) -> Bool {
        let passed = progress.value.frames.pass(input)
        output.append(ByteRange(0, passed.count), of: input)
        input.removeAll()
        return passed.closes
    }
}

extension UpstreamConnection {
    fileprivate mutating func passFrames(to output: inout ByteBuffer) -> Bool {
        let passed = frames.pass(input)
        output.append(ByteRange(0, passed.count), of: input)
        input.removeAll()
        return passed.closes
    }
}
