import Bytes
import HTTP
import HTTP1
import Testing

@Suite("RFC 9110: what an intermediary may say, and what it must not")
struct RFC9110Tests {
    @Test("RFC 9110 §2.2: what is sent on parses by the grammar it was read by")
    func ownGrammar() {
        let head = forward(request("Via: x", "Connection: y", "X-Forwarded-For: z"))
        #expect(parse(head).request?.end == head.utf8.count)
    }

    @Test("RFC 9110 §4.2.1: an http URI with an empty host is refused")
    func emptyHost() {
        for target in ["http:///p", "https://", "http://:80/", "http://?q"] {
            #expect(refusal("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n") == 400, "\(target)")
        }
    }

    @Test("RFC 9110 §4.2.4: userinfo is an error")
    func userinfo() {
        for target in ["http://u@a/", "http://u:p@a/", "http://@a/"] {
            #expect(refusal("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n") == 400, "\(target)")
        }
        #expect(refusal("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n") == 400)
    }

    @Test("RFC 9110 §5.1: fields that are not known pass, in both directions")
    func unknownFields() throws {
        #expect(lines(forward(request("X-Anything!#$: b=1"))).contains("X-Anything!#$: b=1"))
        let seen = try #require(answer("HTTP/1.1 200 OK\r\n~odd|: 1\r\n\r\n").answer)
        #expect(lines(seen.written).contains("~odd|: 1"))
    }

