import Board
import HTTP
import Kernel
import Testing

@testable import Exchange

@Suite("Exchange")
struct ExchangeTests {
    private let now = Instant(nanoseconds: 1_000_000_000)

    /// A request that has started on blue.
    private func started(_ kind: RequestKind = .write, isIdempotent: Bool = false) -> Exchange {
        var exchange = Exchange()
        #expect(
            exchange.begin(
                kind, service: 0, isIdempotent: isIdempotent, awaitsBody: false, now: now) == .ask)
        #expect(exchange.admitted(.started(.blue, epoch: 7), now: now) == .start(.blue))
        return exchange
    }

    /// One whose head the client has seen.
    private func answering() -> Exchange {
        var exchange = started()
        exchange.firstOctetSent()
        exchange.answerBegan()
        exchange.answerPassed()
        return exchange
    }

    @Test("A declared body is awaited before the board is asked")
    func collects() {
        var exchange = Exchange()
        #expect(
            exchange.begin(.write, service: 0, isIdempotent: false, awaitsBody: true, now: now)
                == .collect)
        #expect(exchange.color == nil)
        #expect(exchange.bodyCollected() == .ask)
    }

    @Test("A held request waits, knows for how long, and starts where the board then says")
    func waits() {
        var exchange = Exchange()
        _ = exchange.begin(.read, service: 0, isIdempotent: true, awaitsBody: false, now: now)
        #expect(exchange.admitted(.queued, now: now) == .wait)
        #expect(exchange.admitted(.queued, now: now) == .none)
        #expect(exchange.held(now: now.advanced(byNanoseconds: 5)) == 5)
        #expect(exchange.admitted(.started(.green, epoch: 9), now: now) == .start(.green))
        #expect(exchange.color == .green)
    }

    @Test(
        "What the board refuses is answered with its reason",
        arguments: [
            (Admission.maintenance, Reason.maintenance), (.closed, .migrating),
            (.undecided, .overloaded),
        ])
    func refusals(admission: Admission, reason: Reason) {
        var exchange = Exchange()
        _ = exchange.begin(.write, service: 0, isIdempotent: false, awaitsBody: false, now: now)
        #expect(exchange.admitted(admission, now: now) == .refuse(reason, nil))
    }

    @Test("A held request whose client leaves is never sent")
    func leavesQueue() {
        var exchange = Exchange()
        _ = exchange.begin(.write, service: 0, isIdempotent: false, awaitsBody: false, now: now)
        _ = exchange.admitted(.queued, now: now)
        #expect(exchange.clientLeft() == .leave)
        #expect(exchange.state == .idle)
    }

    @Test("A POST of which nothing was sent goes once more, through the board, and not twice")
    func retriesUnsent() {
        var exchange = started()
        #expect(exchange.failed(.refused, isResendable: true) == .retry(.blue))
        #expect(exchange.admitted(.started(.green, epoch: 8), now: now) == .start(.green))
        #expect(
            exchange.failed(.refused, isResendable: true) == .refuse(.upstreamRefused, .green))
    }

    @Test("A POST of which anything was sent never goes again")
    func neverTwice() {
        var exchange = started()
        exchange.firstOctetSent()
        #expect(exchange.failed(.reset, isResendable: true) == .refuse(.upstreamReset, .blue))
    }

    @Test("An idempotent request goes again after a reset before any octet of an answer")
    func retriesIdempotent() {
        var exchange = started(.read, isIdempotent: true)
        exchange.firstOctetSent()
        #expect(exchange.failed(.reset, isResendable: true) == .retry(.blue))
    }

    @Test("It does not where a part of its body is gone, or an octet of an answer came")
    func doesNotRetry() {
        var streamed = started(.write, isIdempotent: true)
        streamed.firstOctetSent()
        #expect(streamed.failed(.reset, isResendable: false) == .refuse(.upstreamReset, .blue))
        var answered = started(.read, isIdempotent: true)
        answered.firstOctetSent()
        answered.answerBegan()
        #expect(answered.failed(.reset, isResendable: true) == .refuse(.upstreamReset, .blue))
    }

    @Test("A retry is known as one, so that it takes no connection as old as the one before")
    func knowsRetry() {
        var exchange = started(.read, isIdempotent: true)
        #expect(!exchange.isRetry)
        exchange.firstOctetSent()
        #expect(exchange.failed(.reset, isResendable: true) == .retry(.blue))
        #expect(exchange.admitted(.queued, now: now) == .wait)
        #expect(exchange.admitted(.started(.green, epoch: 8), now: now) == .start(.green))
        #expect(exchange.isRetry)
        exchange.firstOctetSent()
        #expect(exchange.failed(.reset, isResendable: true) == .refuse(.upstreamReset, .green))
    }

    @Test("Without a descriptor for the target nothing is tried again: 503")
    func exhausted() {
        var exchange = started()
        #expect(exchange.failed(.exhausted, isResendable: true) == .refuse(.overloaded, .blue))
    }

    @Test("An answer has begun for the client from its head on")
    func hasAnswered() {
        #expect(!started().hasAnswered)
        #expect(answering().hasAnswered)
    }

    @Test("A hanging app: 504, and the request stays counted until the app has answered")
    func timeout() {
        var exchange = started()
        exchange.firstOctetSent()
        #expect(
            exchange.failed(.timeout, isResendable: true)
                == .refuseAndAbandon(.upstreamTimeout, .blue))
        var connecting = started()
        #expect(
            connecting.failed(.connectTimeout, isResendable: true)
                == .refuse(.upstreamTimeout, .blue))
    }

    @Test("An answer that has begun is cut, never ended as if it were complete")
    func cuts() {
        var exchange = answering()
        #expect(exchange.failed(.reset, isResendable: false) == .cut(.blue))
        var slow = answering()
        #expect(slow.failed(.timeout, isResendable: false) == .cutAndAbandon(.blue))
    }

    @Test("A client that leaves after the start leaves its request counted")
    func abandons() {
        var exchange = started()
        #expect(exchange.clientLeft() == .abandon(.blue))
        var late = answering()
        #expect(late.clientLeft() == .abandon(.blue))
    }

    @Test("A stream leaves the count when it begins, and ends as a stream")
    func streams() {
        var exchange = answering()
        exchange.becameStream()
        #expect(exchange.state == .streaming(.blue))
        #expect(exchange.answerEnded() == .endStream(.blue))
        var left = answering()
        left.becameStream()
        #expect(left.clientLeft() == .endStream(.blue))
    }

    @Test("An answer's last octet gives the count back once")
    func finishes() {
        var exchange = answering()
        #expect(exchange.answerEnded() == .finish(.blue))
        #expect(exchange.answerEnded() == .none)
    }

    @Test("A request that is cut gets an answer where none has begun, else a reset")
    func cutOff() {
        var sent = started()
        #expect(sent.epoch == 7)
        sent.firstOctetSent()
        #expect(sent.cutOff() == .refuse(.upstreamTimeout, .blue))
        var half = answering()
        #expect(half.cutOff() == .cut(.blue))
        var stream = answering()
        stream.becameStream()
        #expect(stream.cutOff() == .none)
        #expect(stream.state == .streaming(.blue))
    }
}
