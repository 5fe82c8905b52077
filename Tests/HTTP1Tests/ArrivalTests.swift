import Bytes
import HTTP
import HTTP1
import Testing

/// Requests right and wrong that the tests below cut and bend.
private let samples: [String] = [
    "GET /a?b=c HTTP/1.1\r\nHost: a.example\r\nX: y\r\n\r\n",
    "\r\nPOST /%41 HTTP/1.0\r\nContent-Length: 10\r\nConnection: keep-alive, X-A\r\nX-A: 1\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nMax-Forwards: 5\r\n\r\n",
    "PUT http://a.example:8080/x?y HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: 1\r\nExpect: 100-continue\r\n\r\n",
    "GET /a%4g HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
    "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\rX",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
]

private let answers: [String] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 204\r\nDate: x\r\n\r\n",
    "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
]

private let chunks =
    "5;a=\"b\"\r\nhello\r\n1a ;x\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nX: 1\r\n\r\n"

/// A small generator with a seed, so that a failure can be had again (SplitMix64).
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}

extension Array<UInt8> {
    /// Changes, removes, doubles or inserts a few octets, those that mean something most often.
    fileprivate mutating func bend(_ dice: inout Dice) {
        let telling = [UInt8]("\r\n :,;\t\0/?%[]\"=0x5af_-.H@".utf8)
        for _ in 0..<Int.random(in: 1...3, using: &dice) {
            guard let at = indices.randomElement(using: &dice) else { return }
            switch Int.random(in: 0..<5, using: &dice) {
            case 0: self[at] = telling.randomElement(using: &dice) ?? 0
            case 1: self[at] = UInt8.random(in: 0...255, using: &dice)
            case 2: remove(at: at)
            case 3: insert(telling.randomElement(using: &dice) ?? 0, at: at)
            default:
                let end = Swift.min(count, at + Int.random(in: 1...20, using: &dice))
                insert(contentsOf: self[at..<end], at: at)
            }
        }
    }
}

@Suite("Octets may arrive in any portions")
struct ArrivalTests {
    @Test("Cut in two at every octet, a request comes out the same", arguments: samples)
    func split(text: String) {
        let octets = [UInt8](latin1: text)
        let whole = parse(octets)
        for cut in 1...octets.count {
            var parser = RequestParser(limits: HeadLimits())
            var fields = FieldTable(capacity: 100)
            _ = parser.parse(octets.span.octets.extracting(0..<cut), into: &fields)
            // The first portion changed nothing that a fresh parser would not see.
            #expect(parse(octets, step: cut) == whole)
        }
        for step in 1...5 { #expect(parse(octets, step: step) == whole) }
    }

    @Test(
        "A million octets that come one at a time are read twice, not over and over")
    func linear() {
        // Two passes look at 2 * 10^6 octets; reading anew at each one would look at 5 * 10^11.
        let limits = HeadLimits(headBytesMax: 1 << 20)
        let value = String(repeating: "v", count: 1_000_000)
        let text = "GET / HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n"
        let spent = ContinuousClock().measure {
            #expect(parse(text, step: 1, limits: limits).request != nil)
        }
        #expect(spent < .seconds(10))
    }

    @Test("Bent at random, no request traps, and portions never change the outcome")
    func mutations() {
        var dice = Dice(state: 2026)
        for round in 0..<60_000 {
            var octets = [UInt8](latin1: samples[round % samples.count])
            octets.bend(&dice)
            // In portions a refusal may wait for the end of its line, so there is one.
            octets += [0x0d, 0x0a]
            let whole = parse(octets)
            let step = Int.random(in: 1...9, using: &dice)
            if parse(octets, step: step) != whole {
                Issue.record("another outcome in portions of \(step): \(octets)")
                return
            }
        }
    }

    @Test("Bent at random, what is forwarded is always a valid request with one framing field")
    func forwarded() {
        var dice = Dice(state: 9112)
        for round in 0..<30_000 {
            var octets = [UInt8](latin1: samples[round % samples.count])
            octets.bend(&dice)
            let text = octets.latin1
            let head = forward(text)
            guard head.hasSuffix("\r\n\r\n") else { continue }
            let again = parse(head)
            let framing = values("Content-Length", in: head) + values("Transfer-Encoding", in: head)
            let isStrict = again.request != nil || head.contains("\r\nHost: \r\n")
            if !isStrict || framing.count > 1 || values("Host", in: head).count > 1 {
                Issue.record("not valid any more: \(octets) became \(head): \(again)")
                return
            }
        }
    }

    @Test("Bent at random, no answer traps")
    func bentAnswers() {
        var dice = Dice(state: 9110)
        for round in 0..<40_000 {
            var octets = [UInt8](latin1: answers[round % answers.count])
            octets.bend(&dice)
            let text = octets.latin1 + "\r\n"
            let whole = answer(text)
            let parts = answer(text, step: 3)
            if whole.refusedStatus != parts.refusedStatus || whole.answer?.end != parts.answer?.end
            {
                Issue.record("another outcome in portions: \(octets)")
                return
            }
        }
    }

    @Test("Bent at random, no chunk traps, and portions never change the outcome")
    func bentChunks() {
        var dice = Dice(state: 7)
        for _ in 0..<60_000 {
            var octets = [UInt8](latin1: chunks)
            octets.bend(&dice)
            let step = Int.random(in: 1...9, using: &dice)
            if readBody(octets, .chunked, step: step) != readBody(octets, .chunked) {
                Issue.record("another outcome in portions of \(step): \(octets)")
                return
            }
        }
    }
}
