import Board
import Control
import Foundation
import Kernel
import Testing

/// The control socket as a server of HTTP (RFC 9112): what is refused, how, and what becomes of the
/// connection.
@Suite("HTTP at the control socket", .serialized, .timeLimit(.minutes(1)))
struct ControlHTTPTests {
    /// A request, and what a problem document says of it.
    private struct Refused {
        let octets: String
        let status: Int
        let reason: Problem.Reason
        let word: String

        init(_ octets: String, _ status: Int, _ reason: Problem.Reason, _ word: String) {
            self.octets = octets
            self.status = status
            self.reason = reason
            self.word = word
        }
    }

    private static let release = "POST /v1/services/web/release HTTP/1.1\r\nHost: x\r\n"
    private static let get = "GET /healthz HTTP/1.1\r\nHost: x\r\n"

    private static let refused = [
        Refused("hello\r\n\r\n", 400, .badRequest, "no method"),
        Refused("GET /a\u{0} HTTP/1.1\r\nHost: x\r\n\r\n", 400, .badRequest, "no target"),
        Refused("GET /a HTTP/2.0\r\nHost: x\r\n\r\n", 505, .versionNotSupported, "HTTP/1.1"),
        Refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, .versionNotSupported, "HTTP/2"),
        Refused("GET /healthz HTTP/1.1\r\n\r\n", 400, .badRequest, "Host: missing"),
        Refused(get + "Host: y\r\n\r\n", 400, .badRequest, "Host: found 2"),
        Refused(
            "GET /healthz HTTP/1.1\r\nHost: x y\r\n\r\n", 400, .badRequest, "found \"x y\""),
        Refused(get + "A b: c\r\n\r\n", 400, .badRequest, "Name: value"),
        Refused(get + "A: b\r\n c\r\n\r\n", 400, .badRequest, "Name: value"),
        Refused(
            get + String(repeating: "A: b\r\n", count: 100) + "\r\n", 431, .fieldsTooLarge,
            "100 fields"),
        Refused(
            get + "A: \(String(repeating: "a", count: 40_000))\r\n\r\n", 431, .fieldsTooLarge,
            "32768 octets"),
        Refused(release + "Content-Length: -1\r\n\r\n", 400, .badRequest, "Content-Length"),
        Refused(
            release + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", 400, .badRequest,
            "one Content-Length"),
        Refused(
            release + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
            .badRequest, "one Content-Length"),
        Refused(
            release + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, .notSupported,
            "expected chunked"),
        Refused(
            release + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, .badRequest, "chunks"),
        // Of its announced body nothing is waited for.
        Refused(
            release + "Content-Length: 262145\r\n\r\n", 413, .tooLarge,
            "found 262145 octets, expected at most 262144"),
        Refused(get + "Content-Length: 99999999999\r\n\r\n", 413, .tooLarge, "99999999999"),
        Refused("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501, .notSupported, "CONNECT"),
    ]

    @Test("What cannot be read is answered by a problem document that says what was expected")
    func problems() throws {
        let bascule = try TwoColors().bascule
        for request in Self.refused {
            let client = try RawConnection(to: .unix(path: bascule.socket))
            try client.send(request.octets)
            let answer = try client.readAnswer()
            let name = request.octets.prefix(80)
            #expect(answer.status == request.status, "\(name)")
            #expect(answer["content-type"] == "application/problem+json", "\(name)")
            let problem = try ControlJSON.decode(Problem.self, from: Data(answer.body))
            #expect(problem.status == request.status, "\(name)")
            #expect(problem.reason == request.reason, "\(name)")
            #expect(problem.detail.contains(request.word), "\(name): \(problem.detail)")
        }
        #expect(try bascule.run("status").code == 0)
    }

