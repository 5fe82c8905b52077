import Control
import Foundation
import Kernel
import Testing

/// Requests on streams of HTTP/2, through the executable.
@Suite("HTTP/2", .serialized, .timeLimit(.minutes(2)))
struct HTTP2StreamTests {
    private func serve(
        _ apps: [ScriptedUpstream], _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> Bascule {
        var configuration = Configuration(blue: apps)
        configuration.workers = 1
        configuration.listenerKeys = ["h2c: true"]
        change(&configuration)
        return try Bascule(configuration)
    }

    @Test("curl agrees on HTTP/2 by TLS, the app is told so, and the log says HTTP/2.0")
    func curl() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let app = try ScriptedUpstream(ScriptedUpstream.answering("over h2"))
        let bascule = try serve([app]) {
            $0.listenerKeys = [certificates.listener("a")]
            $0.lines = ["access_log: {path: \(certificates.folder.file("log")), format: json}"]
        }
        let answer = try TLSClient.curl(
            "a.test", bascule, path: "/x?y=z", trusting: certificates.path("a"), "--http2",
            "-w", " %{http_version}")
        #expect(answer.output == "over h2 2", "\(answer.errors)")
        let request = try #require(app.requests.first)
        #expect(request.startLine == "GET /x?y=z HTTP/1.1")
        #expect(request["via"] == "2.0 bascule")
        #expect(request["x-forwarded-proto"] == "https")
        #expect(request["host"]?.hasPrefix("a.test:") ?? false)
        try Wait.until("the line is written") {
            certificates.folder.text(of: "log").contains("\"protocol\":\"HTTP/2.0\"")
        }
        let other = try TLSClient.curl(
            "a.test", bascule, trusting: certificates.path("a"), "--http2", "-H", "Host: b.test",
            "-o", "/dev/null", "-w", "%{http_code} %{http_version}")
        #expect(other.output == "421 2")
    }

