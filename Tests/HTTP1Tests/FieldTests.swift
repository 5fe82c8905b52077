import HTTP
import Testing

@Suite("Field lines (RFC 9112 section 5, RFC 9110 section 5)")
struct FieldTests {
    static func with(_ lines: String) -> Seen {
        parse("GET / HTTP/1.1\r\nHost: a.example\r\n\(lines)\r\n\r\n")
    }

    @Test("White space around a value is no part of it; inside it stays")
    func whiteSpace() {
        #expect(Self.with("X: \t a\tb  c \t").request?.fields.last == "X=a\tb  c")
        #expect(Self.with("X:").request?.fields.last == "X=")
        #expect(Self.with("X:a").request?.fields.last == "X=a")
    }

    @Test("Every token octet stands in a name, and an octet above 127 in a value")
    func octets() {
        let name = "x!#$%&'*+-.^`|~09Az"
        #expect(Self.with("\(name): 1").request?.fields.last == "\(name)=1")
        #expect(Self.with("X: \u{e9}").request != nil)
    }

    @Test(
        "A line that is no field is refused with 400",
        arguments: [
            "X-A : 1", "X-A\t: 1", ": 1", ":", "JustText", "Transfer Encoding: chunked", "X)A: 1",
            "X@A: 1", "X,A: 1", "X/A: 1", "X{A: 1", "X\0A: 1", "X\u{b}A: 1", "X\u{a0}A: 1",
            "X\rY: a", "X: a\0b", "X: a\u{7}b", "X: a\u{b}b", "X: a\u{1f}b", "X: a\u{7f}b",
            "X: y\rZ: 1", " X: 1", "X: a\r\n b", "X: a\r\n\tb", "X: y\nZ: 1", " ",
        ])
    func malformed(line: String) {
        #expect(Self.with(line).refusedStatus == 400)
    }

    @Test(
        "Only CR LF ends a line",
        arguments: [
            "GET / HTTP/1.1\nHost: a.example\n\n", "GET / HTTP/1.1\r\nHost: a.example\n\r\n",
            "GET / HTTP/1.1\r\r\nHost: a.example\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "GET / HTTP/1.1\n\rHost: a.example\n\r\n\r", "GET / HTTP/1.1\r\nHost: a\r\n\rX",
        ])
    func lineEnds(text: String) {
        #expect(parse(text).refusedStatus == 400)
    }

    @Test("As many fields as the limit pass, one more is 431")
    func countLimit() {
        let limits = HeadLimits(fieldCountMax: 10)
        let nine = String(repeating: "X: 1\r\n", count: 9)
        let start = "GET / HTTP/1.1\r\nHost: a.example\r\n"
        #expect(parse("\(start)\(nine)\r\n", limits: limits).request?.fields.count == 10)
        #expect(parse("\(start)\(nine)X: 1\r\n\r\n", limits: limits).refusedStatus == 431)
    }

    @Test("A head of exactly the limit passes, one octet more is 431, complete or not")
    func sizeLimit() {
        let start = "GET / HTTP/1.1\r\nHost: a.example\r\nX: "
        let limits = HeadLimits(headBytesMax: 1000)
        for (more, status) in [(0, UInt16?.none), (1, 431)] {
            let value = String(repeating: "v", count: 1000 - start.utf8.count - 4 + more)
            let text = "\(start)\(value)\r\n\r\n"
            #expect(parse(text, limits: limits).refusedStatus == status)
            #expect(parse(text, step: 7, limits: limits).refusedStatus == status)
        }
        let endless = start + String(repeating: "v", count: 1000)
        #expect(parse(endless, limits: limits).refusedStatus == 431)
        #expect(parse(endless, step: 1, limits: limits).refusedStatus == 431)
    }

    @Test("A name of 65535 octets is within reach of no limit that traps")
    func longNames() {
        let limits = HeadLimits(headBytesMax: 200_000)
        let name = String(repeating: "n", count: 65_535)
        let start = "GET / HTTP/1.1\r\nHost: a.example\r\n"
        #expect(parse("\(start)\(name): 1\r\n\r\n", limits: limits).request != nil)
        #expect(parse("\(start)\(name)n: 1\r\n\r\n", limits: limits).refusedStatus == 400)
    }
}

@Suite("Host (RFC 9112 section 3.2, RFC 3986 section 3.2)")
struct HostTests {
    static func host(_ value: String) -> Seen { parse("GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n") }

    @Test("HTTP/1.1 names one Host, HTTP/1.0 may leave it out, nobody sends two")
    func presence() {
        #expect(parse("GET / HTTP/1.1\r\nX: 1\r\n\r\n").refusedStatus == 400)
        #expect(parse("GET / HTTP/1.0\r\nX: 1\r\n\r\n").request?.authority == "")
        let two = "Host: a.example\r\nX: 1\r\nhOST: a.example\r\n\r\n"
        #expect(parse("GET / HTTP/1.1\r\n\(two)").refusedStatus == 400)
        #expect(parse("GET / HTTP/1.0\r\n\(two)").refusedStatus == 400)
        let absolute = "GET http://a.example/ HTTP/1.1\r\n"
        #expect(parse("\(absolute)\r\n").refusedStatus == 400)
        #expect(parse("\(absolute)Host: b c\r\n\r\n").refusedStatus == 400)
    }

    @Test(
        "A valid host passes; its port is told apart",
        arguments: [
            ("a.example", "a.example"), ("a.example:8080", "a.example"), ("a_b", "a_b"),
            ("a.example.", "a.example."), ("[::1]:8080", "[::1]"), ("127.0.0.1:1", "127.0.0.1"),
            ("[2001:db8::1]", "[2001:db8::1]"), ("[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]"),
            ("[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]"), ("[1::]", "[1::]"), ("a:65535", "a"),
            ("[::]", "[::]"), ("a:", "a"), ("[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7::]"),
        ])
    func valid(value: String, host: String) {
        #expect(Self.host(value).request?.host == host)
    }

    @Test(
        "A host that is not valid is refused with 400",
        arguments: [
            "", "a.example/x", "a.example b.example", "a.example:-1", "a.example:80:90", "[::1",
            "[::zz]", "a.example?x", "a.example#x", "a.example\\x", "a\0.b", "a\tb", "<a>", "a%zzb",
            "a%2eb", "\"a\"", "a,b", "a:65536", "a:99999999999999999999", ":80", "u@a", "[]",
            "[::1]x", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1::2::3]", "[12345::]", "[:1]",
            "[1:]", "[::1.2.3]", "[::1.2.3.256]", "[::1%25eth0]", "[1:2:3:4:5:6:7:1.2.3.4]",
            "[1:2:3:4:5:6:7:8::]", "a\u{e9}", "[::01.2.3.4]",
        ])
    func invalid(value: String) {
        #expect(Self.host(value).refusedStatus == 400)
    }
}
