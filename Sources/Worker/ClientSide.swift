import Board
import Bytes
import Exchange
import HTTP
import HTTP1
import Kernel

/// What comes from clients.
extension Worker {
    /// Reads of one connection a turn, so that no client keeps the others waiting.
    private static let readsAtOnce = 4

    mutating func clientEvent(_ handle: Handle, _ event: Poller.Event) {
        if event.isWritable, clients[handle].interest.contains(.writable) {
            clientWritable(handle)
        }
        guard clients.contains(handle) else { return }
        if event.isReadable, clients[handle].interest.contains(.readable) {
            clientReadable(handle)
        } else if event.isBroken {
            clientLeft(handle)
        }
    }

    mutating func clientReadable(_ handle: Handle) {
        if clients[handle].awaitsProxyHeader {
            guard readProxyHeader(handle) else { return }
            // What came behind it may be all there is.
            if clients[handle].tls == nil { drive(handle) }
            guard clients.contains(handle) else { return }
        }
        guard isOpen(handle) else { return }
        for _ in 0..<Self.readsAtOnce {
            // It may have begun to be that with the read before.
            if case .multiplex = clients[handle].stage { return readFrames(handle) }
            clients[handle].input.attach(&core.pool)
            guard clients[handle].input.makeRoom(atLeast: 1) else { return drive(handle) }
            let transfer = clients[handle].receive(&core.pool)
            switch transfer {
            case .moved(let count):
                drive(handle)
                guard clients.contains(handle) else { return }
                guard clients[handle].mayHaveMore(after: count),
                    clients[handle].interest.contains(.readable)
                else { return clients[handle].releaseEmptyBuffers(&core.pool) }
            case .wouldBlock: return clients[handle].releaseEmptyBuffers(&core.pool)
            case .end: return clientEnded(handle)
            case .failed: return clientLeft(handle)
            }
        }
        // Opened already, so that the poller will not tell: the next turn.
        if clients[handle].tls?.hasUnread ?? false { ready.append(handle) }
    }

    /// True once the handshake is complete, and on a plain connection.
    private mutating func isOpen(_ handle: Handle) -> Bool {
        guard let tls = clients[handle].tls, !tls.isAgreed else { return true }
        switch tls.shakeHands(clients[handle].socket.number, &core.pool) {
        case .complete:
            if tls.speaksHTTP2 { beginMultiplex(handle) }
            guard clients.contains(handle) else { return false }
            watchClient(handle)
            return true
        case .underWay:
            watchClient(handle)
            return false
        case .failed:
            close(client: handle)
            return false
        }
    }

    /// Does whatever the octets that are here allow.
    mutating func drive(_ handle: Handle) {
        switch clients[handle].stage {
        case .idle, .head: readHead(handle)
        case .exchange: readBody(handle)
        case .tunnel: carryTunnel(fromClient: handle)
        case .lingering: clients[handle].input.removeAll()
        case .multiplex: takeFrames(handle)
        case .flushing: break
        }
        guard clients.contains(handle) else { return }
        watchClient(handle)
    }

    // MARK: Heads

    private mutating func readHead(_ handle: Handle) {
        guard !clients[handle].input.isEmpty else { return becomeIdle(handle) }
        switch preface(handle) {
        case .other: break
        case .part: return awaitHead(handle)
        case .whole: return beginMultiplex(handle)
        }
        if core.isLogging { clients[handle].noteBegin(core.now) }
        let outcome = clients[handle].parseHead(
            into: &core.fields, core.headLimits)
        switch outcome {
        case .incomplete: awaitHead(handle)
        case .refused(let refusal):
            answer(handle, OwnAnswer(refusal), keeps: false)
        case .complete(let bytes):
            clients[handle].stage = .exchange
            begin(handle, headBytes: bytes)
        }
    }

    private mutating func awaitHead(_ handle: Handle) {
        guard case .idle = clients[handle].stage else { return }
        clients[handle].stage = .head
        arm(client: handle, core.configuration.timeouts.header)
    }

    mutating func becomeIdle(_ handle: Handle) {
        clients[handle].stage = .idle
        clients[handle].progress.rest()
        clients[handle].releaseEmptyBuffers(&core.pool)
        arm(
            client: handle,
            core.isEnding ? Self.nextRequestNanoseconds : core.configuration.timeouts.idle)
    }

