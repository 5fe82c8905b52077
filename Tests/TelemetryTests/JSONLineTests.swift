import HTTP
import Kernel
import Testing

@testable import Telemetry

@Suite("The access log in JSON")
struct JSONLineTests {
    @Test("A line says everything of a request, in a fixed order")
    func everything() {
        let head =
            "POST /a?b=c HTTP/1.1\r\nHost: app.example\r\nReferer: https://r.example/\r\n"
            + "User-Agent: curl/8\r\nX-Request-ID: abc-1\r\n\r\nUser-Agent: body\r\n"
        let line = Lines.text(head) {
            $0.requestBytes = 12
            $0.responseBytes = 345
            $0.duration = 1_234_567
            $0.service = "web"
            $0.color = "blue"
            $0.upstream = .ipv4(0x7f00_0001, port: 5001)
            $0.connectTime = 0
            $0.headTime = 900_999
            $0.upstreamTime = 1_000_000
            $0.held = 2_000_000_000
            $0.retries = 1
        }
        #expect(
            line == """
                {"time":"2026-01-15T14:30:00.123Z","client":"127.0.0.1","method":"POST",\
                "target":"/a?b=c","protocol":"HTTP/1.1","scheme":"http","host":"app.example",\
                "status":200,"request_bytes":12,"response_bytes":345,"duration_ms":1.234,\
                "reason":null,"complete":true,"service":"web","color":"blue",\
                "upstream":"127.0.0.1:5001","upstream_connect_ms":0.000,\
                "upstream_header_ms":0.900,"upstream_response_ms":1.000,"held_ms":2000.000,\
                "retries":1,"referer":"https://r.example/","user_agent":"curl/8",\
                "request_id":"abc-1"}

                """)
    }

    @Test("What a request has nothing for is null, in the same fields")
    func nothing() throws {
        let full = try Lines.fields(Lines.text("GET / HTTP/1.0\r\n\r\n"))
        let empty = try Lines.fields(Lines.text(""))
        #expect(Set(full.keys) == Set(empty.keys))
        #expect(empty["method"] as? String == nil)
        #expect(full["protocol"] as? String == "HTTP/1.0")
    }

    @Test(
        "Hostile text stays within its field and its line",
        arguments: [
            "a\"b\\c", "a\u{7f}b", "a\u{1b}[31mb", "tab\there", "a\u{9b}31mb", "\u{2028}x", "é",
            "\u{1F600}", "\u{1}\u{1f}", "\",\"status\":999,\"x\":\"",
        ])
    func hostile(_ text: String) throws {
        let line = Lines.text("GET / HTTP/1.1\r\nUser-Agent: \(text)\r\n\r\n")
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(line.utf8.allSatisfy { $0 >= 0x20 || $0 == UInt8(ascii: "\n") })
        let fields = try Lines.fields(line)
        #expect(fields["user_agent"] as? String == text)
        #expect(fields["status"] as? Int == 200)
    }

    @Test(
        "Octets that are no UTF-8 become the code points of their numbers",
        arguments: [
            ([0x80], "\u{80}"), ([0xc3], "\u{c3}"), ([0xc0, 0xaf], "\u{c0}\u{af}"),
            ([0xed, 0xa0, 0x80], "\u{ed}\u{a0}\u{80}"), ([0xf5, 0x41], "\u{f5}A"),
            ([0xf0, 0x8f, 0xbf, 0xbf], "\u{f0}\u{8f}\u{bf}\u{bf}"), ([0xe2, 0x82], "\u{e2}\u{82}"),
            ([0xe2, 0x82, 0xac], "€"), ([0x41, 0xff], "A\u{ff}"),
        ] as [([UInt8], String)])
    func notText(_ octets: [UInt8], _ expected: String) throws {
        let head = Array("GET / HTTP/1.1\r\nReferer: ".utf8) + octets + Array("\r\n\r\n".utf8)
        let fields = try Lines.fields(Lines.text(octets: head))
        #expect(fields["referer"] as? String == expected)
    }

    @Test("Every octet there is, in every field, gives one valid line")
    func everyOctet() throws {
        for octet in UInt8.min...UInt8.max {
            let text = [octet, 0x61, octet, octet]
            let head =
                Array("G".utf8) + text + Array(" /".utf8) + text + Array(" HTTP/1.1\r\nHost:".utf8)
                + text + Array("\r\nUser-Agent:".utf8) + text + Array("\r\nReferer: ".utf8) + text
            let line = Lines.text(octets: head)
            #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
            #expect(try Lines.fields(line)["status"] as? Int == 200, "octet \(octet)")
        }
    }

    @Test("A first line that is no request line is the target, without a method")
    func garbage() throws {
        let fields = try Lines.fields(
            Lines.text(octets: [0x16, 3, 1, 0, 0xa5]) { $0.reason = .badRequest })
        #expect(fields["target"] as? String == "\u{16}\u{3}\u{1}\0\u{a5}")
        #expect(fields["method"] as? String == nil)
        #expect(fields["reason"] as? String == "bad-request")
    }

    @Test("An absolute target is logged as it was received")
    func absolute() throws {
        let fields = try Lines.fields(
            Lines.text("GET /x HTTP/1.1\r\nHost: a\r\n\r\n") {
                $0.head.absoluteTarget = Array("http://a/x".utf8)
            })
        #expect(fields["target"] as? String == "http://a/x")
    }

    @Test("A text of 8 KiB is whole, one octet more is cut and says so")
    func longText() throws {
        let most = AccessLogFormat.textBytesMax
        for (length, isCut) in [(most, false), (most + 1, true)] {
            let text = String(repeating: "u", count: length)
            let fields = try Lines.fields(
                Lines.text("GET / HTTP/1.1\r\nUser-Agent: \(text)\r\n\r\n"))
            let written = fields["user_agent"] as? String ?? ""
            #expect(written.hasSuffix("...") == isCut)
            #expect(written.utf8.count == (isCut ? most + 3 : most))
        }
    }

    @Test("A line for a pipe fits into one piece of it, whatever is in it")
    func pipe() throws {
        let long = String(repeating: "\u{1}", count: 9_000)
        let head = "GET /\(long) HTTP/1.1\r\nHost: \(long)\r\nReferer: \(long)\r\n"
        let line = Lines.text(
            head + "User-Agent: \(long)\r\nX-Request-ID: \(long)\r\n\r\n",
            lineBytesMax: LogOutput.pipeBytesMax)
        #expect(line.utf8.count <= LogOutput.pipeBytesMax)
        #expect(try Lines.fields(line).count == 24)
        let short = Lines.text(
            "GET /\(String(repeating: "t", count: 3_000)) HTTP/1.1\r\n\r\n",
            lineBytesMax: LogOutput.pipeBytesMax)
        #expect(!short.contains("..."))
    }

    @Test(
        "Targets are written as the configuration has them",
        arguments: [
            (SocketAddress.ipv4(0x0a00_0001, port: 80), "10.0.0.1:80"),
            (.ipv6(0, 1, port: 5_001), "[::1]:5001"),
            (.unix(path: "/run/a\"b"), "unix:/run/a\"b"),
        ])
    func upstream(_ address: SocketAddress, _ expected: String) throws {
        let line = Lines.text("GET / HTTP/1.1\r\n\r\n") { $0.upstream = address }
        let fields = try Lines.fields(line)
        #expect(fields["upstream"] as? String == expected)
    }

    @Test("Why an answer is not whole is said where it has no reason of its own")
    func endings() throws {
        for (ending, word) in [
            (AccessEnding.clientGone, "client-gone"), (.cut, "cut"), (.stopped, "stopped"),
        ] {
            let line = Lines.text("GET / HTTP/1.1\r\n\r\n") { $0.ending = ending }
            let fields = try Lines.fields(line)
            #expect(fields["reason"] as? String == word)
            #expect(fields["complete"] as? Bool == false)
        }
        let line = Lines.text("GET / HTTP/1.1\r\n\r\n") {
            $0.ending = .cut
            $0.reason = .upstreamReset
        }
        #expect(try Lines.fields(line)["reason"] as? String == "upstream-reset")
    }
}