    @Test("RFC 9110 §5.3: fields of one name keep their order and are not joined")
    func order() throws {
        let head = forward(request("X: 1", "Y: 2", "X: 3", "Cookie: a", "Cookie: b"))
        #expect(values("X", in: head) == ["1", "3"])
        #expect(values("Cookie", in: head) == ["a", "b"])
        let seen = try #require(
            answer("HTTP/1.1 200 OK\r\nSet-Cookie: a, b\r\nSet-Cookie: c\r\n\r\n").answer)
        #expect(values("Set-Cookie", in: seen.written) == ["a, b", "c"])
    }

    @Test("RFC 9110 §5.3: nothing is concluded before the whole section is in")
    func wholeSection() {
        let text = request("Content-Length: 5")
        #expect(parse(String(text.dropLast(2))) == .incomplete)
    }

    @Test("RFC 9110 §5.4: fields too large, or too many, are 431 and never left out")
    func tooLarge() {
        let limits = HeadLimits(headBytesMax: 512, fieldCountMax: 4)
        #expect(parse(request("X: 1", "X: 2", "X: 3"), limits: limits).request != nil)
        #expect(parse(request("X: 1", "X: 2", "X: 3", "X: 4"), limits: limits).refusedStatus == 431)
        let long = request("X: " + String(repeating: "a", count: 512))
        #expect(parse(long, limits: limits).refusedStatus == 431)
    }

    @Test("RFC 9110 §5.5: white space around a value is no part of it; CR, LF and NUL are refused")
    func values55() throws {
        let seen = try #require(parse(request("X: \t a b\t ")).request)
        #expect(seen.fields.contains("X=a b"))
        for octet in ["\0", "\r", "\n", "\u{1}", "\u{7f}"] {
            #expect(refusal(request("X: a\(octet)b")) == 400)
            #expect(answer("HTTP/1.1 200 OK\r\nX: a\(octet)b\r\n\r\n").refusedStatus == 502)
        }
    }

    @Test("RFC 9110 §5.6.1: empty list elements are skipped, as many as there are options allowed")
    func emptyElements() {
        #expect(parse(request("Connection: ,, ,close,")).request?.keepsConnection == false)
        let most = Array(repeating: "x", count: Strictness.connectionOptionsMax)
        #expect(parse(request("Connection: " + most.joined(separator: ",,"))).request != nil)
        #expect(refusal(request("Connection: " + most.joined(separator: ",") + ",y")) == 400)
    }

    @Test("RFC 9110 §5.6.3: blanks around = in a chunk extension are read")
    func badWhiteSpace() {
        #expect(readChunks("1 ; a = b\r\nx\r\n0\r\n\r\n").text == "x")
    }

    @Test("RFC 9110 §6.6.1: an answer without Date gets one, one with a Date keeps it")
    func date() throws {
        let without = try #require(answer("HTTP/1.1 200 OK\r\n\r\n").answer)
        #expect(values("Date", in: without.written).count == 1)
        let with = try #require(answer("HTTP/1.1 200 OK\r\nDate: x\r\n\r\n").answer)
        #expect(values("Date", in: with.written) == ["x"])
    }

    @Test("RFC 9110 §7.1: * belongs to OPTIONS, an authority to CONNECT, which is not offered")
    func targetForms() {
        #expect(refusal("GET * HTTP/1.1\r\nHost: a\r\n\r\n") == 400)
        #expect(refusal("GET a.example:80 HTTP/1.1\r\nHost: a\r\n\r\n") == 400)
        #expect(refusal("CONNECT a.example:80 HTTP/1.1\r\nHost: a\r\n\r\n") == 501)
    }

    @Test("RFC 9110 §7.6: a request that has passed here seven times goes on, the next time not")
    func loop() {
        let hop = "1.1 bascule"
        func via(_ count: Int) -> String {
            "Via: " + Array(repeating: hop, count: count).joined(separator: ", ")
        }
        #expect(parse(request(via(Strictness.viaVisitsMax - 1))).request != nil)
        #expect(refusal(request(via(Strictness.viaVisitsMax))) == 400)
        #expect(refusal(request(via(4), "Via: 1.0 x", via(4))) == 400)
        let others = "Via: " + Array(repeating: "1.1 other", count: 20).joined(separator: ", ")
        #expect(parse(request(others)).request != nil)
    }

    @Test("RFC 9110 §7.6.1: what Connection names is removed, then Connection; some always are")
    func connection() throws {
        let head = forward(
            request(
                "Connection: x-a, X-B", "X-A: 1", "x-b: 2", "X-C: 3", "Keep-Alive: 5",
                "Proxy-Connection: close", "TE: trailers", "Upgrade: h2c", "HTTP2-Settings: x"))
        for name in [
            "Connection", "X-A", "X-B", "Keep-Alive", "Proxy-Connection", "TE", "Upgrade",
            "HTTP2-Settings",
        ] {
            #expect(values(name, in: head) == [], "\(name)")
        }
        #expect(values("X-C", in: head) == ["3"])
        let seen = try #require(
            answer("HTTP/1.1 200 OK\r\nConnection: X-A\r\nX-A: 1\r\nKeep-Alive: 5\r\n\r\n").answer)
        #expect(values("X-A", in: seen.written) == [])
        #expect(values("Keep-Alive", in: seen.written) == [])
    }

    @Test("RFC 9110 §7.6.2: Max-Forwards counts down for OPTIONS and TRACE, and is left elsewhere")
    func maxForwards() {
        for method in ["OPTIONS", "TRACE"] {
            let text = "\(method) / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n"
            #expect(values("Max-Forwards", in: forward(text)) == ["2"])
        }
        #expect(values("Max-Forwards", in: forward(request("Max-Forwards: 3"))) == ["3"])
        #expect(refusal("TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n") == 501)
        #expect(refusal("OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: -1\r\n\r\n") == 400)
    }

    @Test("RFC 9110 §7.6.3: Via says the version that was received, behind those before")
    func via() {
        #expect(values("Via", in: forward(request("Via: 1.0 x"))) == ["1.0 x, 1.1 bascule"])
        #expect(values("Via", in: forward("GET / HTTP/1.0\r\n\r\n")) == ["1.0 bascule"])
    }

    @Test("RFC 9110 §7.7: path and query go on as they came, and so does the host")
    func untouched() {
        let target = "/a//b/../c/%2e%2E/;d?x=%20+&y[]=1&&"
        let head = forward("GET \(target) HTTP/1.1\r\nHost: A.Example.\r\n\r\n")
        #expect(lines(head)[0] == "GET \(target) HTTP/1.1")
        #expect(values("Host", in: head) == ["A.Example."])
    }

    @Test("RFC 9110 §7.8: Upgrade counts in HTTP/1.1 with its Connection option, and one protocol")
    func upgrade() {
        let both = ["Connection: upgrade", "Upgrade: websocket"].joined(separator: "\r\n")
        #expect(parse(request(both)).request?.upgrade == .websocket)
        #expect(parse(request("Upgrade: websocket")).request?.upgrade == Upgrade.none)
        #expect(parse("GET / HTTP/1.0\r\n\(both)\r\n\r\n").request?.upgrade == Upgrade.none)
        #expect(
            values("Upgrade", in: forward(request("Connection: upgrade", "Upgrade: h2c"))) == [])
    }

    @Test("RFC 9110 §8.6: no length goes out with 1xx or 204; to HEAD and with 304 the stated one")
    func lengths() throws {
        func length(_ status: String, to method: Method = .get) throws -> [String] {
            let text = "HTTP/1.1 \(status) X\r\nContent-Length: 7\r\n\r\n"
            return values(
                "Content-Length", in: try #require(answer(text, to: method).answer).written)
        }
        #expect(try length("103") == [])
        #expect(try length("204") == [])
        #expect(try length("304") == ["7"])
        #expect(try length("200", to: .head) == ["7"])
    }

    @Test("RFC 9110 §9.3.6: CONNECT is refused, with a good port and with a bad one")
    func connect() {
        for target in ["a.example:443", "a.example", "a.example:", "a.example:0", "/"] {
            let text = "CONNECT \(target) HTTP/1.1\r\nHost: a\r\n\r\n"
            #expect(refusal(text) == 501, "\(target)")
        }
    }

    @Test(
        "RFC 9110 §10.1.1: an expectation is ignored in HTTP/1.0 and without content, 417 if unknown"
    )
    func expect() {
        func expects(_ version: String, _ fields: String) -> Bool? {
            parse("POST / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n\r\n").request?.expectsContinue
        }
        let expect = "Expect: 100-Continue\r\nContent-Length: "
        #expect(expects("1.1", expect + "5") == true)
        #expect(expects("1.1", expect + "0") == false)
        #expect(expects("1.0", expect + "5") == false)
        #expect(refusal(request("Expect: y 100-continue")) == 417)
    }

    @Test("RFC 9110 §11.6: credentials and challenges pass unchanged")
    func authentication() throws {
        let value = "Digest a=\"b, c\", , d=e"
        #expect(values("Authorization", in: forward(request("Authorization: \(value)"))) == [value])
        let text = "HTTP/1.1 401 X\r\nWWW-Authenticate: \(value)\r\nWWW-Authenticate: Basic\r\n\r\n"
        let seen = try #require(answer(text).answer)
        #expect(values("WWW-Authenticate", in: seen.written) == [value, "Basic"])
    }

    @Test("RFC 9110 §15.2: interim answers pass to HTTP/1.1, and not to HTTP/1.0")
    func interim() throws {
        let text = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
        let new = try #require(answer(text).answer)
        #expect(new.written == text)
        #expect(try #require(answer(text, client: .http10).answer).written.isEmpty)
    }
}
