import Board
import Bytes
import Exchange
import HTTP
import HTTP1
import Kernel

/// From a request that is here to one that is on its way: the board, the queue, a target.
extension Worker {
    /// Carries out what an exchange decided.
    mutating func perform(_ action: Exchange.Action, _ handle: Handle) {
        switch action {
        case .none: break
        case .collect:
            if clients[handle].head.expectsContinue { sendContinue(handle) }
            collectBody(handle)
        case .ask: ask(handle)
        case .wait: enqueue(handle)
        case .start(let color): start(handle, color)
        case .retry(let color):
            let exchange = clients[handle].exchange
            core.board.count(.retried, service: exchange.service, slot: core.slot)
            giveBack(exchange.kind, exchange.service, color)
            clients[handle].requestSent = 0
            clients[handle].note?.retries &+= 1
            ask(handle)
        case .refuse(let reason, let color):
            if let color {
                giveBack(clients[handle].exchange.kind, clients[handle].exchange.service, color)
                if reason.status.rawValue != 503 { countFailure(handle, color) }
            }
            answer(handle, ownAnswer(reason, handle), keeps: true)
        case .refuseAndAbandon(let reason, let color):
            countFailure(handle, color)
            abandonUpstream(of: handle)
            answer(handle, OwnAnswer(reason), keeps: true)
        case .cut(let color):
            giveBack(clients[handle].exchange.kind, clients[handle].exchange.service, color)
            countOutcome(handle, color, isFailure: true)
            cut(handle)
        case .cutAndAbandon(let color):
            countOutcome(handle, color, isFailure: true)
            abandonUpstream(of: handle)
            cut(handle)
        case .endStream(let color):
            let exchange = clients[handle].exchange
            core.board.endStream(
                exchange.kind, service: exchange.service, slot: core.slot, color: color)
            closeUpstream(of: handle)
            endAfterStream(handle)
        case .leave: leaveQueue(handle)
        case .abandon: abandonUpstream(of: handle)
        case .finish: break
        }
    }

    /// Asks the board, behind everybody who waits already.
    private mutating func ask(_ handle: Handle) {
        let exchange = clients[handle].exchange
        let action: Exchange.Action
        if !queues[exchange.service].isEmpty, exchange.kind == .write || isHeldWhole(exchange) {
            action = clients[handle].exchange.wait(now: core.now)
        } else {
            let admission = core.board.admit(
                exchange.kind, service: exchange.service, slot: core.slot, now: core.now)
            action = clients[handle].exchange.admitted(admission, now: core.now)
        }
        perform(action, handle)
    }

    /// Reads queue behind the waiting ones except where only writes are held.
    private func isHeldWhole(_ exchange: Exchange) -> Bool {
        core.board.route(exchange.service).phase != .heldWrites
    }

    private mutating func sendContinue(_ handle: Handle) {
        clients[handle].hasContinued = true
        clients[handle].output.attach(&core.pool)
        clients[handle].output.append("HTTP/1.1 100 Continue\r\n\r\n")
        _ = clients[handle].flush(&core.pool)
    }

    /// The count of a request that is over on a color, or that never was.
    mutating func giveBack(_ kind: RequestKind, _ service: Int, _ color: Color) {
        core.board.finish(kind, service: service, slot: core.slot, color: color)
        queues[service].noteFinished()
    }

    private mutating func countFailure(_ handle: Handle, _ color: Color) {
        core.board.count(
            .upstreamFailures, service: clients[handle].exchange.service, slot: core.slot)
        countOutcome(handle, color, isFailure: true)
    }

    private mutating func countOutcome(_ handle: Handle, _ color: Color, isFailure: Bool) {
        core.board.countOutcome(
            service: clients[handle].exchange.service, slot: core.slot, color: color,
            isFailure: isFailure)
    }

    // MARK: A target

    /// It counts from here on. Takes a kept connection, or makes one.
    private mutating func start(_ handle: Handle, _ color: Color) {
        let service = clients[handle].exchange.service
        let pool = service * 2 + Int(color.rawValue)
        refresh(pool, service, color)
        var avoided: Int?
        if let other = clients[handle].avoided, other.pool == pool { avoided = other.target }
        guard let target = pools[pool].choose(avoiding: avoided) else {
            return failed(handle, .refused)
        }
        if !clients[handle].exchange.isRetry, let kept = takeKept(handle, pool, target) {
            upstreams[kept].isReused = true
            link(handle, kept)
            send(handle, kept)
            return
        }
        connect(handle, color, pool, target)
    }

