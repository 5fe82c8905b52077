import Board
import Bytes
import HTTP
import HTTP1
import HTTP2
import Kernel

/// Connections that speak HTTP/2: from frames to clients that are streams, and back.
extension Worker {
    /// Reads of one connection a turn, as of one that speaks HTTP/1.1.
    private static let readsAtOnce = 4

    // MARK: The beginning

    enum Preface { case other, part, whole }

    /// Whether a plain connection begins with HTTP/2 where it may (RFC 9113 section 3.3).
    func preface(_ handle: Handle) -> Preface {
        guard clients[handle].isPlainSocket, listenerRules[clients[handle].listener].takesHTTP2,
            !clients[handle].hasServed
        else { return .other }
        return clients[handle].preface
    }

    /// Its octets are frames from here on.
    mutating func beginMultiplex(_ handle: Handle) {
        let limits = HTTP2Limits(headBytesMax: core.configuration.limits.headerBytes)
        let session = HTTP2Session(limits) {
            (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
        }
        guard let session else { return close(client: handle) }
        let link = HTTP2Link(session, desk, handle, clients[handle].tls)
        clients[handle].stage = .multiplex
        clients[handle].note = nil
        clients[handle].become(link)
        if core.isEnding { announceEnd(handle) }
        link.touch()
        takeFrames(handle)
    }

    // MARK: What comes

    mutating func readFrames(_ handle: Handle) {
        guard let link = clients[handle].http2 else { return }
        for _ in 0..<Self.readsAtOnce {
            link.input.attach(&core.pool)
            guard link.input.makeRoom(atLeast: 1) else { return }
            let transfer = clients[handle].receive(&core.pool)
            switch transfer {
            case .moved(let count):
                takeFrames(handle)
                guard clients.contains(handle), case .multiplex = clients[handle].stage,
                    clients[handle].mayHaveMore(after: count), clients[handle].wantsOctets
                else { return link.rest(&core.pool) }
            case .wouldBlock:
                link.rest(&core.pool)
                return clients[handle].releaseEmptyBuffers(&core.pool)
            case .end, .failed: return close(client: handle)
            }
        }
        // Opened already, so that the poller will not tell: the next turn.
        if link.tls?.hasUnread ?? false { ready.append(handle) }
    }

    /// Does what the frames that are here ask for, a slice at a time.
    mutating func takeFrames(_ handle: Handle) {
        guard let link = clients[handle].http2 else { return }
        while !link.input.isEmpty, !link.session.hasFailed {
            let count = min(link.input.count, HTTP2Link.sliceBytes)
            let isSound = link.session.receive(link.input, count: count)
            applyEvents(link)
            link.input.consume(count)
            guard isSound else {
                link.input.removeAll()
                break
            }
            guard link.budget.spend(link.session.takeCost(), now: core.now.nanoseconds) else {
                link.session.end(.enhanceYourCalm)
                link.input.removeAll()
                break
            }
        }
        answerGoodbye(link)
        noteCalm(link)
        link.touch()
    }

    /// A flood is counted once, whoever noticed it: the budget here, or nghttp2.
    private func noteCalm(_ link: HTTP2Link) {
        guard link.session.isCalmed, !link.isCalmNoted else { return }
        link.isCalmNoted = true
        core.board.countCalmed()
    }

    /// Applying them may add some.
    private mutating func applyEvents(_ link: HTTP2Link) {
        var index = 0
        while index < link.session.events.count {
            apply(link.session.events[index], link)
            index += 1
        }
        link.session.forgetEvents(&core.pool)
    }

    private mutating func apply(_ event: HTTP2Event, _ link: HTTP2Link) {
        switch event {
        case .request(let id, let head, let content): beginStream(link, id, head, content)
        case .content(let id, let range):
            link.session.acknowledge(connection: range.count)
            guard let handle = living(id, link), let stream = clients[handle].stream else { return }
            clients[handle].input.attach(&core.pool)
            clients[handle].take(range, of: link.input, stream)
            guard !clients[handle].input.hasOverflowed else { return clientLeft(handle) }
            drive(handle)
        case .trailers(let id, let range):
            guard let handle = living(id, link), let stream = clients[handle].stream else { return }
            guard stream.content != .tunnel else { return refuseTrailers(handle, stream) }
            endRequest(id, link, range)
        case .ended(let id): endRequest(id, link, .empty)
        case .closed(let id):
            guard let handle = living(id, link) else { return }
            clients[handle].stream?.isGone = true
            clientLeft(handle)
        case .windowOpened(let id): link.windowOpened(id)
        }
    }

    /// What opens with CONNECT has content and nothing else (RFC 9113 section 8.5).
    private mutating func refuseTrailers(_ handle: Handle, _ stream: HTTP2Stream) {
        stream.link.session.reset(stream: stream.id, .protocol)
        stream.isGone = true
        clientLeft(handle)
    }

    private func living(_ id: Int32, _ link: HTTP2Link) -> Handle? {
        guard let handle = link.streams[id], clients.contains(handle) else { return nil }
        return handle
    }

    /// A client of its own, whose first octets are the head.
    private mutating func beginStream(
        _ link: HTTP2Link, _ id: Int32, _ head: ByteRange, _ content: HTTP2Event.Content
    ) {
        link.hasBegun = true
        guard !clients.isFull, clients.contains(link.handle) else {
            return link.session.reset(stream: id, .refusedStream)
        }
        let limits = core.configuration.limits
        let stream = HTTP2Stream(link, id, content)
        let client = ClientConnection(
            stream, strictTransportSeconds: clients[link.handle].strictTransportSeconds,
            listener: clients[link.handle].listener, peer: clients[link.handle].peer,
            isTrusted: clients[link.handle].isTrusted,
            outputMax: limits.outputMax,
            requestMax: limits.requestBuffer + 2 * limits.headerBytes + 4_096)
        let handle = clients.insert(client).tagged(Tag.client)
        link.streams[id] = handle
        clients[handle].input.attach(&core.pool)
        clients[handle].takeHead(head, stream)
        drive(handle)
    }

    private mutating func endRequest(_ id: Int32, _ link: HTTP2Link, _ trailers: ByteRange) {
        guard let handle = living(id, link), let stream = clients[handle].stream,
            !stream.isRequestEnded
        else { return }
        clients[handle].takeEnd(stream, trailers: trailers)
        if case .tunnel = clients[handle].stage {
            clients[handle].hasEnded = true
            return endTunnel(fromClient: handle)
        }
        drive(handle)
    }

    /// What `watchClient` is for a stream: gives room back while there is use for octets, and has
    /// it wait for its turn or its window where something is to be sent.
    mutating func openWindow(_ handle: Handle) {
        guard let stream = clients[handle].stream else { return }
        let blocked = clients[handle].upstream.map { upstreams[$0].output.count } ?? 0
        if clients[handle].wantsOctets, blocked < UpstreamConnection.outputHigh {
            stream.openWindow(left: clients[handle].input.count)
        }
        stream.wait(handle, for: clients[handle].waits)
    }

    /// Trailers of the answer that is complete now, where its client is a stream.
    mutating func keepTrailers(of upstream: Handle, for client: Handle) {
        guard upstreams[upstream].passesTrailers, let stream = clients[client].stream else {
            return
        }
        upstreams[upstream].writeTrailers(into: &stream.trailers)
    }

    // MARK: What goes

    /// When everything else of a turn is done: what it left is sent, one write a connection.
    mutating func flushLinks() {
        guard !desk.touched.isEmpty else { return }
        let touched = desk.touched
        desk.touched = []
        for handle in touched where clients.contains(handle) { flushLink(handle) }
    }

    /// Turns that streams have before other connections have theirs.
    private static let turnsAtOnce = 4

    mutating func flushLink(_ handle: Handle) {
        guard case .multiplex = clients[handle].stage, let link = clients[handle].http2 else {
            return
        }
        link.beginFlush()
        var isBlocked = false
        for _ in 0..<Self.turnsAtOnce where !isBlocked {
            giveTurns(link)
            link.session.collect()
            noteCalm(link)
            applyEvents(link)
            switch clients[handle].flush(&core.pool) {
            case .failed: return close(client: handle)
            case .blocked: isBlocked = true
            case .done: break
            }
            if link.waiting.isEmpty { break }
        }
        if !isBlocked, !link.waiting.isEmpty { link.touch() }
        noteFrames(handle, link)
        if !clients[handle].hasToSend, isOver(link) { return endLink(handle, link) }
        watchLink(handle, link)
        watchClient(handle)
    }

    private mutating func giveTurns(_ link: HTTP2Link) {
        guard !link.waiting.isEmpty else { return }
        let list = link.waiting
        link.waiting = []
        for handle in list where clients.contains(handle) {
            guard !link.isFull else {
                link.waiting.append(handle)
                continue
            }
            clients[handle].stream?.waits = .no
            clientWritable(handle)
        }
    }

    /// Frames that wait are a part of what answers may take.
    private mutating func noteFrames(_ handle: Handle, _ link: HTTP2Link) {
        let count = link.session.output.count
        if count == 0 { link.session.output.release(to: &core.pool) }
        let bytes = count == 0 ? 0 : WorkerCore.memory(of: count)
        core.answersBuffered += bytes - clients[handle].outputNoted
        clients[handle].outputNoted = bytes
    }
}

extension ClientConnection {
    fileprivate var preface: Worker.Preface {
        let expected = HTTP2Session.preface
        let count = min(input.count, expected.utf8CodeUnitCount)
        for at in 0..<count where input.bytes[octet: at] != expected.octet(at) { return .other }
        return count == expected.utf8CodeUnitCount ? .whole : .part
    }

    /// What has come of its frames goes there.
    fileprivate mutating func become(_ link: HTTP2Link) {
        http2 = link
        link.input.append(input)
        input.removeAll()
    }
}

extension UpstreamConnection {
    /// Behind a status line, so that they are read like a head.
    fileprivate func writeTrailers(into buffer: inout ByteBuffer) {
        guard !body.trailers.isEmpty else { return }
        buffer.append("HTTP/1.1 200 OK\r\n")
        let before = buffer.count
        TrailerWriter.write(input.bytes[body.trailers], into: &buffer)
        if buffer.count == before { return buffer.removeAll() }
        buffer.append("\r\n")
    }
}