    @Test("A refused request is answered in its turn, and ends the connection")
    func turn() throws {
        let colors = try TwoColors()
        let client = try RawConnection(to: .unix(path: colors.bascule.socket))
        try client.send(
            "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"
                + "GET /healthz HTTP/1.1\r\n\r\n"
                + "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        let first = try client.readAnswer()
        #expect(first.status == 200)
        #expect(first["connection"] == nil)
        let second = try client.readAnswer()
        #expect(second.status == 400)
        #expect(second["connection"] == "close")
        #expect(try client.expectEnd() == .closed)
    }

    @Test("A client that keeps nothing is told so and sees an end; another one goes on")
    func closing() throws {
        let port = try FreePort.next()
        let colors = try TwoColors { $0.lines.append("admin: {address: \"127.0.0.1:\(port)\"}") }
        let doors: [SocketAddress] = [
            .unix(path: colors.bascule.socket), .ipv4(0x7f00_0001, port: port),
        ]
        for door in doors {
            for head in [
                "GET /healthz HTTP/1.0\r\n", "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n",
                Self.get + "Connection: Close\r\n", Self.get + "Connection: x, close\r\n",
                Self.get + "Connection: x\r\nConnection: close\r\n",
                Self.get + "Connection: upgrade\r\nUpgrade: h2c\r\n",
            ] {
                let client = try RawConnection(to: door)
                try client.send(head + "\r\n")
                let answer = try client.readAnswer()
                #expect(answer.status == 200, "\(head)")
                #expect(answer["connection"] == "close", "\(head)")
                #expect(try client.expectEnd() == .closed, "\(head)")
            }
            let client = try RawConnection(to: door)
            for _ in 0..<2 {
                try client.send(Self.get + "\r\n")
                let answer = try client.readAnswer()
                #expect(answer["connection"] == nil)
                #expect(answer.text == "ok\n")
            }
        }
    }

    @Test("An answer without a length has no chunks for HTTP/1.0, and none for HEAD")
    func unframed() throws {
        let bascule = try TwoColors().bascule
        let old = try RawConnection(to: .unix(path: bascule.socket))
        try old.send(
            "POST /v1/services/web/switch HTTP/1.0\r\nContent-Length: 14\r\n\r\n{\"to\":\"green\"}")
        let answer = try old.readAnswer()
        #expect(answer.status == 200)
        #expect(answer["transfer-encoding"] == nil)
        #expect(answer.text.split(separator: "\n").last?.contains("\"outcome\":\"done\"") == true)
        let head = try RawConnection(to: .unix(path: bascule.socket))
        try head.send("HEAD /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try head.readAnswer(to: "HEAD").status == 200)
        #expect(try head.expectEnd() == .closed)
    }

    @Test("A body that is too large is refused while it is sent, and the refusal is not lost")
    func large() throws {
        let bascule = try TwoColors().bascule
        for framing in ["Content-Length: 3000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"] {
            let client = try RawConnection(to: .unix(path: bascule.socket))
            let isChunked = framing.hasPrefix("T")
            try client.send(Self.release + framing + (isChunked ? "2DC6C0\r\n" : ""))
            try client.send([UInt8](repeating: UInt8(ascii: " "), count: 3_000_000))
            let answer = try client.readAnswer()
            #expect(answer.status == 413, "\(framing)")
            #expect(answer["connection"] == "close", "\(framing)")
            #expect(try client.expectEnd() == .closed, "\(framing)")
        }
    }

    @Test("A half-close ends no answer; what breaks off by it is refused")
    func halfClose() throws {
        let bascule = try TwoColors().bascule
        for (octets, status, word) in [
            (Self.get + "\r\n", 200, "ok"),
            (Self.release + "Content-Length: 2\r\n\r\n{}", 200, "web"),
            (
                "POST /v1/services/web/switch HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n"
                    + "{\"to\":\"green\"}", 200, "\"outcome\":\"done\""
            ),
            ("GET /healthz HTTP/1.1\r\nHo", 400, "an early end"),
            (
                "POST /v1/services/web/switch HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n"
                    + "{\"to\":\"blue\"}", 400, "an early end"
            ),
        ] {
            let client = try RawConnection(to: .unix(path: bascule.socket))
            try client.send(octets)
            client.endWriting()
            let answer = try client.readAnswer()
            #expect(answer.status == status, "\(octets)")
            #expect(answer.text.contains(word), "\(octets): \(answer.text)")
            #expect(try client.expectEnd() == .closed, "\(octets)")
        }
        #expect(try bascule.service().active == .green)
        let events = try RawConnection(to: .unix(path: bascule.socket))
        try events.send("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        events.endWriting()
        #expect(try events.readHead().status == 200)
        #expect(try bascule.run("switch", "blue").code == 0)
        #expect(try events.read(through: "\"outcome\":\"done\"").contains("blue"))
    }

    @Test("A client that waits to be asked for its body is asked, or refused at once")
    func expect() throws {
        let bascule = try TwoColors().bascule
        let client = try RawConnection(to: .unix(path: bascule.socket))
        try client.send(Self.release + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(try client.readAnswer().status == 100)
        try client.send("{}")
        let answer = try client.readAnswer()
        #expect(answer.status == 200)
        #expect(answer["connection"] == nil)
        try client.send(
            "POST /v1/nothing HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                + "Content-Length: 2\r\n\r\n")
        #expect(try client.readAnswer().status == 404)
        #expect(try client.expectEnd() == .closed)
    }
}
