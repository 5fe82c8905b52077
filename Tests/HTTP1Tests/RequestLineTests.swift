import HTTP
import Testing

@Suite("Request lines (RFC 9112 section 3)")
struct RequestLineTests {
    static func get(_ line: String) -> Seen { parse("\(line)\r\nHost: a.example\r\n\r\n") }

    @Test("An ordinary request line is taken apart")
    func ordinary() throws {
        let seen = try #require(Self.get("GET /a/b%20c?q=1&r[]=|2 HTTP/1.1").request)
        #expect(seen.method == "GET")
        #expect(seen.path == "/a/b%20c")
        #expect(seen.query == "?q=1&r[]=|2")
        #expect(seen.authority == "a.example")
        #expect(seen.keepsConnection)
    }

    @Test(
        "What is not exactly method, space, target, space, version is refused with 400",
        arguments: [
            "GET /  HTTP/1.1", "GET  / HTTP/1.1", "GET\t/\tHTTP/1.1", " GET / HTTP/1.1",
            "GET / HTTP/1.1 ", "GET /", " / HTTP/1.1", "GET /a b HTTP/1.1", "GET HTTP/1.1",
            "GE T / HTTP/1.1", "G\0ET / HTTP/1.1", "GET\u{7f} / HTTP/1.1", "G(T / HTTP/1.1",
            "{GET} / HTTP/1.1", "GET: / HTTP/1.1", "QUIT", "GET", "\u{16}\u{3}\u{1}",
        ])
    func malformed(line: String) {
        #expect(Self.get(line).refusedStatus == 400)
    }

    @Test(
        "A target holds no octet that is none of a URI's, and is never mended",
        arguments: [
            "/a\0b", "/a\u{1}b", "/a\u{7f}b", "/a\u{1b}[31m", "/a\u{ff}b", "/a#frag", "/a\\b",
            "/a^b", "/a`b", "/a}b", "/a\"b", "/a<b", "/a%zz", "/a%4", "/?a<b", "/?a#b", "/?\u{ff}",
            "admin/a", "?a", "*a", "*",
        ])
    func badTarget(target: String) {
        #expect(Self.get("GET \(target) HTTP/1.1").refusedStatus == 400)
    }

    @Test(
        "Every version but HTTP/1.x is refused",
        arguments: [
            "HTTP/1.10", "HTTP/01.1", "HTTP/1", "HTTP/1.", "HTTP/1,1", "HTTP/ 1.1", "HTTPS/1.1",
            "HTTP/+1.1", "HTTP/-1.1", "HTTP/1.1\0", "HTTP/2.0", "HTTP/0.9", "http/1.1", "HTTP/1.x",
        ])
    func badVersion(version: String) {
        #expect(Self.get("GET / \(version)").refusedStatus == 400)
    }

    @Test("A higher minor version is read as 1.1 (RFC 9110 section 2.5)")
    func higherMinor() {
        #expect(Self.get("GET / HTTP/1.2").request?.keepsConnection == true)
    }

    @Test("An absolute target wins over Host (RFC 9112 section 3.2.2)")
    func absolute() throws {
        let text = "GET http://a.example:81/abs?x HTTP/1.1\r\nHost: b.example\r\n\r\n"
        let seen = try #require(parse(text).request)
        #expect(seen.authority == "a.example:81")
        #expect(seen.host == "a.example")
        #expect(lines(forward(text))[0] == "GET /abs?x HTTP/1.1")
        #expect(values("Host", in: forward(text)) == ["a.example:81"])
        #expect(values("X-Forwarded-Host", in: forward(text)) == ["a.example:81"])
    }

    @Test("An absolute target without a path is sent on as a slash (RFC 9112 section 3.2.1)")
    func absoluteWithoutPath() {
        let head = "Host: a.example\r\n\r\n"
        #expect(
            lines(forward("GET http://a.example HTTP/1.1\r\n\(head)"))[0] == "GET / HTTP/1.1")
        #expect(
            lines(forward("GET HTTPS://a.example?q HTTP/1.1\r\n\(head)"))[0] == "GET /?q HTTP/1.1")
    }

    @Test("OPTIONS without a path is sent on as an asterisk (RFC 9112 section 3.2.4)")
    func asterisk() {
        let head = "Host: a.example\r\n\r\n"
        for target in ["*", "http://a.example"] {
            #expect(
                lines(forward("OPTIONS \(target) HTTP/1.1\r\n\(head)"))[0] == "OPTIONS * HTTP/1.1")
        }
    }

    @Test(
        "An absolute target of another scheme, without a host or with userinfo is refused",
        arguments: [
            "http:///x", "ftp://a.example/", "http:/a.example/", "http://u@a.example/",
            "http://a.example:99999/", "http://a.example#f", "https:a", "http://",
        ])
    func badAbsolute(target: String) {
        #expect(Self.get("GET \(target) HTTP/1.1").refusedStatus == 400)
    }

    @Test("CONNECT is not offered, whatever its target")
    func connect() {
        #expect(Self.get("CONNECT a.example:443 HTTP/1.1").refusedStatus == 501)
        #expect(Self.get("CONNECT a.example: HTTP/1.1").refusedStatus == 501)
    }

    @Test("An unknown method passes; 32 octets are accepted, 33 are 501")
    func methods() {
        #expect(Self.get("FOO-BAR / HTTP/1.1").request?.method == "FOO-BAR")
        let longest = String(repeating: "M", count: 32)
        #expect(Self.get("\(longest) / HTTP/1.1").request?.method == longest)
        #expect(Self.get("\(longest)M / HTTP/1.1").refusedStatus == 501)
    }

    @Test("One empty line before a request is forgiven, two are not (RFC 9112 section 2.2)")
    func emptyLines() {
        #expect(Self.get("\r\nGET / HTTP/1.1").request?.path == "/")
        #expect(Self.get("\r\n\r\nGET / HTTP/1.1").refusedStatus == 400)
    }

    @Test("A request line of exactly the limit passes, one octet more is 414")
    func lineLimit() {
        // "GET /" and " HTTP/1.1" and CR LF.
        let rest = 5 + 9 + 2
        let limits = HeadLimits(startLineBytesMax: 8000)
        for (more, status) in [(0, UInt16?.none), (1, 414)] {
            let path = String(repeating: "a", count: 8000 - rest + more)
            let text = "GET /\(path) HTTP/1.1\r\nHost: a.example\r\n\r\n"
            #expect(parse(text, limits: limits).refusedStatus == status)
            #expect(parse(text, step: 1000, limits: limits).refusedStatus == status)
        }
    }
}
