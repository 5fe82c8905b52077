internal import Bytes
internal import HTTP
internal import HTTP1
public import Kernel

/// One probe of one address: connect, ask, read the whole answer.
///
/// It waits, up to the deadline. Call it on a thread that has nothing else to do.
public enum Probe {
    /// A health answer is small; what is larger is refused, not cut.
    public static let answerBytesMax = 256 * 1024

    public static func run(_ request: ProbeRequest, deadline: Instant) -> ProbeAnswer {
        let began = Instant.now
        let result = ask(request, deadline)
        return ProbeAnswer(result, nanoseconds: Instant.now.nanoseconds(since: began))
    }

    private static func ask(_ request: ProbeRequest, _ deadline: Instant) -> ProbeAnswer.Result {
        let socket: Descriptor
        do throws(SystemError) {
            socket = try Socket.connect("health.connect", to: request.address)
        } catch {
            return .failed(.connection(error.errno))
        }
        guard Waiting.wait(.writable, of: socket.number, until: deadline) else {
            return .failed(.timedOut)
        }
        if let errno = Socket.pendingError(socket.number) { return .failed(.connection(errno)) }
        if request.isTLS { return SealedProbe.ask(request, socket, deadline) }
        if let failure = send(request.octets, to: socket, deadline) { return .failed(failure) }
        return receive(from: socket, deadline)
    }

    static func send(
        _ octets: [UInt8], to socket: borrowing Descriptor, _ deadline: Instant
    ) -> ProbeAnswer.Failure? {
        var sent = 0
        while sent < octets.count {
            switch Socket.send("health.send", to: socket.number, octets[sent...]) {
            case .moved(let count): sent += count
            case .wouldBlock:
                guard Waiting.wait(.writable, of: socket.number, until: deadline) else {
                    return .timedOut
                }
            case .end: return .ended
            case .failed(let errno): return .connection(errno)
            }
        }
        return nil
    }

    private static func receive(
        from socket: borrowing Descriptor, _ deadline: Instant
    ) -> ProbeAnswer.Result {
        var buffer = ByteBuffer(bytesMax: answerBytesMax)
        var reading = ProbeReading()
        while true {
            if let result = reading.advance(&buffer) { return result }
            guard buffer.makeRoom(atLeast: 1) else {
                return .failed(.invalid("more than \(answerBytesMax) octets"))
            }
            let transfer = buffer.receive {
                Socket.receive("health.receive", from: socket.number, into: &$0)
            }
            switch transfer {
            case .moved: continue
            case .wouldBlock:
                guard Waiting.wait(.readable, of: socket.number, until: deadline) else {
                    return .failed(.timedOut)
                }
            case .end: return reading.peerEnded()
            case .failed(let errno): return .failed(.connection(errno))
            }
        }
    }
}

/// An answer as it comes in.
struct ProbeReading: ~Copyable {
    private var parser = ResponseParser(limits: HeadLimits())
    private var table = FieldTable(capacity: HeadLimits().fieldCountMax)
    private var fields: [ProbeAnswer.Field] = []
    private var content: [UInt8] = []
    private var state = State.head

    private enum State {
        case head
        case body(status: Int, BodyReader)
    }

    init() {}

    /// The result once the answer is whole or wrong; nil while more is needed.
    mutating func advance(_ buffer: inout ByteBuffer) -> ProbeAnswer.Result? {
        while true {
            switch state {
            case .head:
                switch parser.parse(buffer.bytes, method: .get, into: &table) {
                case .incomplete: return nil
                case .refused(let refusal): return .failed(.invalid(Self.sentence(refusal)))
                case .complete(let bytes): finishHead(&buffer, bytes)
                }
            case .body(let status, var reader):
                let step = reader.next(buffer.bytes)
                state = .body(status: status, reader)
                if let result = take(step, status: status, &buffer) { return result }
                if case .needMore = step { return nil }
            }
        }
    }

    /// The target ended its side.
    mutating func peerEnded() -> ProbeAnswer.Result {
        guard case .body(let status, var reader) = state, reader.peerEnded() == .complete else {
            return .failed(.ended)
        }
        return .answered(status: status, fields: fields, body: content)
    }

    private mutating func finishHead(_ buffer: inout ByteBuffer, _ bytes: Int) {
        let head = parser.head
        // Interim answers (RFC 9110 section 15.2) announce nothing that a probe needs.
        if 100..<200 ~= head.status.rawValue, head.status != .switchingProtocols {
            buffer.consume(bytes)
            parser.reset()
            return
        }
        fields = (0..<table.count).map { index in
            ProbeAnswer.Field(
                name: Self.text(buffer, table[index].name).lowercased(),
                value: Self.text(buffer, table[index].value))
        }
        buffer.consume(bytes)
        state = .body(
            status: Int(head.status.rawValue), BodyReader(head.framing, isAnswer: true))
    }

    private mutating func take(
        _ step: BodyStep, status: Int, _ buffer: inout ByteBuffer
    ) -> ProbeAnswer.Result? {
        switch step {
        case .piece(let range):
            guard content.count + range.count <= Probe.answerBytesMax else {
                return .failed(.invalid("more than \(Probe.answerBytesMax) octets"))
            }
            content += Self.octets(buffer, range)
            buffer.consume(range.upperBound)
        case .needMore(let consumed):
            buffer.consume(consumed)
        case .end(let consumed):
            buffer.consume(consumed)
            return .answered(status: status, fields: fields, body: content)
        case .refused(let refusal):
            return .failed(.invalid(Self.sentence(refusal)))
        }
        return nil
    }

    private static func octets(_ buffer: borrowing ByteBuffer, _ range: ByteRange) -> [UInt8] {
        (range.lowerBound..<range.upperBound).map { buffer.bytes[octet: $0] }
    }

    private static func text(_ buffer: borrowing ByteBuffer, _ range: ByteRange) -> String {
        String(decoding: octets(buffer, range), as: UTF8.self)
    }

    private static func sentence(_ refusal: Refusal) -> String { "\(refusal.detail)" }
}
