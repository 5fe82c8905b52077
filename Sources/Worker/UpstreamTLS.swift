import Bytes
import Exchange
import Kernel
import TLS

/// The sealed side of a connection to a target.
final class UpstreamTLS: SealedStream {
    /// The handshake has begun: the connection stands.
    private(set) var hasBegun = false
    private let sessions: TargetSessions

    /// nil where memory is short.
    init?(_ client: TLSClient, to name: PeerName, _ sessions: TargetSessions) {
        guard let session = TLSSession.connect(client, to: name, sessions) else { return nil }
        self.sessions = sessions
        // An answer without a length is over when its app says so: anybody can cut a connection
        // (RFC 9112 section 9.8).
        super.init(
            session, sending: "worker.send.upstream", receiving: "worker.receive.upstream",
            bareEnd: .failed(.connectionReset))
    }

    func secure(_ socket: CInt, _ pool: inout BufferPool) -> Handshake {
        hasBegun = true
        let step = shakeHands(socket, &pool)
        if step == .failed { sessions.forget() }
        return step
    }
}

extension UpstreamConnection {
    /// Reads once.
    mutating func receive(atMost room: Int, _ pool: inout BufferPool) -> Transfer {
        let number = socket.number
        if let tls { return tls.receive(number, into: &input, &pool) }
        return input.receive(atMost: room) {
            Socket.receive("worker.receive.upstream", from: number, into: &$0)
        }
    }

    /// Writes once of what begins at `sent`; over TLS counts what was sealed, which may still wait.
    func send(
        _ octets: borrowing ByteBuffer, from sent: Int, _ pool: inout BufferPool
    ) -> Transfer {
        if let tls { return tls.send(octets.bytes.suffix(from: sent), to: socket.number, &pool) }
        return Socket.send("worker.send.upstream", to: socket.number, octets, from: sent)
    }

    mutating func flush(_ pool: inout BufferPool) -> ClientConnection.Flushed {
        while !output.isEmpty {
            switch send(output, from: 0, &pool) {
            case .moved(let count):
                output.consume(count)
                hasTaken = true
            case .wouldBlock: return .blocked
            case .end, .failed: return .failed
            }
        }
        return tls?.flush(socket.number) ?? .done
    }

    /// Octets wait for the app to take them.
    var hasToSend: Bool { !output.isEmpty || tls?.hasToSend ?? false }

    /// Tells the app that nothing more comes.
    func endSending(_ pool: inout BufferPool) {
        tls?.end(socket.number, &pool)
        Socket.shutdownWriting(socket.number)
    }

    /// Whether a kept connection is as it should be: nothing came on it but what TLS says to
    /// itself, and it has not ended.
    mutating func isSilent(_ pool: inout BufferPool) -> Bool {
        let transfer: Transfer
        if tls == nil {
            transfer = Socket.peek(socket.number)
        } else {
            input.attach(&pool)
            transfer = receive(atMost: BufferPool.blockBytes, &pool)
            if input.isEmpty { input.release(to: &pool) }
        }
        if case .wouldBlock = transfer { return true }
        return false
    }

    /// What the poller is asked for until the request can be sent.
    var interestWhileConnecting: Poller.Interest {
        guard let tls, tls.hasBegun else { return .writable }
        return tls.hasToSend ? [.readable, .writable] : .readable
    }
}

extension Worker {
    /// The connection stands; over TLS, so far as the handshake has come. True once it is complete.
    mutating func secure(_ handle: Handle) -> Bool {
        guard let tls = upstreams[handle].tls, !tls.isAgreed else { return true }
        switch tls.secure(upstreams[handle].socket.number, &core.pool) {
        case .complete:
            noteSecured(handle, problem: nil)
            return true
        case .underWay:
            watchUpstream(handle)
        case .failed:
            // Nothing of the request was sent. Who only hung up may be asked again, or another is.
            noteSecured(handle, problem: tls.problem ?? "the target ended the handshake")
            upstreamFailed(handle, tls.problem == nil ? .refused : .insecure)
        }
        return false
    }

    /// Said once, until another thing is the matter or the target is well.
    private mutating func noteSecured(_ handle: Handle, problem: String?) {
        let place = upstreams[handle].place
        guard pools[place.pool].note(problem: problem, at: place.target), let problem else {
            return
        }
        let service = core.configuration.services[upstreams[handle].service].name
        let address = pools[place.pool].targets[place.target].address
        ThisProcess.write(
            "bascule: worker \(core.slot): \(service) \(upstreams[handle].color.word): "
                + "\(address): TLS: \(problem)\n")
    }

    /// nil where the target is spoken to without TLS. Throws where memory is short.
    func secured(_ pool: Int, _ target: Int) throws(SystemError) -> UpstreamTLS? {
        let place = pools[pool].targets[target]
        guard place.isTLS else { return nil }
        let names = core.configuration.services[pool / 2].peerNames[pool % 2]
        guard let client = targetClients[pool / 2], names.indices.contains(place.origin),
            let tls = UpstreamTLS(client, to: names[place.origin], place.sessions)
        else { throw SystemError("worker.secure", .outOfMemory) }
        return tls
    }

    /// After a read: opened octets that the poller will not tell of have their turn next.
    mutating func noteUnread(_ handle: Handle) {
        guard upstreams.contains(handle), let tls = upstreams[handle].tls, tls.hasUnread,
            upstreams[handle].interest.contains(.readable)
        else { return }
        readyUpstreams.append(handle)
    }

    mutating func readReadyUpstreams() {
        let now = readyUpstreams
        readyUpstreams.removeAll(keepingCapacity: true)
        for handle in now where upstreams.contains(handle) {
            if upstreams[handle].interest.contains(.readable) { upstreamReadable(handle) }
        }
    }
}
