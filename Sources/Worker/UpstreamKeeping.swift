import Board
import Bytes
import Exchange
import HTTP
import HTTP1
import Kernel

/// Keeping, giving up and closing connections to targets.
extension Worker {
    /// The answer is complete. The connection is kept where nothing surplus came, all of the
    /// request is out, and its target still serves (RFC 9112 section 9.3).
    mutating func putBack(_ handle: Handle) {
        unlink(handle)
        let service = upstreams[handle].service
        let color = upstreams[handle].color
        let pool = service * 2 + Int(color.rawValue)
        let mayKeep =
            upstreams[handle].keepsConnection && upstreams[handle].isRequestSent
            && upstreams[handle].input.isEmpty && upstreams[handle].output.isEmpty
            && !upstreams[handle].isDeaf
            && !core.isEnding && core.board.route(service).active == color
            && pools[pool].targets[upstreams[handle].target].isPresent
        guard mayKeep else { return discard(handle) }
        upstreams[handle].stage = .idle
        upstreams[handle].input.release(to: &core.pool)
        upstreams[handle].output.release(to: &core.pool)
        pools[pool].keep(handle, at: upstreams[handle].target)
        core.board.adjust(color.idleGauge, service: service, slot: core.slot, by: 1)
        arm(upstream: handle, core.configuration.timeouts.upstreamIdle)
        watchUpstream(handle)
    }

    /// It works on nothing any more.
    private mutating func unlink(_ handle: Handle) {
        let service = upstreams[handle].service
        let color = upstreams[handle].color
        pools[service * 2 + Int(color.rawValue)].adjustBusy(upstreams[handle].target, by: -1)
        core.board.adjust(color.busyGauge, service: service, slot: core.slot, by: -1)
        if let client = upstreams[handle].client { clients[client].upstream = nil }
        upstreams[handle].client = nil
    }

    /// Closes a connection that works on nothing.
    mutating func discard(_ handle: Handle) {
        var connection = upstreams.remove(handle)
        connection.tls?.end(connection.socket.number, &core.pool)
        connection.tls?.release(&core.pool)
        connection.input.release(to: &core.pool)
        connection.output.release(to: &core.pool)
    }

    mutating func discardLinked(_ handle: Handle) {
        unlink(handle)
        discard(handle)
    }

    /// It is of no use any more; whoever waits for it is told.
    mutating func upstreamFailed(_ handle: Handle, _ failure: Exchange.Failure) {
        let client = upstreams[handle].client
        if let client, !upstreams[handle].isReused { avoid(upstreams[handle].place, client) }
        if let abandoned = upstreams[handle].abandoned {
            giveBack(abandoned.kind, upstreams[handle].service, upstreams[handle].color)
        }
        discardLinked(handle)
        if let client { failed(client, failure) }
    }

    /// Nobody waits for the answer any more. The request stays counted until the app has answered
    /// or closed, which is looked for as long as an answer may take.
    mutating func abandonUpstream(of client: Handle) {
        guard let handle = clients[client].upstream else { return }
        let exchange = clients[client].exchange
        clients[client].upstream = nil
        upstreams[handle].client = nil
        if case .tunnel = upstreams[handle].stage { return discardLinked(handle) }
        guard clients[client].requestSent > 0 else {
            // Nothing of it was sent: there is nothing to wait for.
            giveBack(exchange.kind, exchange.service, upstreams[handle].color)
            return discardLinked(handle)
        }
        upstreams[handle].abandoned = abandoned(client, exchange, upstreams[handle].color)
        if !upstreams[handle].isRequestSent {
            // What is missing will never come; the app is shown so.
            upstreams[handle].endSending(&core.pool)
            upstreams[handle].output.removeAll()
        }
        arm(upstream: handle, core.configuration.timeouts.response)
        watchUpstream(handle)
        if upstreams.contains(handle) { readAnswer(handle) }
    }

    /// Of a stream that is over on the client's side.
    mutating func closeUpstream(of client: Handle) {
        guard let handle = clients[client].upstream else { return }
        discardLinked(handle)
    }

    mutating func flushUpstream(_ handle: Handle) {
        switch upstreams[handle].flush(&core.pool) {
        case .failed: return sendingFailed(handle)
        case .done: endSendDeadline(upstream: handle)
        case .blocked: armSend(upstream: handle)
        }
        watchUpstream(handle)
    }

    /// Counts from the last octet that the app took, however much is added meanwhile.
    mutating func armSend(upstream handle: Handle) {
        guard !upstreams[handle].isSendTimed || upstreams[handle].hasTaken else { return }
        upstreams[handle].isSendTimed = true
        upstreams[handle].hasTaken = false
        arm(upstream: handle, core.configuration.timeouts.send)
    }

