import Board
import Bytes
import Exchange
import HTTP
import HTTP1
import Kernel

/// What goes to clients, and how requests end.
extension Worker {
    /// The app's last octet was read: the request is over, whatever the client still has to take.
    /// `consumed`: octets of the content's end that are still in the input, trailers among them.
    mutating func answerEnded(_ handle: Handle, consuming consumed: Int = 0) {
        if let client = upstreams[handle].client, upstreams[handle].clientFraming == .chunked {
            upstreams[handle].finishChunks(into: &clients[client].output)
        }
        if let client = upstreams[handle].client { keepTrailers(of: handle, for: client) }
        upstreams[handle].input.consume(consumed)
        let kind = upstreams[handle].abandoned?.kind
        guard let client = upstreams[handle].client else {
            if let kind {
                let service = upstreams[handle].service
                giveBack(kind, service, upstreams[handle].color)
                core.board.count(.finished, service: service, slot: core.slot)
            }
            upstreams[handle].abandoned = nil
            return putBack(handle)
        }
        clients[client].note?.endAt = core.now
        finish(client)
        clients[client].upstream = nil
        putBack(handle)
        let keeps = clients[client].keepsAfterAnswer && clients[client].isRequestRead
        clients[client].stage = .flushing(keeps: keeps)
        finishFlushing(client)
    }

    mutating func finish(_ client: Handle) {
        let exchange = clients[client].exchange
        let action = clients[client].exchange.answerEnded()
        switch action {
        case .finish(let color):
            giveBack(exchange.kind, exchange.service, color)
            core.board.count(.finished, service: exchange.service, slot: core.slot)
            countAnswer(client, exchange, color)
        case .endStream(let color):
            core.board.endStream(
                exchange.kind, service: exchange.service, slot: core.slot, color: color)
        case .none, .collect, .ask, .wait, .start, .retry, .refuse, .refuseAndAbandon, .cut,
            .cutAndAbandon, .leave, .abandon:
            break
        }
    }

    /// A stream's is counted with its head: it may last for hours, and end in many ways.
    mutating func countAnswer(_ client: Handle, _ exchange: Exchange, _ color: Color) {
        core.board.countAnswer(
            service: exchange.service, slot: core.slot, color: color,
            status: clients[client].status,
            nanoseconds: Instant.now.nanoseconds(since: exchange.begin))
        core.board.countOutcome(
            service: exchange.service, slot: core.slot, color: color,
            isFailure: clients[client].status >= 500)
    }

    /// Answers ourselves. `keeps`: the connection may go on, where nothing of the request is left
    /// unread.
    mutating func answer(_ handle: Handle, _ answer: OwnAnswer, keeps: Bool) {
        let mayKeep = keeps && !core.isEnding && clients[handle].isRequestRead
        let context = clients[handle].answerContext(core, keeps: mayKeep)
        clients[handle].output.attach(&core.pool)
        let before = clients[handle].output.count
        OwnAnswerWriter.write(
            answer, isHTML: clients[handle].head.acceptsHTML, context,
            into: &clients[handle].output)
        clients[handle].noteOwnAnswer(answer, from: before)
        let exchange = clients[handle].exchange
        countOwnAnswer(exchange, answer)
        clients[handle].stage = .flushing(keeps: context.keepsConnection)
        finishFlushing(handle)
    }

    /// What reached no service counts for none.
    private func countOwnAnswer(_ exchange: Exchange, _ answer: OwnAnswer) {
        let status = Int(answer.status.rawValue)
        guard exchange.service != Exchange.noService else {
            return core.board.countAnswer(
                service: core.board.unrouted, slot: core.slot, color: .blue, status: status,
                nanoseconds: 0)
        }
        core.board.countAnswer(
            service: exchange.service, slot: core.slot,
            color: core.board.route(exchange.service).active, status: status,
            nanoseconds: core.now.nanoseconds(since: exchange.begin))
    }