    /// A kept connection of the target, the one that was used last. One that the app has closed
    /// meanwhile, or said something on, is of no use; an event may tell so only later, and a
    /// request that must not be sent twice would be lost on it, so that it has a look first.
    private mutating func takeKept(_ handle: Handle, _ pool: Int, _ target: Int) -> Handle? {
        let looks = core.isBatchFull || !clients[handle].head.method.isIdempotent
        while let kept = pools[pool].takeIdle(target) {
            let color = upstreams[kept].color
            core.board.adjust(
                color.idleGauge, service: upstreams[kept].service, slot: core.slot, by: -1)
            upstreams[kept].wasSilent = looks
            guard looks else { return kept }
            if upstreams[kept].isSilent(&core.pool) { return kept }
            discard(kept)
        }
        return nil
    }

    private mutating func refresh(_ pool: Int, _ service: Int, _ color: Color) {
        guard pools[pool].refresh(core.board, service: service, color: color) else { return }
        for kept in pools[pool].takeAllIdle(absentOnly: true) {
            core.board.adjust(color.idleGauge, service: service, slot: core.slot, by: -1)
            discard(kept)
        }
    }

    private mutating func connect(
        _ handle: Handle, _ color: Color, _ pool: Int, _ target: Int
    ) {
        let service = clients[handle].exchange.service
        if upstreams.isFull { closeKeptUpstream() }
        guard !upstreams.isFull else { return failed(handle, .exhausted) }
        do throws(SystemError) {
            let socket = try openSocket(to: pools[pool].targets[target].address)
            let number = socket.number
            let connection = UpstreamConnection(
                socket: socket, tls: try secured(pool, target), service: service, color: color,
                target: target,
                limits: core.answerLimits)
            let upstream = upstreams.insert(connection).tagged(Tag.upstream)
            link(handle, upstream)
            if let failure = core.poller.add(number, .writable, token: upstream.rawValue) {
                throw SystemError("worker.poll", failure)
            }
            arm(upstream: upstream, core.configuration.timeouts.connect)
        } catch {
            if let upstream = clients[handle].upstream { discardLinked(upstream) }
            if error.errno.isExhaustion { return failed(handle, .exhausted) }
            core.board.countConnectFailure()
            clients[handle].avoided = (pool, target)
            failed(handle, .refused)
        }
    }

    /// Where descriptors have run out, a connection that is only kept gives up its own.
    private mutating func openSocket(
        to address: SocketAddress
    ) throws(SystemError) -> Descriptor {
        do {
            return try Socket.connect("worker.connect", to: address)
        } catch {
            guard error.errno.isExhaustion, closeKeptUpstream() else { throw error }
            return try Socket.connect("worker.connect", to: address)
        }
    }

    private mutating func link(_ handle: Handle, _ upstream: Handle) {
        clients[handle].upstream = upstream
        clients[handle].requestSent = 0
        let service = upstreams[upstream].service
        let color = upstreams[upstream].color
        upstreams[upstream].take(
            handle, method: clients[handle].head.method, turn: core.turn)
        noteChoice(handle, upstream)
        pools[service * 2 + Int(color.rawValue)].adjustBusy(upstreams[upstream].target, by: 1)
        core.board.adjust(color.busyGauge, service: service, slot: core.slot, by: 1)
    }

    // MARK: Sending

    /// Sends what is left of the request's head and collected body; then the rest of a body.
    mutating func send(_ handle: Handle, _ upstream: Handle) {
        upstreams[upstream].stage = .awaitingHead
        while clients[handle].requestSent < clients[handle].request.count {
            let sent = clients[handle].requestSent
            let transfer = upstreams[upstream].send(
                clients[handle].request, from: sent, &core.pool)
            switch transfer {
            case .moved(let count):
                clients[handle].requestSent += count
                clients[handle].exchange.firstOctetSent()
            case .wouldBlock:
                arm(upstream: upstream, core.configuration.timeouts.send)
                return watchUpstream(upstream)
            case .end, .failed:
                return sendingFailed(upstream)
            }
        }
        if clients[handle].body.isComplete {
            upstreams[upstream].isRequestSent = true
            armResponse(upstream)
            watchUpstream(upstream)
        } else {
            arm(upstream: upstream, nil)
            arm(client: handle, core.configuration.timeouts.body)
            watchUpstream(upstream)
            sendBody(handle)
        }
    }

    /// An upstream connection failed a client that waits for it.
    mutating func failed(_ handle: Handle, _ failure: Exchange.Failure) {
        let isResendable = clients[handle].isResendable
        clients[handle].note?.failed(failure, core.now)
        let action = clients[handle].exchange.failed(failure, isResendable: isResendable)
        perform(action, handle)
    }
}

extension Errno {
    /// Nothing is wrong with the peer: this process or the system has no more to give.
    var isExhaustion: Bool {
        switch self {
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .outOfMemory: true
        case _: false
        }
    }
}

extension Color {
    var idleGauge: Gauge {
        switch self {
        case .blue: .upstreamIdleBlue
        case .green: .upstreamIdleGreen
        }
    }

    var busyGauge: Gauge {
        switch self {
        case .blue: .upstreamBusyBlue
        case .green: .upstreamBusyGreen
        }
    }
}