    /// A whole valid head is here: which service, what goes upstream, may it start.
    private mutating func begin(_ handle: Handle, headBytes: Int) {
        guard clients[handle].isForThisConnection else {
            _ = clients[handle].takeRequest(headBytes, core: &core)
            return answer(
                handle, OwnAnswer(.noService, status: .misdirectedRequest),
                keeps: clients[handle].head.framing == .none)
        }
        if let port = listenerRules[clients[handle].listener].redirectPort {
            return redirect(handle, headBytes, to: port)
        }
        guard let service = clients[handle].route(routes) else {
            _ = clients[handle].takeRequest(headBytes, core: &core)
            // A body that nobody reads would be taken for the next request.
            return answer(
                handle, OwnAnswer(.noService), keeps: clients[handle].head.framing == .none)
        }
        clients[handle].note?.service = service
        if clients[handle].head.method == .options, clients[handle].head.maxForwards == 0 {
            return answerOptions(handle, headBytes)
        }
        let awaits = clients[handle].takeRequest(headBytes, core: &core)
        if clients[handle].request.hasOverflowed {
            return answer(handle, OwnAnswer(.tooLarge, status: .headTooLarge), keeps: false)
        }
        let head = clients[handle].head
        let action = clients[handle].exchange.begin(
            head.isWrite ? .write : .read, service: service,
            isIdempotent: head.method.isIdempotent && head.upgrade == .none, awaitsBody: awaits,
            now: core.now)
        arm(client: handle, nil)
        perform(action, handle)
    }

    private mutating func answerOptions(_ handle: Handle, _ headBytes: Int) {
        _ = clients[handle].takeRequest(headBytes, core: &core)
        // Content that nobody reads would be taken for the next request.
        let keeps = !core.isEnding && !clients[handle].head.framing.hasContent
        let context = clients[handle].answerContext(core, keeps: keeps)
        clients[handle].output.attach(&core.pool)
        OwnAnswerWriter.writeOptions(context, into: &clients[handle].output)
        clients[handle].status = 204
        clients[handle].stage = .flushing(keeps: context.keepsConnection)
        finishFlushing(handle)
    }

    // MARK: Bodies

    private mutating func readBody(_ handle: Handle) {
        switch clients[handle].exchange.state {
        case .collecting: collectBody(handle)
        case .started, .sent, .reading, .answering, .streaming: sendBody(handle)
        case .held: noteHeldOctets(handle)
        case .idle, .asking: break
        }
    }

    /// A body that is awaited goes behind the head.
    mutating func collectBody(_ handle: Handle) {
        switch clients[handle].collectBody(core.now) {
        case .more: arm(client: handle, core.configuration.timeouts.body)
        case .complete:
            arm(client: handle, nil)
            let action = clients[handle].exchange.bodyCollected()
            perform(action, handle)
        case .refused(let refusal): answer(handle, OwnAnswer(refusal), keeps: false)
        }
    }

    /// A body that was not awaited is passed on as it comes, while the app takes it.
    mutating func sendBody(_ handle: Handle) {
        guard let upstream = clients[handle].upstream, !clients[handle].body.isComplete,
            clients[handle].requestSent == clients[handle].request.count,
            !upstreams[upstream].isDeaf
        else { return }
        let result = Self.pumpBody(&clients[handle], &upstreams[upstream], &core.pool)
        switch result {
        case .passed:
            upstreams[upstream].isRequestSent = clients[handle].body.isComplete
            flushUpstream(upstream)
            guard clients.contains(handle), clients[handle].upstream == upstream else { return }
            armBody(handle, upstream)
            // What was read ahead has gone: the client may send on.
            watchClient(handle)
        case .failed:
            sendingFailed(upstream)
        case .refused(let refusal):
            refuseBody(handle, OwnAnswer(refusal))
        }
    }

    /// The client has so long to send more of a body; while the app does not take what is here,
    /// it is the app that is waited for, and while the client does not take its answer, that.
    private mutating func armBody(_ handle: Handle, _ upstream: Handle) {
        guard !clients[handle].isSendTimed, !upstreams[upstream].isDeaf else { return }
        let isAwaited = !clients[handle].body.isComplete && upstreams[upstream].output.isEmpty
        arm(client: handle, isAwaited ? core.configuration.timeouts.body : nil)
    }

