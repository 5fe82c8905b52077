import Board
import Bytes
import Exchange
import HTTP
import HTTP1
import Kernel

/// A client's octets, an app's octets and a script of what happens between them, through parsers
/// and exchange: what is counted is given back once, and nothing is sent twice that must not.
///
/// The first eight octets are the script; a NUL NUL parts the client's octets from the app's.
struct ExchangeFuzz {
    private var script: [UInt8]
    private var client: [UInt8]
    private var app: [UInt8]
    private var now = Instant(nanoseconds: 1)
    private var next = 0
    /// Counted as in flight, held or a stream; one request at a time, so never more than 1.
    private var counted = 0
    private var broken: String?

    private static let requestsMax = 16
    private static let eventsMax = 64

    static func run(_ octets: [UInt8]) -> String? {
        guard octets.count > 8 else { return nil }
        let rest = Array(octets[8...])
        let mark = (0..<rest.count - 1).first { rest[$0] == 0 && rest[$0 + 1] == 0 }
        var fuzz = ExchangeFuzz(
            script: Array(octets[..<8]), client: Array(rest[..<(mark ?? rest.count)]),
            app: mark.map { Array(rest[($0 + 2)...]) } ?? [])
        return fuzz.serve()
    }

    private init(script: [UInt8], client: [UInt8], app: [UInt8]) {
        (self.script, self.client, self.app) = (script, client, app)
    }

    private mutating func draw(_ bound: Int) -> Int {
        let value =
            script[next % script.count] &+ UInt8(truncatingIfNeeded: next / script.count &* 37)
        next += 1
        return Int(value) % bound
    }

    /// The requests of one connection, one after the other.
    private mutating func serve() -> String? {
        for _ in 0..<Self.requestsMax {
            var parser = RequestParser(limits: HeadLimits())
            var fields = FieldTable(capacity: 100)
            guard case .complete(let end) = parser.parse(client.span.octets, into: &fields) else {
                return nil
            }
            let head = parser.head
            client.removeFirst(end)
            let body = ChunkFuzz.read(
                client, head.framing, step: client.count + 1, isAnswer: false)
            if case .complete(let end) = body.end { client.removeFirst(end) }
            let isWhole = if case .complete = body.end { true } else { false }
            exchange(head, isWhole: isWhole)
            if counted != 0, broken == nil { broken = "\(counted) stay counted" }
            if let broken { return broken }
            guard isWhole, head.keepsConnection else { return nil }
        }
        return nil
    }

    private mutating func exchange(_ head: RequestHead, isWhole: Bool) {
        var exchange = Exchange()
        var sends = 0
        var action = exchange.begin(
            head.isWrite ? .write : .read, service: 0, isIdempotent: head.method.isIdempotent,
            awaitsBody: draw(2) == 0 && head.framing.hasContent, now: now)
        for _ in 0..<Self.eventsMax {
            now = now.advanced(byNanoseconds: 1_000_000)
            switch action {
            case .collect: action = isWhole ? exchange.bodyCollected() : exchange.clientLeft()
            case .ask: action = exchange.admitted(admission(), now: now)
            case .wait: action = draw(4) == 0 ? exchange.clientLeft() : .ask
            case .start(let color):
                counted += 1
                if counted > 1 { broken = "counted twice" }
                if exchange.color != color { broken = "started on another color" }
                action = send(&exchange, head, &sends)
            case .retry:
                counted -= 1
                action = .ask
            case .refuse(_, let color): return give(color != nil)
            case .refuseAndAbandon, .cut, .cutAndAbandon, .endStream, .abandon, .finish:
                return give(true)
            case .leave, .none: return give(false)
            }
        }
        // A request that is asked and held for ever is let go at the end of the world.
        if case .abandon = exchange.clientLeft() { counted -= 1 }
    }

    private mutating func give(_ isCounted: Bool) {
        if isCounted { counted -= 1 }
        if counted < 0 { broken = "given back twice" }
    }

    private mutating func admission() -> Admission {
        switch draw(8) {
        case 0: .queued
        case 1: .closed
        case 2: .maintenance
        case 3: .undecided
        case 4: .started(.green, epoch: 1)
        default: .started(.blue, epoch: 1)
        }
    }

    /// One attempt at the app.
    private mutating func send(
        _ exchange: inout Exchange, _ head: RequestHead, _ sends: inout Int
    ) -> Exchange.Action {
        let failures: [Exchange.Failure] = [.refused, .connectTimeout, .reset, .invalid, .timeout]
        if draw(4) == 0 { return exchange.failed(failures[draw(5)], isResendable: true) }
        exchange.firstOctetSent()
        sends += 1
        if sends > 1, !head.method.isIdempotent { broken = "sent twice" }
        if sends > 2 { broken = "sent three times" }
        if draw(4) == 0 {
            return exchange.failed(failures[2 + draw(3)], isResendable: draw(2) == 0)
        }
        if draw(8) == 0 { return exchange.clientLeft() }
        return answer(&exchange, head)
    }

    /// The app's octets as the answer.
    private mutating func answer(
        _ exchange: inout Exchange, _ head: RequestHead
    ) -> Exchange.Action {
        var parser = ResponseParser(limits: HeadLimits())
        var fields = FieldTable(capacity: 100)
        while true {
            parser.reset()
            if app.isEmpty { return exchange.failed(.reset, isResendable: true) }
            exchange.answerBegan()
            switch parser.parse(app.span.octets, method: head.method, into: &fields) {
            case .incomplete: return exchange.failed(.timeout, isResendable: false)
            case .refused: return exchange.failed(.invalid, isResendable: false)
            case .complete(let end): app.removeFirst(end)
            }
            if parser.head.status.isInterim, parser.head.status != .switchingProtocols { continue }
            break
        }
        exchange.answerPassed()
        if parser.head.isEventStream { exchange.becameStream() }
        let body = ChunkFuzz.read(
            app, parser.head.framing, step: app.count + 1, isAnswer: true)
        if case .complete(let end) = body.end {
            app.removeFirst(end)
            return exchange.answerEnded()
        }
        if body.end == .needsMore, parser.head.framing == .untilClose {
            app.removeAll()
            return exchange.answerEnded()
        }
        return draw(2) == 0
            ? exchange.failed(body.end == .refused ? .invalid : .reset, isResendable: false)
            : exchange.clientLeft()
    }
}
