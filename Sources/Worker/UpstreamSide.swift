import Board
import Bytes
import Exchange
import HTTP
import HTTP1
import Kernel

/// What comes from targets.
extension Worker {
    private static let readsAtOnce = 4

    mutating func upstreamEvent(_ handle: Handle, _ event: Poller.Event) {
        if case .connecting = upstreams[handle].stage { return connected(handle) }
        if upstreams[handle].isStale(turn: core.turn) { return upstreamFailed(handle, .reset) }
        if event.isWritable, upstreams[handle].interest.contains(.writable) {
            upstreamWritable(handle)
        }
        guard upstreams.contains(handle) else { return }
        if event.isReadable, upstreams[handle].interest.contains(.readable) {
            upstreamReadable(handle)
        } else if event.isBroken {
            setAside(handle)
        }
    }

    /// Its client has no room now. Nothing is lost by waiting: what came before the end stays.
    private mutating func setAside(_ handle: Handle) {
        guard !upstreams[handle].isSetAside else { return }
        upstreams[handle].isSetAside = true
        core.poller.remove(upstreams[handle].socket.number)
    }

    private mutating func connected(_ handle: Handle) {
        if Socket.pendingError(upstreams[handle].socket.number) != nil {
            core.board.countConnectFailure()
            return upstreamFailed(handle, .refused)
        }
        guard let client = upstreams[handle].client else { return discardLinked(handle) }
        guard secure(handle) else { return }
        clients[client].note?.connectedAt = core.now
        send(client, handle)
    }

    private mutating func upstreamWritable(_ handle: Handle) {
        guard let client = upstreams[handle].client else { return flushUpstream(handle) }
        guard !upstreams[handle].isDeaf else { return }
        if clients[client].requestSent < clients[client].request.count {
            return send(client, handle)
        }
        flushUpstream(handle)
        passEnd(toUpstream: handle)
        guard upstreams.contains(handle), clients.contains(client) else { return }
        drive(client)
    }

    mutating func upstreamReadable(_ handle: Handle) {
        if case .idle = upstreams[handle].stage { return idleUpstreamReadable(handle) }
        for _ in 0..<Self.readsAtOnce {
            guard let room = makeRoomForAnswer(handle) else {
                return upstreamFailed(handle, .invalid)
            }
            let transfer = upstreams[handle].receive(atMost: room, &core.pool)
            switch transfer {
            case .moved(let count):
                readAnswer(handle)
                guard upstreams.contains(handle), noteRead(handle, count, of: room),
                    upstreams[handle].interest.contains(.readable)
                else { return noteUnread(handle) }
                if case .idle = upstreams[handle].stage { return }
            case .wouldBlock: return upstreams[handle].input.settle(to: &core.pool)
            case .end: return upstreamEnded(handle)
            case .failed: return upstreamFailed(handle, .reset)
            }
        }
        noteUnread(handle)
    }

    /// TLS may still have a ticket to give; whatever else comes makes it useless.
    private mutating func idleUpstreamReadable(_ handle: Handle) {
        guard upstreams[handle].tls != nil, upstreams[handle].isSilent(&core.pool) else {
            return idleUpstreamSpoke(handle)
        }
    }

    /// An answer to no request, or the app closed a connection that was kept: either way it is of
    /// no more use (RFC 9112 section 9.2).
    private mutating func idleUpstreamSpoke(_ handle: Handle) {
        let service = upstreams[handle].service
        let color = upstreams[handle].color
        pools[service * 2 + Int(color.rawValue)].forget(handle, at: upstreams[handle].target)
        core.board.adjust(color.idleGauge, service: service, slot: core.slot, by: -1)
        discard(handle)
    }

    /// Reads heads and content as far as they have come.
    mutating func readAnswer(_ handle: Handle) {
        if let client = upstreams[handle].client { clients[client].exchange.answerBegan() }
        while upstreams.contains(handle) {
            switch upstreams[handle].stage {
            case .awaitingHead:
                guard readAnswerHead(handle) else { return }
            case .body:
                guard readAnswerBody(handle) else { return }
            case .tunnel: return carryTunnel(fromUpstream: handle)
            case .connecting, .idle: return
            }
        }
    }

    // MARK: Heads

    /// False where there is nothing more to do with what is here.
    private mutating func readAnswerHead(_ handle: Handle) -> Bool {
        switch upstreams[handle].parseHead(into: &core.fields) {
        case .incomplete:
            return false
        case .refused:
            upstreamFailed(handle, .invalid)
            return false
        case .complete(let bytes):
            return begin(answer: upstreams[handle].parser.head, handle, bytes)
        }
    }