    /// The request ends before its content does. What was passed on is a part of a request, which
    /// must not look complete; neither must an answer that had begun already.
    private mutating func refuseBody(_ handle: Handle, _ refusal: OwnAnswer) {
        let hasBegun = clients[handle].exchange.hasAnswered
        let action = clients[handle].exchange.clientLeft()
        perform(action, handle)
        guard clients.contains(handle) else { return }
        if hasBegun { return cut(handle) }
        answer(handle, refusal, keeps: false)
    }

    // MARK: The client's end

    /// It ended its side. A request that is complete goes on; everything else is over.
    private mutating func clientEnded(_ handle: Handle) {
        switch clients[handle].stage {
        case .tunnel:
            clients[handle].hasEnded = true
            watchClient(handle)
            return endTunnel(fromClient: handle)
        case .exchange:
            switch clients[handle].exchange.state {
            case .started, .sent, .reading, .answering, .streaming:
                guard clients[handle].isRequestRead else { return clientLeft(handle) }
                clients[handle].hasEnded = true
                watchClient(handle)
            case .idle, .collecting, .asking, .held: clientLeft(handle)
            }
        case .flushing:
            clients[handle].hasEnded = true
            watchClient(handle)
        case .idle, .head, .lingering, .multiplex: close(client: handle)
        }
    }

    /// It is gone.
    mutating func clientLeft(_ handle: Handle) {
        let action = clients[handle].exchange.clientLeft()
        perform(action, handle)
        if clients.contains(handle) { close(client: handle) }
    }

    mutating func clientTimedOut(_ handle: Handle) {
        switch clients[handle].stage {
        case .idle, .lingering:
            clients[handle].tls?.end(clients[handle].socket.number, &core.pool)
            close(client: handle)
        case .head: answer(handle, OwnAnswer(.requestTimeout), keeps: false)
        case .tunnel: closeTunnel(handle)
        case .multiplex: linkTimedOut(handle)
        case .flushing:
            // It takes nothing: what it has of the answer must not look complete.
            Socket.setResetOnClose(clients[handle].socket.number)
            close(client: handle)
        case .exchange:
            if !clients[handle].output.isEmpty {
                Socket.setResetOnClose(clients[handle].socket.number)
                return clientLeft(handle)
            }
            refuseBody(handle, OwnAnswer(.requestTimeout))
        }
    }

    /// Frees everything that belongs to the connection.
    mutating func close(client handle: Handle) {
        logLeft(handle)
        if let link = clients[handle].http2 { leaveStreams(link) }
        let listener = clients[handle].listener
        core.answersBuffered -= clients[handle].outputNoted
        var connection = clients.remove(handle)
        connection.tls?.release(&core.pool)
        connection.input.release(to: &core.pool)
        connection.output.release(to: &core.pool)
        connection.request.release(to: &core.pool)
        connection.http2?.release(&core.pool)
        if let stream = connection.stream { return stream.leave() }
        core.board.adjustConnections(slot: core.slot, listener: listener, by: -1)
    }

    // MARK: What is waited for

    /// Sets the client's deadline so many nanoseconds from now; nil: none.
    mutating func arm(client handle: Handle, _ nanoseconds: UInt64?) {
        let deadline = nanoseconds.map { core.now.advanced(byNanoseconds: $0) } ?? .never
        core.wheel.set(&clients[handle].timer, to: deadline, for: handle)
    }

    /// Reads on while there is use for it, writes while something waits.
    mutating func watchClient(_ handle: Handle) {
        if clients[handle].stream != nil { return openWindow(handle) }
        var wanted: Poller.Interest = []
        if clients[handle].wantsOctets, !clients[handle].hasEnded {
            let blocked = clients[handle].upstream.map { upstreams[$0].output.count } ?? 0
            if blocked < UpstreamConnection.outputHigh { wanted.insert(.readable) }
        }
        if clients[handle].hasToSend { wanted.insert(.writable) }
        if let tls = clients[handle].tls, wanted.contains(.readable),
            !clients[handle].interest.contains(.readable), tls.hasUnread
        {
            ready.append(handle)
        }
        let socket = clients[handle].socket.number
        core.watch(socket, &clients[handle].interest, wanted, handle)
    }
}
