import Bytes
import HTTP
import HTTP1
import Testing

/// The status with which a request is refused, whole and octet by octet alike; nil where it is not.
func refusal(_ text: String) -> UInt16? {
    let whole = parse(text).refusedStatus
    #expect(parse(text, step: 1).refusedStatus == whole)
    return whole
}

/// A GET with these fields after its Host.
func request(_ fields: String...) -> String {
    "GET / HTTP/1.1\r\nHost: a\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
}

@Suite("RFC 9112 sections 2 to 5: lines, heads, targets")
struct RFC9112MessageTests {
    @Test("RFC 9112 §2.2: octets are read as octets, whatever text they would be")
    func octets() throws {
        // Halves of UTF-8 sequences, and an overlong solidus: text to nobody, kept as they are.
        let seen = try #require(parse(request("X: \u{c3}(\u{c0}\u{af}\u{ff}")).request)
        #expect(seen.fields.contains("X=\u{c3}(\u{c0}\u{af}\u{ff}"))
        #expect(refusal("GET /\u{c3}\u{bc} HTTP/1.1\r\nHost: a\r\n\r\n") == 400)
    }

    @Test(
        "RFC 9112 §2.2: a bare CR is refused, wherever it stands",
        arguments: [
            "GET / HTTP/1.1\rHost: a\r\n\r\n", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\rX: 1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r2\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\rX: 1\r\n\r\n",
        ])
    func bareCR(text: String) { #expect(refusal(text) == 400) }

    @Test(
        "RFC 9112 §2.2: a bare LF ends no line",
        arguments: [
            "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ])
    func bareLF(text: String) {
        #expect(refusal(text) == 400)
        #expect(answer("HTTP/1.1 200 OK\nContent-Length: 0\n\n").refusedStatus == 502)
    }

    @Test("RFC 9112 §2.2: white space between the start line and the first field is refused")
    func leadingSpace() {
        for blank in [" ", "\t"] {
            #expect(refusal("GET / HTTP/1.1\r\n\(blank)Host: a\r\n\r\n") == 400)
            #expect(refusal("GET / HTTP/1.1\r\n\(blank)\r\nHost: a\r\n\r\n") == 400)
        }
    }

    @Test("RFC 9112 §2.2: one empty line before a request is skipped, anything else is 400")
    func emptyLine() {
        #expect(parse("\r\n" + request()).request?.method == "GET")
        #expect(refusal("\r\n\r\n" + request()) == 400)
        #expect(refusal(" " + request()) == 400)
        #expect(refusal("\0" + request()) == 400)
    }

    @Test("RFC 9112 §2.3: what is sent on states our version, not the sender's")
    func ownVersion() throws {
        for version in ["1.0", "1.1", "1.9"] {
            #expect(
                forward("GET / HTTP/\(version)\r\nHost: a\r\n\r\n").hasPrefix("GET / HTTP/1.1\r\n"))
            let seen = try #require(answer("HTTP/\(version) 200 OK\r\n\r\n").answer)
            #expect(seen.written.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
        #expect(refusal("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 400)
    }

    @Test("RFC 9112 §3: one space stands between the parts of a request line")
    func singleSpace() {
        for line in [
            "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET\t/ HTTP/1.1", "GET / HTTP/1.1 ",
            " GET / HTTP/1.1",
            "GET /\u{b}HTTP/1.1", "GET /", "GET HTTP/1.1",
        ] {
            #expect(refusal("\(line)\r\nHost: a\r\n\r\n") == 400, "\(line)")
        }
    }

    @Test("RFC 9112 §3: a request line of 8000 octets is read, a target too long is 414")
    func lineLength() {
        let path = "/" + String(repeating: "a", count: 8000 - "GET / HTTP/1.1\r\n".utf8.count)
        #expect(parse("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n").request?.path == path)
        let long = "/" + String(repeating: "a", count: HeadLimits().startLineBytesMax)
        #expect(parse("GET \(long) HTTP/1.1\r\nHost: a\r\n\r\n").refusedStatus == 414)
    }

    @Test("RFC 9112 §3: a method of 32 octets is read, a longer one is 501")
    func methodLength() {
        let method = String(repeating: "M", count: Strictness.methodBytesMax)
        #expect(parse("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n").request?.method == method)
        #expect(refusal("\(method)M / HTTP/1.1\r\nHost: a\r\n\r\n") == 501)
    }

    @Test("RFC 9112 §3.2: an invalid request line is 400 and never mended")
    func invalidLine() {
        for target in ["/a b", "/a\"b", "/a<b>", "/a#b", "a", "//\u{7f}", "/%g0", "/%", "/a\\b"] {
            #expect(refusal("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n") == 400, "\(target)")
        }
    }

    @Test("RFC 9112 §3.2: a missing, repeated or invalid Host is 400")
    func host() {
        #expect(refusal("GET / HTTP/1.1\r\n\r\n") == 400)
        #expect(refusal("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == 400)
        for host in ["", "a b", "a,b", "a@b", "a/b", "a:b", "a:65536", "[::1", "a\0", "a%41"] {
            #expect(refusal("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") == 400, "\(host)")
        }
    }

    @Test("RFC 9112 §3.2.1: what goes upstream is in origin form, an empty path is a slash")
    func originForm() {
        let head = forward("GET http://b.example?x=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(lines(head)[0] == "GET /?x=1 HTTP/1.1")
    }

    @Test("RFC 9112 §3.2.2: an absolute target wins over Host, which must be valid all the same")
    func absoluteForm() {
        let head = forward("GET http://b.example:81/p HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(values("Host", in: head) == ["b.example:81"])
        #expect(values("X-Forwarded-Host", in: head) == ["b.example:81"])
        #expect(refusal("GET http://b.example/ HTTP/1.1\r\n\r\n") == 400)
        #expect(refusal("GET http://b.example/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == 400)
    }

    @Test("RFC 9112 §3.2.4: OPTIONS with an empty path goes on as an asterisk")
    func asterisk() {
        for target in ["*", "http://a.example", "http://a.example:81"] {
            let head = forward("OPTIONS \(target) HTTP/1.1\r\nHost: a.example\r\n\r\n")
            #expect(lines(head)[0] == "OPTIONS * HTTP/1.1", "\(target)")
        }
        #expect(
            lines(forward("OPTIONS http://a.example/ HTTP/1.1\r\nHost: a\r\n\r\n"))[0]
                == "OPTIONS / HTTP/1.1")
    }

    @Test("RFC 9112 §4: the status line keeps its space without words, and words carry no controls")
    func statusLine() throws {
        for text in ["HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200 \r\n\r\n"] {
            #expect(try #require(answer(text).answer).written.hasPrefix("HTTP/1.1 200 \r\n"))
        }
        for phrase in ["a\0b", "a\rb", "a\u{8}b", "a\u{7f}"] {
            #expect(answer("HTTP/1.1 200 \(phrase)\r\n\r\n").refusedStatus == 502, "\(phrase)")
        }
    }

    @Test("RFC 9112 §5.1: white space before the colon is 400 in a request, removed from an answer")
    func colon() throws {
        #expect(refusal(request("X : 1")) == 400)
        #expect(refusal(request("Transfer-Encoding\t: chunked")) == 400)
        let seen = try #require(
            answer("HTTP/1.1 200 OK\r\nX \t: 1\r\nContent-Length : 0\r\n\r\n").answer)
        #expect(lines(seen.written).contains("X: 1"))
        #expect(seen.framing == .length(0))
    }

    @Test("RFC 9112 §5.2: a folded line is 400 in a request and 502 in an answer")
    func fold() {
        #expect(refusal(request("X: a", " b")) == 400)
        #expect(refusal(request("Transfer-Encoding:", "\tchunked")) == 400)
        #expect(answer("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n").refusedStatus == 502)
    }
}
