import Testing

/// RFC 9113, section 8: what a request is, and what it becomes.
@Suite("RFC 9113, requests")
struct HeadTests {
    private func hear(_ fields: [(String, String)], ends: Bool = true) throws -> Peer {
        let peer = try Peer()
        peer.send(Frame.headers(1, fields, ends: ends))
        return peer
    }

    /// The head in the form of HTTP/1.1.
    private func head(_ fields: [(String, String)], ends: Bool = true) throws -> String? {
        guard case .request(1, let head)? = try hear(fields, ends: ends).heard.first else {
            return nil
        }
        return head
    }

    @Test("§8.3.1: a request is written as HTTP/1.1 has it, Host from :authority [88]")
    func request() throws {
        #expect(
            try head(Frame.get + [("accept", "*/*")])
                == "GET /a?b HTTP/1.1\r\naccept: */*\r\nhost: a.test\r\n\r\n")
        #expect(
            try head(Array(Frame.get.dropLast()) + [("host", "b.test")])
                == "GET /a?b HTTP/1.1\r\nhost: b.test\r\n\r\n")
        #expect(try head(Frame.get + [("host", "A.test")])?.contains("host: a.test") ?? false)
    }

    @Test("§8.1: content whose length is not known comes in chunks of our own")
    func framing() throws {
        #expect(
            try head(Frame.post, ends: false)?
                .hasSuffix("transfer-encoding: chunked\r\n\r\n") ?? false)
        let declared = try head(Frame.post + [("content-length", "3")], ends: false)
        #expect(declared?.contains("content-length: 3\r\n") ?? false)
        #expect(!(declared?.contains("chunked") ?? true))
    }

    @Test("§8.2.3: crumbs of cookies become one field [85]")
    func cookies() throws {
        let fields = [("cookie", "a=1"), ("x", "y"), ("cookie", "b=2"), ("cookie", "c=3")]
        #expect(try head(Frame.get + fields)?.contains("\r\ncookie: a=1; b=2; c=3\r\n") ?? false)
    }

    @Test(
        "§8.2, §8.3: a malformed head goes no further [81, 83, 84, 86, 87, 88]",
        arguments: [
            [("Upper", "x")], [("a b", "x")], [("a:b", "x")], [("", "x")], [("a\u{7f}", "x")],
            [("x", "a\r\nb: c")], [("x", "a\nb")], [("x", "a\u{0}b")], [("x", " a")], [("x", "a ")],
            [("connection", "close")], [("proxy-connection", "close")], [("keep-alive", "1")],
            [("transfer-encoding", "chunked")], [("upgrade", "h2c")], [("te", "gzip")],
            [(":path", "/twice")], [("a", "b"), (":method", "GET")], [(":unknown", "x")],
            [(":status", "200")], [("host", "other.test")],
            [("host", "a.test"), ("host", "a.test")],
            [("content-length", "1")], [("content-length", "-1")], [("content-length", "1, 1")],
        ])
    func malformed(_ fields: [(String, String)]) throws {
        let isPseudo = fields[0].0.hasPrefix(":")
        let all = isPseudo ? fields + Frame.get : Frame.get + fields
        let peer = try hear(all)
        #expect(peer.heard.allSatisfy { $0 == .closed(1) }, "\(fields): \(peer.heard)")
        #expect(peer.reset(of: 1) == Code.protocol, "\(fields)")
    }

    @Test(
        "§8.3.1: a pseudo-field that is missing, empty or not of this world [87, 93]",
        arguments: [
            [(":method", "GET"), (":scheme", "https"), (":authority", "a")],
            [(":method", "GET"), (":path", "/"), (":authority", "a")],
            [(":scheme", "https"), (":path", "/"), (":authority", "a")],
            [(":method", "GET"), (":scheme", "https"), (":path", ""), (":authority", "a")],
            [(":method", "GET"), (":scheme", "https"), (":path", "*"), (":authority", "a")],
            [(":method", "GET"), (":scheme", "https"), (":path", "x"), (":authority", "a")],
            [(":method", "G T"), (":scheme", "https"), (":path", "/"), (":authority", "a")],
            [(":method", "GET"), (":scheme", "ftp"), (":path", "/"), (":authority", "a")],
            [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "a\r\nb")],
            [
                (":method", "GET"), (":scheme", "https"), (":path", "/ HTTP/1.1\r\nx: y"),
                (":authority", "a"),
            ],
            [(":method", "GET"), (":scheme", "https"), (":path", "/")],
        ])
    func pseudo(_ fields: [(String, String)]) throws {
        let peer = try hear(fields)
        #expect(peer.heard.allSatisfy { $0 == .closed(1) }, "\(fields): \(peer.heard)")
        #expect(peer.reset(of: 1) == Code.protocol, "\(fields)")
    }

    @Test("§8.2.2, §8.3.1: TE with trailers alone, and * with OPTIONS, are fine [84, 87]")
    func allowed() throws {
        #expect(try head(Frame.get + [("te", "trailers")]) != nil)
        let options = [
            (":method", "OPTIONS"), (":scheme", "http"), (":path", "*"), (":authority", "a"),
        ]
        #expect(try head(options)?.hasPrefix("OPTIONS * HTTP/1.1\r\n") ?? false)
    }

    @Test("§8.1.1: content that is not as long as declared never counts as whole [82]")
    func length() throws {
        for content in ["ab", "abcd"] {
            let peer = try hear(Frame.post + [("content-length", "3")], ends: false)
            peer.send(Frame.data(1, content, ends: true))
            #expect(!peer.heard.contains(.ended(1)), "\(peer.heard)")
            #expect(peer.reset(of: 1) == Code.protocol)
        }
        let whole = try hear(Frame.post + [("content-length", "3")], ends: false)
        whole.send(Frame.data(1, "abc", ends: true))
        #expect(whole.heard.suffix(2) == [.content(1, "abc"), .ended(1)])
    }

    @Test("§8.1: trailers follow content, and end the stream; others are malformed [81]")
    func trailers() throws {
        let peer = try hear(Frame.post, ends: false)
        peer.send(Frame.data(1, "x"), Frame.headers(1, [("x-sum", "1")]))
        #expect(peer.heard.suffix(2) == [.trailers(1, "x-sum: 1\r\n"), .ended(1)])
        for (fields, ends) in [([("x-sum", "1")], false), ([(":path", "/")], true)] {
            let other = try hear(Frame.post, ends: false)
            other.send(Frame.headers(1, fields, ends: ends))
            #expect(!other.heard.contains(.ended(1)))
            #expect(other.answers().contains { $0.error == Code.protocol })
        }
    }

    @Test("§10.5.1: a head that is cut is always too large for its reader [94]")
    func cut() throws {
        // Host and :authority are one in what is read: neither may push a field out of it.
        let long = String(repeating: "a", count: 200)
        let twins = [("host", long), ("x-last", long)]
        let fields = Array(Frame.get.dropLast()) + [(":authority", long)] + twins
        for most in stride(from: 200, through: 700, by: 10) {
            let peer = try Peer(headBytesMax: most)
            peer.send(Frame.headers(1, fields))
            guard case .request(1, let head)? = peer.heard.first else {
                Issue.record("\(peer.heard)")
                return
            }
            #expect(head.contains("x-last") || head.utf8.count > most, "\(most)")
        }
    }

    @Test("§8.5, RFC 8441: a WebSocket opens as it does in HTTP/1.1; CONNECT alone is not [90]")
    func connect() throws {
        let fields = [
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"),
            (":path", "/chat"), (":authority", "a.test"), ("sec-websocket-version", "13"),
        ]
        let socket = try head(fields, ends: false)
        #expect(socket?.hasPrefix("GET /chat HTTP/1.1\r\nsec-websocket-version: 13\r\n") ?? false)
        #expect(
            socket?.hasSuffix(
                "connection: upgrade\r\nupgrade: websocket\r\n"
                    + "sec-websocket-key: AAAAAAAAAAEAAAAAAAAAAg==\r\n\r\n") ?? false)
        let keyed = try head(fields + [("sec-websocket-key", "theirs")], ends: false)
        #expect(keyed == socket)
        // What follows is no content: no length of it may be said to the app.
        let lengthy = try hear(fields + [("content-length", "3")], ends: false)
        #expect(lengthy.heard.isEmpty && lengthy.reset(of: 1) == Code.protocol)
        let plain = try head([(":method", "CONNECT"), (":authority", "a.test:1")], ends: false)
        #expect(plain?.hasPrefix("CONNECT a.test:1 HTTP/1.1\r\n") ?? false)
    }
}
