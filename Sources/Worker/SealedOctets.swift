import Bytes
import Kernel
import TLS

/// What is between the socket and the plain octets of a sealed connection.
///
/// Sealed octets that the peer does not take are kept here, at most a few records: while any
/// wait, nothing more is sealed, so that a slow peer costs what it would cost without TLS.
struct SealedOctets: ~Copyable {
    private var session: TLSSession
    private var received = ByteBuffer(bytesMax: BufferPool.blockBytes)
    private var toSend = ByteBuffer(bytesMax: 256 * 1024)
    private var isOver = false
    /// The peer has been told, or will be with what waits, that nothing more comes.
    private var hasEnded = false
    /// A write has failed: nothing of what waited may go out behind the gap, nor after another
    /// connection was asked for the same.
    private var isBroken = false
    /// Sealed octets that had not gone out then.
    private var left = 0
    /// The last look at the socket took all there was.
    private var isDrained = false
    /// nil until the handshake is complete.
    private(set) var agreement: TLSSession.Agreement?
    /// Why the handshake failed, where the peer is at fault.
    private(set) var problem: String?
    private let sending: StaticString
    private let receiving: StaticString
    /// What the end of the connection is where the peer has not said that it is the end.
    private let bareEnd: Transfer

    init(
        _ session: consuming TLSSession, sending: StaticString, receiving: StaticString,
        bareEnd: Transfer
    ) {
        self.session = session
        self.sending = sending
        self.receiving = receiving
        self.bareEnd = bareEnd
    }

    var isAgreed: Bool { agreement != nil }

    /// Sealed octets wait for the client to take them.
    var hasToSend: Bool { !toSend.isEmpty }

    /// Plain octets may be had without an event of the socket.
    var hasUnread: Bool { !received.isEmpty || session.hasPending }

    /// Another read in this turn is worth its call.
    var mayHaveMore: Bool { !isDrained || hasUnread }

    /// Looks at the socket in one read, before others have their turn: a peer may send records
    /// without end that hold nothing to be read.
    private static let looksAtOnce = 4
    /// Answers of TLS itself that a peer may leave untaken while it asks for more of them.
    private static let answersMax = 64 * 1024

    /// The first sealed octets came behind something else.
    mutating func begin(with octets: borrowing ByteBuffer) { received.append(octets) }

    /// Goes on with the handshake as far as what has come allows.
    mutating func shakeHands(_ socket: CInt, _ pool: inout BufferPool) -> SealedStream.Handshake {
        while true {
            toSend.attach(&pool)
            let step = session.shakeHands(&received, &toSend)
            let flushed = flush(socket)
            switch step {
            case .done:
                agreement = session.agreement
                releaseEmptyBuffers(&pool)
                return .complete
            case .wantsReceived:
                switch fill(socket, &pool) {
                case .moved: continue
                case .wouldBlock:
                    releaseEmptyBuffers(&pool)
                    return .underWay
                case .end, .failed: return .failed
                }
            case .wantsRoom:
                switch flushed {
                case .done: continue
                case .blocked: return .underWay
                case .failed: return .failed
                }
            case .failed(.peer(let reason)):
                problem = reason
                return .failed
            case .ended: return .failed
            }
        }
    }

    /// Reads once, like `Socket.receive`.
    mutating func receive(
        _ socket: CInt, into plain: inout ByteBuffer, _ pool: inout BufferPool
    ) -> Transfer {
        guard !isOver else { return .end }
        var looks = 0
        // Without anything to open OpenSSL is not asked.
        var step = hasUnread ? open(into: &plain, socket, &pool) : .wantsReceived
        while true {
            switch step {
            case .done(let count):
                if !mayHaveMore { releaseEmptyBuffers(&pool) }
                return .moved(count)
            case .wantsReceived:
                guard looks < Self.looksAtOnce else { return .wouldBlock }
                looks += 1
                switch fill(socket, &pool) {
                case .moved: break
                case .wouldBlock:
                    releaseEmptyBuffers(&pool)
                    return .wouldBlock
                case .end: return bareEnd
                case .failed(let code): return .failed(code)
                }
            case .wantsRoom:
                guard toSend.count < Self.answersMax else { return .failed(.connectionReset) }
            case .ended: return .end
            case .failed: return .failed(.connectionReset)
            }
            step = open(into: &plain, socket, &pool)
        }
    }

