import HTTP
import Testing

@Suite("Framing of requests (RFC 9112 section 6)")
struct FramingTests {
    static func with(_ lines: String..., version: String = "1.1") -> Seen {
        let fields = lines.map { "\($0)\r\n" }.joined()
        return parse("POST /p HTTP/\(version)\r\nHost: a.example\r\n\(fields)\r\n")
    }

    @Test("Length, chunked and nothing at all")
    func ordinary() {
        #expect(Self.with("Content-Length: 5").request?.framing == .length(5))
        #expect(Self.with("Content-Length: 010").request?.framing == .length(10))
        #expect(Self.with("Content-Length: 0").request?.framing == .length(0))
        #expect(Self.with("Transfer-Encoding: cHuNkEd").request?.framing == .chunked)
        #expect(Self.with("TRANSFER-ENCODING:\t chunked \t").request?.framing == .chunked)
        #expect(Self.with("Content-Encoding: chunked").request?.framing == BodyFraming.none)
    }

    @Test(
        "A length is digits and nothing else",
        arguments: [
            "", "-5", "+5", "5_0", "0x5", "0b101", "5a", "a", "5\0", "5\u{b}", "5 5", "5, 5",
            "5,6", ",5", "5,", "\u{b2}", "\u{d9}\u{a5}", "5.0", "1e1", "18446744073709551616",
            "18446744073709551621", "9223372036854775808", "99999999999999999999999999999",
        ])
    func badLength(value: String) {
        #expect(Self.with("Content-Length: \(value)").refusedStatus == 400)
    }

    @Test("A length of 2^63 - 1 is the largest")
    func largestLength() {
        #expect(
            Self.with("Content-Length: 9223372036854775807").request?.framing
                == .length(9_223_372_036_854_775_807))
    }

    @Test("Two lengths are refused, the same or not")
    func twoLengths() {
        #expect(Self.with("Content-Length: 5", "Content-Length: 5").refusedStatus == 400)
        #expect(Self.with("Content-Length: 5", "content-length: 6").refusedStatus == 400)
    }

    @Test("Length and chunked together are refused in either order")
    func both() {
        let length = "Content-Length: 5"
        let chunked = "Transfer-Encoding: chunked"
        #expect(Self.with(length, chunked).refusedStatus == 400)
        #expect(Self.with(chunked, length).refusedStatus == 400)
        #expect(Self.with("Content-Length: 0", chunked).refusedStatus == 400)
    }

    @Test(
        "A Transfer-Encoding that does not end in chunked is refused with 400",
        arguments: [
            "xchunked", "chunk", "chunked chunked", "chunked;ext=val", "chunked\u{7f}",
            "ch\u{96}nked", "", "cow", "chu nked", "\\chunked", "chunked, chunked", ",chunked",
            "chunked,", "\u{a0}chunked", "identity", "chunked, gzip", "\"chunked\"", "\u{b}chunked",
        ])
    func badCoding(value: String) {
        #expect(Self.with("Transfer-Encoding: \(value)").refusedStatus == 400)
    }

    @Test("A coding that is not known, before chunked, is 501 (RFC 9112 section 6.1)")
    func unknownCoding() {
        #expect(Self.with("Transfer-Encoding: gzip, chunked").refusedStatus == 501)
    }

    @Test("Transfer-Encoding twice, or in HTTP/1.0, is refused")
    func codingElsewhere() {
        let chunked = "Transfer-Encoding: chunked"
        #expect(Self.with(chunked, chunked).refusedStatus == 400)
        #expect(Self.with(chunked, version: "1.0").refusedStatus == 400)
        #expect(Self.with(chunked, "Content-Length: 5", version: "1.0").refusedStatus == 400)
    }

    @Test("Declared content of exactly the limit passes, one octet more is 413")
    func contentLimit() {
        let limits = HeadLimits(bodyBytesMax: 10)
        let start = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
        #expect(parse("\(start)10\r\n\r\n", limits: limits).request != nil)
        #expect(parse("\(start)11\r\n\r\n", limits: limits).refusedStatus == 413)
    }

    @Test("TRACE carries no content, and ends here when it may go no further")
    func trace() {
        let start = "TRACE / HTTP/1.1\r\nHost: a\r\n"
        #expect(parse("\(start)\r\n").request != nil)
        #expect(parse("\(start)Content-Length: 1\r\n\r\n").refusedStatus == 400)
        #expect(parse("\(start)Max-Forwards: 0\r\n\r\n").refusedStatus == 501)
        #expect(parse("\(start)Max-Forwards: x\r\n\r\n").refusedStatus == 400)
        #expect(
            values("Max-Forwards", in: forward("\(start)Max-Forwards: 3\r\n\r\n")) == ["2"])
    }
}