    private mutating func begin(
        answer head: ResponseHead, _ handle: Handle, _ bytes: Int
    ) -> Bool {
        let client = upstreams[handle].client
        if head.status == .switchingProtocols {
            guard let client, clients[client].head.upgrade == .websocket,
                head.upgrade == .websocket, upstreams[handle].isRequestSent
            else {
                upstreamFailed(handle, .invalid)
                return false
            }
            clients[client].exchange.answerPassed()
            pass(head, from: handle, to: client, bytes, isLast: false)
            beginTunnel(client, handle)
            return upstreams.contains(handle)
        }
        if head.status.isInterim {
            upstreams[handle].interims += 1
            guard upstreams[handle].interims <= Strictness.interimAnswersMax else {
                upstreamFailed(handle, .invalid)
                return false
            }
            if let client, !(head.status == .continue && clients[client].hasContinued) {
                pass(head, from: handle, to: client, bytes, isLast: false)
                // A client that is gone leaves the answer to be read within this call.
                upstreams[handle].parser.reset()
                flushClient(client)
            } else {
                upstreams[handle].input.consume(bytes)
                upstreams[handle].parser.reset()
            }
            return upstreams.contains(handle)
        }
        if let client {
            clients[client].exchange.answerPassed()
            pass(head, from: handle, to: client, bytes, isLast: true)
        } else {
            upstreams[handle].input.consume(bytes)
        }
        upstreams[handle].stage = .body
        upstreams[handle].keepsConnection = head.keepsConnection
        upstreams[handle].body = BodyReader(head.framing, isAnswer: true)
        armResponse(handle)
        if head.isEventStream, let client { becomeStream(client, handle) }
        return true
    }

    /// Writes the head for the client.
    private mutating func pass(
        _ head: ResponseHead, from handle: Handle, to client: Handle, _ bytes: Int, isLast: Bool
    ) {
        // After an answer that came before the request's end nothing can be read from the client
        // as a request any more.
        let keeps = !core.isEnding && clients[client].body.isComplete
        var context = clients[client].answerContext(core, keeps: keeps)
        let service = core.configuration.services[upstreams[handle].service]
        if service.exposesColor { context.color = upstreams[handle].color.word }
        clients[client].output.attach(&core.pool)
        AnswerWriter.write(
            head, core.fields, upstreams[handle].input, context,
            into: &clients[client].output)
        upstreams[handle].input.consume(bytes)
        clients[client].noteHead(head.status, core.now)
        guard isLast else { return }
        upstreams[handle].clientFraming = AnswerWriter.framing(head, context)
        upstreams[handle].passesTrailers = AnswerWriter.passesTrailers(head, context)
        clients[client].keepsAfterAnswer = AnswerWriter.keepsConnection(head, context)
    }

    private mutating func becomeStream(_ client: Handle, _ handle: Handle) {
        let exchange = clients[client].exchange
        guard case .answering(let color) = exchange.state else { return }
        core.board.becomeStream(
            exchange.kind, service: exchange.service, slot: core.slot, color: color)
        countAnswer(client, exchange, color)
        queues[exchange.service].noteFinished()
        clients[client].exchange.becameStream()
        upstreams[handle].events = EventStreamDirection()
    }

    // MARK: Content

    /// False where there is nothing more to do with what is here.
    private mutating func readAnswerBody(_ handle: Handle) -> Bool {
        let step = upstreams[handle].nextContent()
        switch step {
        case .piece(let range):
            guard let client = upstreams[handle].client else {
                upstreams[handle].input.consume(range.upperBound)
                return true
            }
            if upstreams[handle].events != nil { return passEvents(handle, client, range) }
            let isPassed = Self.passContent(
                &upstreams[handle], &clients[client], range)
            guard isPassed else {
                clientLeft(client)
                return upstreams.contains(handle)
            }
            return true
        case .needMore(let consumed):
            upstreams[handle].input.consume(consumed)
            afterContent(handle)
            return false
        case .end(let consumed):
            answerEnded(handle, consuming: consumed)
            return false
        case .refused:
            upstreamFailed(handle, .invalid)
            return false
        }
    }

    /// What is here was read: hand it to the client, and look whether it keeps up.
    private mutating func afterContent(_ handle: Handle) {
        armResponse(handle)
        if let client = upstreams[handle].client { flushClient(client) }
        if upstreams.contains(handle) { watchUpstream(handle) }
    }

    /// The connection ended: that may be the content's end, or cut it off.
    private mutating func upstreamEnded(_ handle: Handle) {
        switch upstreams[handle].stage {
        case .tunnel: endTunnel(fromUpstream: handle)
        case .body:
            switch upstreams[handle].body.peerEnded() {
            // After a reset nobody can tell whether that is all of it.
            case .complete where upstreams[handle].isDeaf: upstreamFailed(handle, .reset)
            case .complete:
                upstreams[handle].keepsConnection = false
                answerEnded(handle)
            case .truncated: upstreamFailed(handle, .reset)
            }
        case .connecting, .idle, .awaitingHead: upstreamFailed(handle, .reset)
        }
    }

    mutating func upstreamTimedOut(_ handle: Handle) {
        switch upstreams[handle].stage {
        case .connecting: upstreamFailed(handle, .connectTimeout)
        case .idle: idleUpstreamSpoke(handle)
        case .tunnel: if let client = upstreams[handle].client { closeTunnel(client) }
        case .awaitingHead, .body:
            guard let client = upstreams[handle].client else {
                return upstreamFailed(handle, .timeout)
            }
            failed(client, .timeout)
        }
    }
}

extension Color {
    /// For X-Bascule-Color.
    var word: StaticString {
        switch self {
        case .blue: "blue"
        case .green: "green"
        }
    }
}

extension UpstreamConnection {
    mutating func parseHead(into fields: inout FieldTable) -> HeadOutcome {
        parser.parse(input, method: method, into: &fields)
    }

    mutating func nextContent() -> BodyStep { body.next(input) }
}