    /// Nothing more is added to the answer: once it is taken, on to the next request or to the end.
    mutating func finishFlushing(_ handle: Handle) {
        guard case .flushing(let keeps) = clients[handle].stage else { return }
        switch clients[handle].flush(&core.pool) {
        case .failed: return close(client: handle)
        case .blocked:
            noteOutput(handle)
            armSend(handle)
            return watchClient(handle)
        case .done: noteOutput(handle)
        }
        clients[handle].isSendTimed = false
        clients[handle].hasServed = true
        logAnswered(handle)
        if clients[handle].stream != nil { return close(client: handle) }
        // Where the head has said that the connection stays, the next request may be on its way.
        guard keeps else { return linger(handle) }
        clients[handle].resetRequest(&core.pool)
        if clients[handle].hasEnded, clients[handle].input.isEmpty {
            return close(client: handle)
        }
        becomeIdle(handle)
        if clients[handle].input.isEmpty {
            watchClient(handle)
        } else {
            // Sent ahead: looked at when this turn is over, not in the depth of this call.
            ready.append(handle)
        }
    }

    /// How long what still comes is read away after our end.
    private static let lingerNanoseconds: UInt64 = 2_000_000_000

    /// Ends our side first, so that the answer is not eaten by a reset (RFC 9112 section 9.6).
    mutating func linger(_ handle: Handle) {
        clients[handle].tls?.end(clients[handle].socket.number, &core.pool)
        if clients[handle].hasEnded { return close(client: handle) }
        Socket.shutdownWriting(clients[handle].socket.number)
        clients[handle].stage = .lingering
        clients[handle].input.removeAll()
        arm(client: handle, Self.lingerNanoseconds)
        watchClient(handle)
    }

    /// Ends a connection so that the answer on it cannot look complete: a reset.
    mutating func cut(_ handle: Handle) {
        clients[handle].note?.isCut = true
        _ = clients[handle].flush(&core.pool)
        Socket.setResetOnClose(clients[handle].socket.number)
        close(client: handle)
    }

    // MARK: Taking and keeping

    mutating func clientWritable(_ handle: Handle) {
        switch clients[handle].stage {
        case .flushing: finishFlushing(handle)
        case .exchange, .tunnel:
            flushClient(handle)
            guard clients.contains(handle), let upstream = clients[handle].upstream else { return }
            watchUpstream(upstream)
        case .idle, .head:
            // Of a handshake, or of an answer that is otherwise complete.
            clientReadable(handle)
            if clients.contains(handle) { watchClient(handle) }
        case .multiplex: flushLink(handle)
        case .lingering: break
        }
    }

    /// Writes what is there of an answer that goes on.
    mutating func flushClient(_ handle: Handle) {
        switch clients[handle].flush(&core.pool) {
        case .failed: return clientLeft(handle)
        case .done: endSendDeadline(handle)
        case .blocked: armSend(handle)
        }
        noteOutput(handle)
        watchClient(handle)
    }

    /// Counts from the last octet that the client took, however much is added meanwhile.
    mutating func armSend(_ handle: Handle) {
        guard !clients[handle].isSendTimed || clients[handle].hasTaken else { return }
        clients[handle].isSendTimed = true
        clients[handle].hasTaken = false
        arm(client: handle, core.configuration.timeouts.send)
    }

    /// The client has taken everything: whatever else is waited for counts again.
    private mutating func endSendDeadline(_ handle: Handle) {
        guard clients[handle].isSendTimed else { return }
        clients[handle].isSendTimed = false
        switch clients[handle].stage {
        case .tunnel: arm(client: handle, core.configuration.timeouts.tunnel)
        case .exchange:
            let isComplete = clients[handle].body.isComplete
            arm(client: handle, isComplete ? nil : core.configuration.timeouts.body)
        case .idle, .head, .flushing, .lingering, .multiplex: break
        }
    }

    mutating func noteOutput(_ handle: Handle) {
        let count = clients[handle].output.count
        var bytes = 0
        if count == 0 {
            clients[handle].output.release(to: &core.pool)
        } else {
            // A buffer that has grown stays so until it is empty.
            bytes = max(clients[handle].outputNoted, WorkerCore.memory(of: count))
        }
        core.answersBuffered += bytes - clients[handle].outputNoted
        clients[handle].outputNoted = bytes
    }
}
