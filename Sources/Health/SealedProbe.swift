import Bytes
import Kernel
import TLS

/// A probe over TLS. Every one shakes hands anew: a session of before would not see that the
/// target's certificate has expired, or is another's by now.
struct SealedProbe: ~Copyable {
    private var session: TLSSession
    private var received = ByteBuffer(bytesMax: 64 * 1024)
    private var toSend = ByteBuffer(bytesMax: 64 * 1024)
    private let socket: CInt
    private let deadline: Instant

    static func ask(
        _ request: ProbeRequest, _ socket: borrowing Descriptor, _ deadline: Instant
    ) -> ProbeAnswer.Result {
        guard let client = request.client,
            let session = TLSSession.connect(client, to: request.peerName)
        else { return .failed(.tls("it could not be begun")) }
        var probe = SealedProbe(session, socket.number, deadline)
        if let failure = probe.shakeHands() { return .failed(failure) }
        if let failure = probe.send(request.octets) { return .failed(failure) }
        return probe.receive()
    }

    private init(_ session: consuming TLSSession, _ socket: CInt, _ deadline: Instant) {
        self.session = session
        self.socket = socket
        self.deadline = deadline
    }

    private mutating func shakeHands() -> ProbeAnswer.Failure? {
        while true {
            let step = session.shakeHands(&received, &toSend)
            if case .done = step {
                return flush()
            }
            if let failure = goOn(after: step) { return failure }
        }
    }

    private mutating func send(_ octets: [UInt8]) -> ProbeAnswer.Failure? {
        var sent = 0
        while sent < octets.count {
            let step = session.seal(
                octets.span.octets.suffix(from: sent), &received, &toSend)
            if case .done(let count) = step {
                sent += count
                if let failure = flush() { return failure }
            } else if let failure = goOn(after: step) {
                return failure
            }
        }
        return nil
    }

    private mutating func receive() -> ProbeAnswer.Result {
        var buffer = ByteBuffer(bytesMax: Probe.answerBytesMax)
        var reading = ProbeReading()
        while true {
            if let result = reading.advance(&buffer) { return result }
            guard buffer.makeRoom(atLeast: 1) else {
                return .failed(.invalid("more than \(Probe.answerBytesMax) octets"))
            }
            let step = session.open(
                &received, into: &buffer, atMost: Probe.answerBytesMax, &toSend)
            switch step {
            case .done: continue
            case .ended: return reading.peerEnded()
            case .wantsReceived, .wantsRoom, .failed:
                if let failure = goOn(after: step) { return .failed(failure) }
            }
        }
    }

    /// Does what the step asks for; the reason where that is impossible.
    private mutating func goOn(after step: TLSSession.Step) -> ProbeAnswer.Failure? {
        // Also where it failed: the target is told why.
        let failure = flush()
        switch step {
        case .done: return failure
        case .failed(.peer(let reason)): return .tls(reason)
        case .ended: return .ended
        case .wantsRoom: return failure
        case .wantsReceived: return failure ?? fill()
        }
    }

    private mutating func flush() -> ProbeAnswer.Failure? {
        while !toSend.isEmpty {
            switch Socket.send("health.send", to: socket, toSend.bytes) {
            case .moved(let count): toSend.consume(count)
            case .wouldBlock:
                guard Waiting.wait(.writable, of: socket, until: deadline) else {
                    return .timedOut
                }
            case .end: return .ended
            case .failed(let errno): return .connection(errno)
            }
        }
        return nil
    }

    private mutating func fill() -> ProbeAnswer.Failure? {
        guard received.makeRoom(atLeast: 1) else { return .invalid("a record that is too long") }
        while true {
            let socket = socket
            let transfer = received.receive {
                Socket.receive("health.receive", from: socket, into: &$0)
            }
            switch transfer {
            case .moved: return nil
            case .wouldBlock:
                guard Waiting.wait(.readable, of: socket, until: deadline) else {
                    return .timedOut
                }
            case .end: return .ended
            case .failed(let errno): return .connection(errno)
            }
        }
    }
}