    @Test("tls.http2: false offers HTTP/1.1 alone")
    func off() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let app = try ScriptedUpstream()
        let bascule = try serve([app]) {
            $0.listenerKeys = [certificates.listener("a", keys: ", http2: false")]
        }
        let answer = try TLSClient.curl(
            "a.test", bascule, trusting: certificates.path("a"), "--http2", "-w",
            " %{http_version}")
        #expect(answer.output == "ok 1.1")
    }

    @Test("A hundred streams at once, answered in any order, each with its own content")
    func many() throws {
        let app = try ScriptedUpstream { request, connection in
            try connection.send(ScriptedUpstream.answer(request.path))
            return .keep
        }
        let client = try FrameConnection(serve([app]))
        for index in 0..<100 { try client.ask(UInt32(index * 2 + 1), "GET", "/\(index)") }
        for index in 0..<100 {
            #expect(try client.text(of: UInt32(index * 2 + 1)) == "/\(index)")
        }
    }

    @Test("Content in both framings, HEAD, 204, 304, an early 103, and trailers both ways")
    func messages() throws {
        let app = try ScriptedUpstream { request, connection in
            switch request.path {
            case "/head":
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            case "/204": try connection.send("HTTP/1.1 204 No Content\r\n\r\n")
            case "/304": try connection.send("HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n")
            case "/hints":
                try connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
                try connection.send(ScriptedUpstream.answer("hinted"))
            case "/trailers":
                try connection.send(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "4\r\nbody\r\n0\r\nX-Sum: 7\r\n\r\n")
            default: try connection.send(ScriptedUpstream.answer(request.text))
            }
            return .keep
        }
        let bascule = try serve([app])
        let client = try FrameConnection(bascule)
        try client.ask(1, "POST", "/length", [("content-length", "4")], ends: false)
        try client.content(1, Array("ab".utf8), ends: false)
        try client.content(1, Array("cd".utf8), ends: true)
        #expect(try client.text(of: 1) == "abcd")
        try client.ask(3, "POST", "/chunks", ends: false)
        try client.content(3, Array("efg".utf8), ends: false)
        try client.content(3, [], ends: true)
        #expect(try client.text(of: 3) == "efg")
        #expect(app.requests[0]["content-length"] == "4")
        #expect(app.requests[1]["transfer-encoding"] == "chunked")
        for (stream, method, path, status) in [
            (5, "HEAD", "/head", 200), (7, "GET", "/204", 204), (9, "GET", "/304", 304),
        ] {
            try client.ask(UInt32(stream), method, path)
            #expect(try client.body(of: UInt32(stream)).isEmpty)
            #expect(try client.status(of: UInt32(stream)) == status)
        }
        try client.ask(11, "GET", "/hints")
        #expect(try client.text(of: 11) == "hinted")
        #expect(try client.status(of: 11) == 103)
        try client.ask(13, "GET", "/trailers")
        #expect(try client.text(of: 13) == "body")
        let last = try client.wait { $0.stream == 13 && $0.endsStream }
        #expect(last.kind == FrameConnection.Kind.headers)
        #expect(String(decoding: last.payload, as: UTF8.self).contains("7"))
    }

    @Test("What a request may not be: 400, 431, 501, and nothing of it reaches the app")
    func refused() throws {
        let app = try ScriptedUpstream()
        let bascule = try serve([app]) { $0.lines = ["limits: {header_bytes: 4KiB}"] }
        let client = try FrameConnection(bascule)
        try client.ask(1, "GET", "/%zz")
        #expect(try client.status(of: 1) == 400)
        let fields = (0..<50).map { ("x-\($0)", String(repeating: "y", count: 100)) }
        try client.ask(3, "GET", "/", fields)
        #expect(try client.status(of: 3) == 431)
        let expectation = [("expect", "something")]
        try client.ask(5, "GET", "/", expectation)
        #expect(try client.status(of: 5) == 417)
        try client.ask(7, "TRACE", "/", [("max-forwards", "0")])
        #expect(try client.status(of: 7) == 501)
        #expect(app.requests.isEmpty)
        // The connection goes on.
        try client.ask(9)
        #expect(try client.status(of: 9) == 200)
    }

    @Test("An answer that breaks off resets its stream, and the others go on")
    func cut() throws {
        let app = try ScriptedUpstream { request, connection in
            if request.path == "/cut" {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
                return .reset
            }
            try connection.send(ScriptedUpstream.answer("whole"))
            return .keep
        }
        let client = try FrameConnection(serve([app]))
        try client.ask(1, "GET", "/cut")
        let reset = try client.wait {
            $0.kind == FrameConnection.Kind.reset && $0.stream == 1
        }
        #expect(reset.error == 2)
        try client.ask(3)
        #expect(try client.text(of: 3) == "whole")
    }

    @Test("An answer waits for its windows, holds up no other, and is not read far ahead")
    func windows() throws {
        let large = [UInt8](repeating: 0x78, count: 3_000_000)
        let app = try ScriptedUpstream { request, connection in
            guard request.path == "/large" else {
                try connection.send(ScriptedUpstream.answer("small"))
                return .keep
            }
            connection.patience = 20
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(large.count)\r\n\r\n")
            try connection.send(large)
            return .keep
        }
        let bascule = try serve([app])
        let client = try FrameConnection(bascule, settings: [(4, 10)])
        try client.ask(1, "GET", "/large")
        try client.ask(3, "GET", "/small")
        #expect(try client.text(of: 3) == "small")
        let sent = client.frames.filter { $0.kind == 0 && $0.stream == 1 }
        #expect(sent.reduce(0) { $0 + $1.payload.count } <= 10)
        try client.openWindow(0, 4_000_000)
        try client.openWindow(1, 4_000_000)
        #expect(try client.body(of: 1) == large)
    }

    @Test("A client that goes, or takes one stream back, leaves nothing in flight")
    func gone() throws {
        let colors = try TwoColors { $0.listenerKeys = ["h2c: true"] }
        let client = try FrameConnection(colors.bascule)
        for stream: UInt32 in [1, 3, 5] { try client.ask(stream, "GET", "/slow") }
        try Wait.until("blue has all three") { colors.blue.requests.count == 3 }
        try client.reset(3)
        client.connection.close()
        colors.letSlowAnswer()
        try Wait.until("nothing is in flight") {
            try colors.bascule.service().colors.allSatisfy { $0.inFlight == 0 }
        }
    }
}
