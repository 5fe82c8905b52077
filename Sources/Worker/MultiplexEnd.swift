import Bytes
import HTTP2
import Kernel

/// How long connections that speak HTTP/2 last, and how they end.
extension Worker {
    /// Sets what the connection waits for. A deadline moves only when what it is for changes: else
    /// frames that say nothing would keep a connection for ever.
    mutating func watchLink(_ handle: Handle, _ link: HTTP2Link) {
        if case .end = link.timed { return }
        let wanted: HTTP2Link.Timed
        if clients[handle].hasToSend {
            wanted = .send
        } else if !link.hasBegun || link.session.isInHead {
            wanted = .head
        } else {
            wanted = link.streams.isEmpty ? .idle : .nothing
        }
        if case .send = wanted {
            link.timed = .send
            return armSend(handle)
        }
        clients[handle].isSendTimed = false
        guard wanted != link.timed else { return }
        link.timed = wanted
        let timeouts = core.configuration.timeouts
        switch wanted {
        case .head: arm(client: handle, timeouts.header)
        case .idle: arm(client: handle, timeouts.idle)
        case .nothing, .send, .end: arm(client: handle, nil)
        }
    }

    mutating func linkTimedOut(_ handle: Handle) {
        guard let link = clients[handle].http2 else { return }
        switch link.timed {
        case .send:
            Socket.setResetOnClose(clients[handle].socket.number)
            return close(client: handle)
        case .head, .idle: link.session.end(.none)
        case .end:
            link.timed = .nothing
            link.ending = .last
            link.session.endAfterPresent()
        case .nothing: break
        }
        link.touch()
    }

    /// A client that leaves is told which of its requests is the last one. Up to there they are
    /// answered; a later one, which meets the connection's end, it knows to be unread (RFC 9113
    /// section 6.8).
    func answerGoodbye(_ link: HTTP2Link) {
        guard link.session.isClientLeaving else { return }
        switch link.ending {
        case .last: return
        case .none, .announced: link.ending = .last
        }
        link.session.endAfterPresent()
    }

    /// Nothing more is to come of it.
    func isOver(_ link: HTTP2Link) -> Bool {
        if link.session.isOver { return true }
        switch link.ending {
        case .none, .announced: return false
        case .last: return link.streams.isEmpty
        }
    }

    /// Its frames are sent: the end of the session, then of the socket.
    mutating func endLink(_ handle: Handle, _ link: HTTP2Link) {
        leaveStreams(link)
        guard clients.contains(handle) else { return }
        linger(handle)
    }

    /// Clients on it have no connection any more.
    mutating func leaveStreams(_ link: HTTP2Link) {
        link.isOver = true
        for handle in link.streams.values where clients.contains(handle) { clientLeft(handle) }
    }

    /// The worker ends: what is on its way is still served, then the client is told which request
    /// was the last one.
    mutating func announceEnd(_ handle: Handle) {
        guard let link = clients[handle].http2, case .none = link.ending else { return }
        link.ending = .announced
        link.session.announceEnd()
        link.timed = .end
        arm(client: handle, Self.nextRequestNanoseconds)
        link.touch()
    }
}
