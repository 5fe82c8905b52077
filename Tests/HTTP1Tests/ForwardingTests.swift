import Bytes
import HTTP
import HTTP1
import Testing

@Suite("What the app gets (RFC 9110 section 7.6)")
struct ForwardingTests {
    static func get(_ fields: String..., version: String = "1.1") -> String {
        let lines = fields.map { "\($0)\r\n" }.joined()
        return "GET /a?b HTTP/\(version)\r\nHost: a.example\r\n\(lines)\r\n"
    }

    @Test("A head is written anew: our line, Host first, the client's fields in order, ours last")
    func whole() {
        let head = forward(Self.get("accept:  */*", "X-B: 1", "Cookie: a=b; c", "X-B: 2"))
        #expect(
            head == """
                GET /a?b HTTP/1.1\r
                Host: a.example\r
                accept: */*\r
                X-B: 1\r
                Cookie: a=b; c\r
                X-B: 2\r
                X-Forwarded-For: 10.0.0.1\r
                X-Real-IP: 10.0.0.1\r
                X-Forwarded-Proto: http\r
                X-Forwarded-Host: a.example\r
                X-Request-ID: 00000000000001230000000000004567\r
                X-Request-Start: t=1700000000123\r
                Via: 1.1 bascule\r
                \r

                """)
    }

    @Test(
        "Hop-by-hop fields never pass",
        arguments: [
            "Connection: keep-alive", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive",
            "TE: trailers", "Trailer: X", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk",
            "Expect: 100-continue", "Content_Length: 5", "Transfer_Encoding: chunked",
            "X_Forwarded_For: 1.2.3.4", "x-forwarded_for: 1.2.3.4", "X_Real_IP: 1.2.3.4",
            "X_Request_ID: x", "X_FORWARDED_PROTO: https",
        ])
    func hopByHop(field: String) {
        for isTrusted in [false, true] {
            #expect(
                forward(Self.get(field), isTrusted: isTrusted)
                    == forward(Self.get(), isTrusted: isTrusted))
        }
    }

    @Test("Every field that Connection names is removed, Host alone stays")
    func named() {
        let head = forward(
            Self.get(
                "X-Private: 1", "Connection: close, x-private ,Host", "X-private: 2",
                "Connection: Cookie", "Cookie: a", "X-Kept: 1"))
        #expect(values("X-Private", in: head) == [])
        #expect(values("Cookie", in: head) == [])
        #expect(values("Connection", in: head) == [])
        #expect(values("X-Kept", in: head) == ["1"])
        #expect(values("Host", in: head) == ["a.example"])
    }

    @Test("Naming a field of ours in Connection does not remove ours (CVE-2022-31813)")
    func namedOurs() {
        let head = forward(
            Self.get("Connection: X-Forwarded-For, X-Real-IP", "X-Forwarded-For: 1.2.3.4"),
            isTrusted: true)
        #expect(values("X-Forwarded-For", in: head) == ["10.0.0.1"])
        #expect(values("X-Real-IP", in: head) == ["10.0.0.1"])
    }

    @Test("What an untrusted peer says about itself is replaced or removed")
    func untrusted() {
        let head = forward(
            Self.get(
                "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil",
                "X-Forwarded-Port: 1", "X-Forwarded-Prefix: /x", "Forwarded: for=1.2.3.4",
                "X-Real-IP: 1.2.3.4", "X-Request-Start: t=1"))
        #expect(values("X-Forwarded-For", in: head) == ["10.0.0.1"])
        #expect(values("X-Forwarded-Proto", in: head) == ["http"])
        #expect(values("X-Forwarded-Host", in: head) == ["a.example"])
        #expect(values("X-Real-IP", in: head) == ["10.0.0.1"])
        #expect(values("X-Request-Start", in: head) == ["t=1700000000123"])
        for name in ["Forwarded", "X-Forwarded-Port", "X-Forwarded-Prefix"] {
            #expect(values(name, in: head) == [])
        }
    }

    @Test("A trusted peer's words are carried on, its own address appended")
    func trusted() {
        let head = forward(
            Self.get(
                "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X-Forwarded-Host: b",
                "X-Forwarded-For: 5.6.7.8", "X-Forwarded-Port: 1", "Forwarded: for=1.2.3.4",
                "X-Real-IP: 1.2.3.4"),
            peer: .ipv6(0x2001_0db8_0000_0000, 1), isTrusted: true)
        #expect(values("X-Forwarded-For", in: head) == ["1.2.3.4, 5.6.7.8, 2001:db8::1"])
        #expect(values("X-Forwarded-Proto", in: head) == ["https"])
        #expect(values("X-Forwarded-Host", in: head) == ["b"])
        #expect(values("X-Forwarded-Port", in: head) == ["1"])
        #expect(values("Forwarded", in: head) == ["for=1.2.3.4"])
        #expect(values("X-Real-IP", in: head) == ["1.2.3.4"])
    }

    @Test("A request id is kept when it is well formed, of 128 octets at most")
    func requestID() {
        func id(_ value: String) -> [String] {
            values("X-Request-ID", in: forward(Self.get("X-Request-ID: \(value)")))
        }
        let ours = ["00000000000001230000000000004567"]
        let longest = String(repeating: "a", count: 128)
        #expect(id("01J-abc_d.e:f/g+h=") == ["01J-abc_d.e:f/g+h="])
        #expect(id(longest) == [longest])
        #expect(id(longest + "a") == ours)
        #expect(id("a b") == ours)
        #expect(id("a\"b") == ours)
        #expect(id("") == ours)
    }

    @Test("Via is appended, with the version that was received (RFC 9110 section 7.6.3)")
    func via() {
        let head = forward(Self.get("Via: 1.0 fred", "Via: 1.1 p.example"))
        #expect(values("Via", in: head) == ["1.0 fred, 1.1 p.example, 1.1 bascule"])
        #expect(values("Via", in: forward(Self.get(version: "1.0"))) == ["1.0 bascule"])
    }

    @Test("There is one framing field at most, and it is ours")
    func framing() {
        func post(_ field: String, _ framing: BodyFraming? = nil) -> String {
            forward("POST / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n", framing: framing)
        }
        let chunked = post("Transfer-Encoding: cHUNKED")
        #expect(values("Transfer-Encoding", in: chunked) == ["chunked"])
        #expect(values("Content-Length", in: chunked) == [])
        #expect(values("Content-Length", in: post("Content-Length: 007")) == ["7"])
        // Collected whole, it goes on by length.
        let collected = post("Transfer-Encoding: chunked", .length(3))
        #expect(values("Transfer-Encoding", in: collected) == [])
        #expect(values("Content-Length", in: collected) == ["3"])
        // Without content: said where the method lets one expect it (RFC 9110 section 8.6).
        #expect(values("Content-Length", in: post("X: 1")) == ["0"])
        #expect(values("Content-Length", in: forward(Self.get())) == [])
    }

    @Test("Expect passes only where the app is to answer it")
    func expect() {
        let post = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        #expect(values("Expect", in: forward(post)) == [])
        #expect(values("Expect", in: forward(post, forwardsExpect: true)) == ["100-continue"])
    }

    @Test("An agreed WebSocket passes with its upgrade, every other upgrade without")
    func upgrade() {
        let key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
        let head = forward(Self.get("Connection: Upgrade", "Upgrade: websocket", key))
        #expect(values("Connection", in: head) == ["Upgrade"])
        #expect(values("Upgrade", in: head) == ["websocket"])
        #expect(values("Sec-WebSocket-Key", in: head).count == 1)
        let other = forward(Self.get("Connection: Upgrade", "Upgrade: websocket, h2c"))
        #expect(values("Connection", in: other) == [])
        #expect(values("Upgrade", in: other) == [])
    }

    @Test("HTTP/1.0 without Host is sent on with an empty one")
    func withoutHost() {
        let head = forward("GET / HTTP/1.0\r\n\r\n")
        #expect(lines(head)[0] == "GET / HTTP/1.1")
        #expect(head.contains("\r\nHost: \r\n"))
        #expect(values("X-Forwarded-Host", in: head) == [])
    }

    @Test(
        "Addresses are written as RFC 5952 has them",
        arguments: [
            (PeerAddress.ipv4(0x7f00_0001), "127.0.0.1"), (.ipv6(0, 1), "::1"), (.ipv6(0, 0), "::"),
            (.ipv6(0x2001_0db8_0000_0001, 0x0001_0001_0001_0001), "2001:db8:0:1:1:1:1:1"),
            (.ipv6(0x2001_0000_0000_0001, 0x0000_0000_0000_0001), "2001:0:0:1::1"),
            (.ipv6(0x2001_0db8_0000_0000, 0x0001_0000_0000_0001), "2001:db8::1:0:0:1"),
            (.ipv6(0x0001_0000_0000_0000, 0), "1::"), (.ipv6(0xfe80 << 48, 0xabcd), "fe80::abcd"),
            (.unknown, "unknown"),
        ])
    func addresses(address: PeerAddress, text: String) {
        var buffer = ByteBuffer()
        address.write(into: &buffer)
        #expect(buffer.text == text)
    }
}
