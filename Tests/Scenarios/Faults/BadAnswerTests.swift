import Kernel
import Testing

/// Apps that answer what no client may see: before the head has gone on it is 502, after that a
/// visible cut, and the connection is used for nothing more.
@Suite("Bad answers", .serialized, .timeLimit(.minutes(1)))
struct BadAnswerTests {
    /// An app that answers with these octets, whatever it is asked.
    private func app(_ answer: String) throws -> ScriptedUpstream {
        let octets = answer.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        return try ScriptedUpstream { _, connection in
            try connection.send(octets)
            return .keep
        }
    }

    private func start(_ apps: [ScriptedUpstream]) throws -> Bascule {
        var configuration = Configuration(
            apps.enumerated().map { index, app in
                var service = Configuration.Service()
                service.name = "s\(index)"
                service.blue = [app.address.description]
                service.lines = ["hosts: [\"s\(index).example\"]"]
                return service
            }, apps: apps)
        configuration.workers = 1
        configuration.lines.append("timeouts: {response: 2s}")
        return try Bascule(configuration)
    }

    private static let ok = "HTTP/1.1 200 OK\r\n"

    /// What is wrong, and the octets.
    private static let invalid: [(String, String)] = [
        ("garbage before the head", "garbage\r\n" + ok + "Content-Length: 0\r\n\r\n"),
        ("an empty line before the head", "\r\n" + ok + "Content-Length: 0\r\n\r\n"),
        ("another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        ("HTTP/2", "HTTP/2 200\r\n\r\n"),
        ("no status", "HTTP/1.1 OK\r\n\r\n"),
        ("a status beyond 599", "HTTP/1.1 600 X\r\n\r\n"),
        ("a NUL in the reason", "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n"),
        ("a CR in the reason", "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n"),
        ("a bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
        ("a CR in a value", ok + "X: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n"),
        ("an LF in a value", ok + "X: a\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n"),
        ("a NUL in a value", ok + "X: a\0b\r\nContent-Length: 0\r\n\r\n"),
        ("a folded line", ok + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
        ("an empty name", ok + ": a\r\nContent-Length: 0\r\n\r\n"),
        ("a line without a colon", ok + "junk\r\nContent-Length: 0\r\n\r\n"),
        ("two equal lengths", ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab"),
        ("two lengths", ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
        ("a list of lengths", ok + "Content-Length: 2, 2\r\n\r\nab"),
        ("a negative length", ok + "Content-Length: -1\r\n\r\n"),
        ("a length with a sign", ok + "Content-Length: +2\r\n\r\nab"),
        ("a hexadecimal length", ok + "Content-Length: 0x2\r\n\r\nab"),
        ("a length beyond 63 bits", ok + "Content-Length: 9223372036854775808\r\n\r\nab"),
        ("an empty length", ok + "Content-Length:\r\n\r\n"),
        (
            "length and chunks",
            ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        ("an unknown coding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("chunked twice", ok + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
        ("chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("a head too large", ok + "X: " + String(repeating: "a", count: 33_000) + "\r\n\r\n"),
        ("too many fields", ok + String(repeating: "X: 1\r\n", count: 101) + "\r\n"),
        ("an unasked 101", "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
        ("a flood of 1xx", String(repeating: "HTTP/1.1 102 X\r\n\r\n", count: 5_000)),
    ]

    @Test(
        "RFC 9110 §15.6.3: an invalid answer is 502 upstream-invalid, its connection never reused")
    func beforeTheHead() throws {
        let apps = try Self.invalid.map { try app($0.1) }
        let bascule = try start(apps)
        for (index, app) in apps.enumerated() {
            let what = Self.invalid[index].0
            let client = try bascule.connect()
            for _ in 0..<2 {
                try client.send(RawConnection.request("GET", "/", ["Host: s\(index).example"]))
                var answer = try client.readAnswer()
                while answer.status == 102 { answer = try client.readAnswer() }
                #expect(answer.status == 502, "\(what)")
                #expect(answer["x-bascule-reason"] == "upstream-invalid", "\(what)")
                #expect(answer["set-cookie"] == nil, "\(what)")
            }
            #expect(app.requests.count == 2, "\(what)")
            #expect(app.connections == 2, "\(what)")
        }
    }

    private static let chunked = ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"

    /// Wrong only after its head has gone on.
    private static let cut: [(String, String)] = [
        ("a chunk size that is none", chunked + "zz\r\n"),
        ("a negative chunk size", chunked + "-1\r\n"),
        ("a chunk size beyond 63 bits", chunked + "ffffffffffffffff\r\n"),
        ("a chunk longer than its size", chunked + "1\r\nxyz\r\n"),
        ("a chunk line that ends in LF", chunked + "1\nx\r\n"),
        ("chunk extensions too long", chunked + "1;" + String(repeating: "e", count: 5_000)),
        ("a trailer that is no field", chunked + "0\r\njunk\r\n\r\n"),
        ("a folded trailer", chunked + "0\r\nX: a\r\n b\r\n\r\n"),
        ("trailers too large", chunked + "0\r\nX: " + String(repeating: "a", count: 9_000)),
    ]

    @Test("RFC 9112 §8: an answer that goes wrong after its head is cut visibly")
    func afterTheHead() throws {
        let apps = try Self.cut.map { try app($0.1) }
        let bascule = try start(apps)
        for (index, app) in apps.enumerated() {
            let what = Self.cut[index].0
            for _ in 0..<2 {
                let client = try bascule.connect()
                try client.send(RawConnection.request("GET", "/", ["Host: s\(index).example"]))
                // The head may be overtaken by the reset, but nothing may look complete.
                let (octets, end) = try client.readToEnd()
                let text = String(decoding: octets, as: UTF8.self)
                #expect(end == .reset, "\(what)")
                #expect(!text.contains("\r\n0\r\n"), "\(what): \(text)")
            }
            #expect(app.connections == 2, "\(what)")
        }
    }

    @Test("RFC 9112 §6.3: a length that lies is a cut where it is long, surplus where it is short")
    func lyingLengths() throws {
        let short = try ScriptedUpstream { _, connection in
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour")
            return .close
        }
        let long = try app("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfourHTTP/1.1 200 X\r\n\r\n")
        let bascule = try start([short, long])
        let cut = try bascule.connect()
        try cut.send(RawConnection.request("GET", "/", ["Host: s0.example"]))
        #expect(throws: RawConnection.Failure.self) { try cut.readAnswer() }
        let client = try bascule.connect()
        for _ in 0..<3 {
            let answer = try client.ask(RawConnection.request("GET", "/", ["Host: s1.example"]))
            #expect(answer.text == "four")
        }
        #expect(client.received.isEmpty)
        #expect(long.connections == 3)
    }
}