    /// The app has taken everything that is here: it is given time to answer once the request is
    /// out, and waits for the client otherwise. A tunnel's deadline is its client's.
    private mutating func endSendDeadline(upstream handle: Handle) {
        let wasTimed = upstreams[handle].isSendTimed
        upstreams[handle].isSendTimed = false
        switch upstreams[handle].stage {
        case .awaitingHead, .body:
            if upstreams[handle].isRequestSent {
                armResponse(handle)
            } else if wasTimed {
                arm(upstream: handle, nil)
            }
        case .tunnel: if wasTimed { arm(upstream: handle, nil) }
        case .connecting, .idle: break
        }
    }

    /// It takes no more of the request. What it has answered may still be there to be read: an app
    /// that refuses an upload says so and closes. What came before anything was sent answers
    /// something else.
    mutating func sendingFailed(_ handle: Handle) {
        if case .tunnel = upstreams[handle].stage { return upstreamFailed(handle, .reset) }
        guard let client = upstreams[handle].client, clients[client].requestSent > 0 else {
            return upstreamFailed(handle, .reset)
        }
        upstreams[handle].isDeaf = true
        upstreams[handle].output.removeAll()
        // Nothing more is awaited of the client.
        if !clients[client].isSendTimed { arm(client: client, nil) }
        armResponse(handle)
        watchUpstream(handle)
        upstreamReadable(handle)
    }

    /// Closes one connection that is only kept; false where there is none.
    @discardableResult
    mutating func closeKeptUpstream() -> Bool {
        for pool in pools.indices {
            guard let kept = pools[pool].takeAnyIdle() else { continue }
            let color: Color = pool % 2 == 0 ? .blue : .green
            core.board.adjust(color.idleGauge, service: pool / 2, slot: core.slot, by: -1)
            discard(kept)
            return true
        }
        return false
    }

    private mutating func avoid(_ place: (pool: Int, target: Int), _ client: Handle) {
        clients[client].avoided = place
    }

    /// Every kept connection of a color that does not serve is closed, and those to addresses that
    /// have left: the board has changed.
    mutating func closeIdleUpstreams() {
        for pool in pools.indices {
            let service = pool / 2
            let color: Color = pool % 2 == 0 ? .blue : .green
            _ = pools[pool].refresh(core.board, service: service, color: color)
            let isActive = core.board.route(service).active == color
            for kept in pools[pool].takeAllIdle(absentOnly: isActive) {
                core.board.adjust(color.idleGauge, service: service, slot: core.slot, by: -1)
                discard(kept)
            }
        }
    }

    // MARK: What is waited for

    mutating func arm(upstream handle: Handle, _ nanoseconds: UInt64?) {
        let deadline = nanoseconds.map { core.now.advanced(byNanoseconds: $0) } ?? .never
        core.wheel.set(&upstreams[handle].timer, to: deadline, for: handle)
    }

    /// The app has so long to say something. An event stream and an answer that its client does
    /// not take are not waited for.
    mutating func armResponse(_ handle: Handle) {
        // Given up already: the bound is not moved.
        guard upstreams[handle].abandoned == nil else { return }
        if let client = upstreams[handle].client,
            case .streaming = clients[client].exchange.state
        {
            return arm(upstream: handle, core.configuration.timeouts.tunnel)
        }
        arm(upstream: handle, core.configuration.timeouts.response)
    }

    /// Reads on while its client keeps up, writes while something waits.
    mutating func watchUpstream(_ handle: Handle) {
        var wanted: Poller.Interest = []
        if case .connecting = upstreams[handle].stage {
            wanted = upstreams[handle].interestWhileConnecting
        } else {
            wanted = .readable
            if upstreams[handle].hasToSend { wanted.insert(.writable) }
            if let client = upstreams[handle].client {
                if clients[client].requestSent < clients[client].request.count,
                    !upstreams[handle].isDeaf
                {
                    wanted.insert(.writable)
                }
                let isReading = upstreams[handle].interest.contains(.readable)
                if !hasRoom(client, isReading: isReading) {
                    wanted.remove(.readable)
                    // The client's own deadline says how long it may take.
                    arm(upstream: handle, nil)
                    noteStandstill(client)
                    if upstreams[handle].input.isEmpty {
                        upstreams[handle].input.release(to: &core.pool)
                    }
                } else if !isReading {
                    armResponseIfSent(handle)
                }
            }
        }
        let socket = upstreams[handle].socket.number
        if upstreams[handle].isSetAside {
            guard wanted.contains(.readable) else { return }
            upstreams[handle].isSetAside = false
            upstreams[handle].interest = wanted
            _ = core.poller.add(socket, wanted, token: handle.rawValue)
            return noteUnread(handle)
        }
        let isNew = wanted.contains(.readable) && !upstreams[handle].interest.contains(.readable)
        core.watch(socket, &upstreams[handle].interest, wanted, handle)
        if isNew { noteUnread(handle) }
    }

    private mutating func armResponseIfSent(_ handle: Handle) {
        if upstreams[handle].isRequestSent { armResponse(handle) }
    }
}