    private mutating func open(
        into plain: inout ByteBuffer, _ socket: CInt, _ pool: inout BufferPool
    ) -> TLSSession.Step {
        toSend.attach(&pool)
        let step = session.open(&received, into: &plain, atMost: BufferPool.blockBytes, &toSend)
        _ = flush(socket)
        return step
    }

    /// Seals and writes what the client takes; `moved` counts plain octets. A call that got
    /// something out says so, and the next one that it failed: who is told that nothing left sends
    /// it all again.
    ///
    /// `isLast`: behind these octets the end is told, in the same write.
    mutating func send(
        _ plain: RawSpan, isLast: Bool, to socket: CInt, _ pool: inout BufferPool
    ) -> Transfer {
        guard !isOver else { return .failed(.brokenPipe) }
        switch flush(socket) {
        case .blocked: return .wouldBlock
        case .failed: return .failed(.brokenPipe)
        case .done: break
        }
        var sent = 0
        var before = 0
        while sent < plain.byteCount {
            toSend.attach(&pool)
            switch session.seal(plain.suffix(from: sent), &received, &toSend) {
            case .done(let count): sent += count
            case .wantsReceived, .wantsRoom: return sent > 0 ? .moved(sent) : .wouldBlock
            case .ended, .failed: return sent > 0 ? .moved(sent) : .failed(.brokenPipe)
            }
            if isLast, sent == plain.byteCount { sealEnd() }
            let count = toSend.count
            switch flush(socket) {
            case .done: before = sent
            case .blocked: return .moved(sent)
            case .failed:
                // Less than was given, so that the caller comes again and is told.
                let hasLeft = before > 0 || left < count
                return hasLeft ? .moved(max(1, before)) : .failed(.brokenPipe)
            }
        }
        releaseEmptyBuffers(&pool)
        return .moved(sent)
    }

    /// Writes sealed octets that wait.
    mutating func flush(_ socket: CInt) -> ClientConnection.Flushed {
        guard !isBroken else { return .failed }
        while !toSend.isEmpty {
            switch Socket.send(sending, to: socket, toSend) {
            case .moved(let count): toSend.consume(count)
            case .wouldBlock: return .blocked
            case .end, .failed:
                isBroken = true
                left = toSend.count
                toSend.removeAll()
                return .failed
            }
        }
        return .done
    }

    /// Says that nothing more comes, so that the client knows that what it has is all (RFC 9112
    /// section 9.8).
    mutating func end(_ socket: CInt, _ pool: inout BufferPool) {
        guard !isOver, !isBroken, isAgreed, !hasEnded else { return }
        toSend.attach(&pool)
        sealEnd()
        _ = flush(socket)
        // A client that does not take this little takes nothing, and is not waited for.
        toSend.removeAll()
    }

    private mutating func sealEnd() {
        session.end(&received, &toSend)
        hasEnded = true
    }

    mutating func releaseEmptyBuffers(_ pool: inout BufferPool) {
        if received.isEmpty { received.release(to: &pool) }
        if toSend.isEmpty { toSend.release(to: &pool) }
    }

    mutating func release(_ pool: inout BufferPool) {
        isOver = true
        received.release(to: &pool)
        toSend.release(to: &pool)
    }

    private mutating func fill(_ socket: CInt, _ pool: inout BufferPool) -> Transfer {
        received.attach(&pool)
        isDrained = true
        guard received.makeRoom(atLeast: 1) else { return .wouldBlock }
        var room = 0
        let transfer = received.receive {
            room = $0.byteCount
            return Socket.receive(receiving, from: socket, into: &$0)
        }
        if transfer == .moved(room) { isDrained = false }
        return transfer
    }
}