@Suite("Persistence, Expect and Upgrade (RFC 9112 section 9, RFC 9110 sections 7.8 and 10.1.1)")
struct ConnectionTests {
    static func keeps(_ version: String, _ connection: String...) -> Bool? {
        let fields = connection.map { "Connection: \($0)\r\n" }.joined()
        return parse("GET / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n").request?.keepsConnection
    }

    @Test("HTTP/1.1 goes on unless told to close; HTTP/1.0 never does")
    func persistence() {
        #expect(Self.keeps("1.1") == true)
        #expect(Self.keeps("1.1", "Keep-Alive, cLoSe") == false)
        #expect(Self.keeps("1.1", "x", "close") == false)
        #expect(Self.keeps("1.0") == false)
        #expect(Self.keeps("1.0", "Keep-Alive") == false)
        #expect(Self.keeps("1.0", "keep-alive, close") == false)
        #expect(Self.keeps("1.1", ", ,keep-alive,,") == true)
    }

    @Test("A Connection field is a list of 32 options at most")
    func options() {
        #expect(Self.keeps("1.1", "clo se") == nil)
        #expect(Self.keeps("1.1", "\"close\"") == nil)
        let thirtyTwo = Array(repeating: "x", count: 32).joined(separator: ",")
        #expect(Self.keeps("1.1", thirtyTwo) == true)
        #expect(Self.keeps("1.1", thirtyTwo + ",x") == nil)
    }

    @Test("Expect counts with content and in HTTP/1.1 only; another expectation is 417")
    func expectation() {
        func post(_ fields: String, _ version: String = "1.1") -> Seen {
            parse("POST / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n\r\n")
        }
        let hundred = "Expect: 100-Continue"
        #expect(post("\(hundred)\r\nContent-Length: 5").request?.expectsContinue == true)
        #expect(post("\(hundred)\r\nTransfer-Encoding: chunked").request?.expectsContinue == true)
        #expect(post(hundred).request?.expectsContinue == false)
        #expect(post("\(hundred)\r\nContent-Length: 0").request?.expectsContinue == false)
        #expect(post("\(hundred)\r\nContent-Length: 5", "1.0").request?.expectsContinue == false)
        #expect(post("Expect: y 100-continue\r\nContent-Length: 5").refusedStatus == 417)
        #expect(post("Expect: 200-maybe").refusedStatus == 417)
    }

    @Test("A WebSocket is a GET without content that names the upgrade in Connection")
    func webSocket() {
        func upgrade(_ line: String, _ fields: String) -> Upgrade? {
            parse("\(line)\r\nHost: a\r\n\(fields)\r\n\r\n").request?.upgrade
        }
        let both = "Connection: Upgrade\r\nUpgrade: WebSocket"
        #expect(upgrade("GET / HTTP/1.1", both) == .websocket)
        #expect(upgrade("GET / HTTP/1.1", "\(both)\r\nUpgrade: h2c") == .other)
        #expect(upgrade("GET / HTTP/1.0", both) == Upgrade.none)
        #expect(upgrade("GET / HTTP/1.1", "Upgrade: websocket") == Upgrade.none)
        #expect(upgrade("POST / HTTP/1.1", "\(both)\r\nContent-Length: 5") == .other)
        #expect(upgrade("GET / HTTP/1.1", "Connection: upgrade\r\nUpgrade: h2c") == .other)
    }
}
