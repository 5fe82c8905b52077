import Bytes
import Exchange
import HTTP
import HTTP1
import Kernel

/// A client's connection and the one request that is in progress on it.
struct ClientConnection: ~Copyable {
    enum Stage {
        /// Between requests.
        case idle
        /// Part of a head is here.
        case head
        /// A request is in progress; `Exchange` says how far.
        case exchange
        /// The answer is complete and not yet taken; then the next request, or the end.
        case flushing(keeps: Bool)
        /// We have ended our side, and read away what still comes, so that no reset eats the
        /// answer (RFC 9112 section 9.6).
        case lingering
        /// Octets go both ways; only frames are told apart.
        case tunnel
        /// It speaks HTTP/2: its streams are clients of their own.
        case multiplex
    }

    let socket: ClientSocket
    /// nil on a plain listener, and for a stream.
    let tls: ClientTLS?
    /// A connection that speaks HTTP/2.
    var http2: HTTP2Link?
    /// A stream of such a connection: a client without a socket, for the one request on it.
    let stream: HTTP2Stream?
    /// Of the listener; 0 on a plain one.
    let strictTransportSeconds: UInt64
    /// As the configuration counts.
    let listener: Int
    /// The other end, or whom a load balancer introduced.
    var peer: PeerAddress
    var isTrusted: Bool
    /// The PROXY protocol's header has to come before anything else.
    var awaitsProxyHeader = false
    var stage = Stage.idle
    var input = ByteBuffer(bytesMax: ClientConnection.inputMax)
    var output: ByteBuffer
    /// The request as it goes upstream: its head, and its body where that was collected. Kept while
    /// it may have to be sent again.
    var request: ByteBuffer
    /// Of the request in progress.
    var progress = OnDemand<RequestProgress>()
    /// The deadline that stands is for the client to take what was written.
    var isSendTimed = false
    /// Something of the output left since that deadline was set.
    var hasTaken = false
    /// The client ended its side; its request is complete all the same.
    var hasEnded = false
    var upstream: Handle?
    /// Of the answer that is being passed on.
    var status = 0
    /// What its head says of the connection.
    var keepsAfterAnswer = false
    /// At least one request was answered on it.
    var hasServed = false
    var interest = Poller.Interest.readable
    var timer = DeadlineWheel.Timer()
    /// Octets of memory of `output` that stand in the worker's sum.
    var outputNoted = 0
    /// For the access log; nil where there is none, and while no request is in progress.
    var note: AccessNote?

    /// A head of the largest allowed size and a read's worth beyond it.
    static let inputMax = 1_100_000
    /// How much is read ahead of what is in progress: body that waits for the app, or the next
    /// requests of a client that does not wait for answers.
    static let readAheadMax = 64 * 1024

    init(
        socket: consuming Descriptor, tls: ClientTLS?, strictTransportSeconds: UInt64,
        listener: Int, peer: PeerAddress, isTrusted: Bool, outputMax: Int,
        requestMax: Int
    ) {
        self.socket = ClientSocket(socket)
        self.tls = tls
        stream = nil
        self.strictTransportSeconds = strictTransportSeconds
        self.listener = listener
        self.peer = peer
        self.isTrusted = isTrusted
        output = ByteBuffer(bytesMax: outputMax)
        request = ByteBuffer(bytesMax: requestMax)
    }

    /// A stream of a connection that has these properties.
    init(
        _ stream: HTTP2Stream, strictTransportSeconds: UInt64, listener: Int, peer: PeerAddress,
        isTrusted: Bool, outputMax: Int, requestMax: Int
    ) {
        socket = ClientSocket()
        tls = nil
        self.stream = stream
        self.strictTransportSeconds = strictTransportSeconds
        self.listener = listener
        self.peer = peer
        self.isTrusted = isTrusted
        output = ByteBuffer(bytesMax: outputMax)
        request = ByteBuffer(bytesMax: requestMax)
    }

    /// Forgets the request that is over.
    mutating func resetRequest(_ pool: inout BufferPool) {
        request.release(to: &pool)
        progress.rest()
        upstream = nil
        exchange = Exchange()
        status = 0
        note = nil
    }

    /// An idle connection holds no memory but itself.
    mutating func releaseEmptyBuffers(_ pool: inout BufferPool) {
        if input.isEmpty { input.release(to: &pool) }
        if output.isEmpty { output.release(to: &pool) }
        tls?.releaseEmptyBuffers(&pool)
    }

    /// What seals it, be it that of the connection that a stream is on.
    var seal: ClientTLS? { stream?.link.tls ?? tls }

    var scheme: Scheme { seal == nil ? .http : .https }

    /// What is sent may go to the socket as it is.
    var isPlainSocket: Bool { tls == nil && stream == nil }

    /// Reads once into the input, which has room.
    mutating func receive(_ pool: inout BufferPool) -> Transfer {
        if case .multiplex = stage, let http2 { return receiveFrames(http2, &pool) }
        if let tls { return tls.receive(socket.number, into: &input, &pool) }
        let socket = socket.number
        return input.receive(atMost: BufferPool.blockBytes) {
            Socket.receive("worker.receive.client", from: socket, into: &$0)
        }
    }

    /// After a read of so many octets: a socket that gave less than it could has no more. A record
    /// of TLS ends where it ends.
    func mayHaveMore(after count: Int) -> Bool {
        tls?.mayHaveMore ?? (count == BufferPool.blockBytes)
    }

    /// The answer in its output is complete, and the last.
    private var isEnding: Bool {
        if case .flushing(keeps: false) = stage { return true }
        return false
    }

    enum Flushed { case done, blocked, failed }

    /// Writes what is there until it is gone or the client takes no more.
    mutating func flush(_ pool: inout BufferPool) -> Flushed {
        if let stream { return flush(to: stream) }
        if case .multiplex = stage, let http2 { return flushFrames(http2, &pool) }
        while !output.isEmpty {
            switch send(&pool) {
            case .moved(let count):
                output.consume(count)
                hasTaken = true
            case .wouldBlock: return .blocked
            case .end, .failed: return .failed
            }
        }
        return tls?.flush(socket.number) ?? .done
    }

    private func send(_ pool: inout BufferPool) -> Transfer {
        if let tls {
            return tls.send(output.bytes, isLast: isEnding, to: socket.number, &pool)
        }
        return Socket.send("worker.send.client", to: socket.number, output.bytes)
    }

    /// Something waits for the client to take it.
    var hasToSend: Bool {
        !output.isEmpty || tls?.hasToSend ?? false || http2?.hasFrames ?? false
    }
}

/// The socket of a client's connection; a stream of HTTP/2 has none, and calls on it do nothing.
struct ClientSocket: ~Copyable {
    private let descriptor: Descriptor?
    let number: CInt

    init(_ descriptor: consuming Descriptor) {
        number = descriptor.number
        self.descriptor = consume descriptor
    }

    init() {
        number = -1
        descriptor = nil
    }
}
