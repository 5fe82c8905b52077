import Board
import Bytes
import Exchange
import HTTP
import HTTP1
import Kernel
import Routing

/// The request of a client, from its octets to what goes upstream.
extension ClientConnection {
    enum Collected {
        case more
        case complete
        case refused(Refusal)
    }

    mutating func parseHead(into fields: inout FieldTable, _ limits: HeadLimits) -> HeadOutcome {
        if isParserIdle {
            progress.value.parser = RequestParser(limits: limits)
            if stream != nil { progress.value.parser.carrier = .http2 }
        }
        return progress.value.parser.parse(input, into: &fields)
    }

    /// Over TLS a host that the certificate shown is not for belongs to another connection.
    var isForThisConnection: Bool { seal?.allows(host: input.bytes[head.host]) ?? true }

    /// The service that the head belongs to.
    func route(_ routes: RouteTable) -> Int? {
        routes.service(host: input.bytes[head.host], path: input.bytes[head.path])
    }

    /// Writes the head as it goes upstream and takes it from the input. True where the body is
    /// awaited before the request starts: it is declared, and fits.
    mutating func takeRequest(_ headBytes: Int, core: inout WorkerCore) -> Bool {
        let limits = core.configuration.limits
        let awaits: Bool
        switch head.framing {
        case .length(let count): awaits = count > 0 && count <= UInt64(limits.requestBuffer)
        case .none, .chunked, .untilClose: awaits = false
        }
        let context = ForwardingContext(
            peer: peer, isTrustedPeer: isTrusted, scheme: scheme,
            nowMilliseconds: core.wallMilliseconds, requestID: core.nextRequestID(),
            framing: head.framing, forwardsExpect: !awaits)
        if core.isLogging { noteTarget() }
        request.attach(&core.pool)
        RequestWriter.write(head, core.fields, input, context, into: &request)
        input.consume(headBytes)
        requestSent = 0
        progress.value.body = BodyReader(
            head.framing, limits: BodyLimits(bodyBytesMax: limits.bodyBytes), isAnswer: false)
        return awaits
    }

    /// Moves what has come of an awaited body behind the head.
    mutating func collectBody(_ now: Instant) -> Collected {
        while true {
            switch progress.value.body.next(input) {
            case .piece(let range):
                request.append(range, of: input)
                input.consume(range.upperBound)
            case .needMore(let consumed):
                input.consume(consumed)
                return body.isComplete ? .complete : .more
            case .end(let consumed):
                input.consume(consumed)
                return .complete
            case .refused(let refusal):
                return .refused(refusal)
            }
        }
    }

    func answerContext(_ core: borrowing WorkerCore, keeps: Bool) -> AnswerContext {
        var context = AnswerContext(
            method: head.method, clientVersion: head.version,
            keepsConnection: keeps && head.keepsConnection, date: core.date)
        context.strictTransportSeconds = strictTransportSeconds
        return context
    }

    /// Whether octets from the client are of any use now.
    var wantsOctets: Bool {
        switch stage {
        case .idle, .head, .lingering: true
        case .multiplex: http2?.wantsFrames ?? true
        case .tunnel: input.isEmpty
        case .flushing: input.count < Self.readAheadMax
        case .exchange:
            // What is read ahead is bounded; while it waits, an end must still be noticed.
            input.count < Self.readAheadMax
        }
    }
}
