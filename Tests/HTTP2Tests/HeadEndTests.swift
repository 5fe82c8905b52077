import HTTP2
import Testing

/// Where a head ends: at its size, and at its last frame.
@Suite("HTTP/2, heads that are too large or malformed")
struct HeadEndTests {
    private func head(_ fields: [(String, String)], bytesMax: Int) throws -> String? {
        let peer = try Peer(headBytesMax: bytesMax)
        peer.send(Frame.headers(1, fields))
        guard case .request(1, let head)? = peer.heard.first else { return nil }
        return head
    }

    @Test(
        "§10.5.1: a head keeps all its fields, or is too large for its reader [94]",
        arguments: [":path", ":authority", "host", "cookie", "x-first"])
    func whole(_ long: String) throws {
        let value = String(repeating: "a", count: 240)
        // Host and :authority are the same.
        let changed = long == "host" ? ":authority" : long
        var fields = Frame.get.map {
            $0.0 == changed ? ($0.0, changed == ":path" ? "/" + value : value) : $0
        }
        if !long.hasPrefix(":") { fields.append((long, value)) }
        fields += [("x-fill", value), ("cookie", "b=2"), ("authorization", "x"), ("x-last", "y")]
        let whole = try #require(try head(fields, bytesMax: 10_000))
        #expect(whole.contains("\r\nauthorization: x\r\nx-last: y\r\n"))
        for most in 300...whole.utf8.count + 20 {
            let read = try #require(try head(fields, bytesMax: most))
            #expect(read == whole || read.utf8.count > most, "\(most): \(read)")
            #expect(read == whole || most < whole.utf8.count, "\(most): \(read)")
        }
    }

    @Test("§8.1: trailers keep all their fields, however small a head has to be")
    func trailers() throws {
        let peer = try Peer(headBytesMax: 300)
        let value = String(repeating: "a", count: 200)
        let fields = (0..<20).map { ("x-\($0)", value) }
        peer.send(Frame.headers(1, Frame.post, ends: false), Frame.headers(1, fields))
        let text = fields.map { "\($0.0): \($0.1)\r\n" }.joined()
        #expect(peer.heard.suffix(2) == [.trailers(1, text), .ended(1)])
    }

    @Test(
        "A malformed head is over with its last octet: the connection waits for no more of it",
        arguments: [
            [(":method", "GET"), (":scheme", "https"), (":authority", "a")],
            Frame.get + [("Upper", "x")], Frame.get + [("x", "a\r\nb")],
            Frame.get + [("content-length", "1")], Frame.get + [(":path", "/twice")],
            Frame.get + [("host", "other.test")],
        ])
    func malformed(_ fields: [(String, String)]) throws {
        let octets = Frame.block(fields)
        let parts = [
            Frame(kind: .headers, flags: Frame.endStream, stream: 1, payload: Array(octets[..<9])),
            Frame(
                kind: .continuation, flags: Frame.endHeaders, stream: 1,
                payload: Array(octets[9...])),
        ]
        let peer = try Peer()
        peer.send(parts[0])
        #expect(peer.session.isInHead)
        peer.send(parts[1])
        #expect(!peer.session.isInHead, "\(fields)")
        #expect(peer.reset(of: 1) == Code.protocol)
    }

    @Test("So are malformed trailers")
    func malformedTrailers() throws {
        let peer = try Peer()
        peer.send(Frame.headers(1, Frame.post, ends: false))
        peer.send(Frame.headers(1, [(":path", "/")]))
        #expect(!peer.session.isInHead)
        #expect(peer.reset(of: 1) == Code.protocol)
    }
}
