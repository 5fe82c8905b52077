import HTTP
import Testing

@testable import Telemetry

@Suite("The access log in the combined form")
struct CombinedLineTests {
    @Test("A line is the one that nginx and Apache write")
    func line() {
        let head =
            "GET /a?b HTTP/1.1\r\nHost: h\r\nReferer: http://r/\r\nUser-Agent: Mozilla/5.0 (X11)\r\n\r\n"
        #expect(
            Lines.text(head, .combined) { $0.responseBytes = 17 } == """
                127.0.0.1 - - [15/Jan/2026:14:30:00 +0000] "GET /a?b HTTP/1.1" 200 17 \
                "http://r/" "Mozilla/5.0 (X11)"

                """)
    }

    @Test("What is missing is a hyphen")
    func missing() {
        #expect(
            Lines.text("", .combined) { $0.status = 0 }
                == "127.0.0.1 - - [15/Jan/2026:14:30:00 +0000] \"-\" 000 0 \"-\" \"-\"\n")
    }

    @Test("Quotes, backslashes and everything that is not printable are escaped as nginx does")
    func escapes() {
        let line = Lines.text(
            octets: Array("GET / HTTP/1.1\r\nUser-Agent: \"\\".utf8)
                + [0x09, 0x7f, 0x80, 0xff, 0x1b, 0x20, 0x7e],
            .combined)
        #expect(line.hasSuffix("\"\\x22\\x5C\\x09\\x7F\\x80\\xFF\\x1B ~\"\n"))
    }

    @Test("A first line that is no request line is one quoted text")
    func garbage() {
        let line = Lines.text(octets: [0x16, 0x03, 0x01, 0x22], .combined) { $0.status = 400 }
        #expect(line.contains("] \"\\x16\\x03\\x01\\x22\" 400 0 "))
    }
}

@Suite("Moments in logs")
struct LogTimeTests {
    @Test(
        "A date is right at the edges of months, leap years and the clock",
        arguments: [
            (0, "01/Jan/1970:00:00:00"), (951_782_399, "28/Feb/2000:23:59:59"),
            (951_782_400, "29/Feb/2000:00:00:00"), (1_767_225_599, "31/Dec/2025:23:59:59"),
            (253_402_300_799, "31/Dec/9999:23:59:59"),
        ] as [(UInt64, String)])
    func dates(_ second: UInt64, _ expected: String) {
        let line = Lines.text("", .combined) { $0.time = second * 1_000 + 999 }
        #expect(line.contains("[\(expected) +0000]"))
    }

    @Test("A clock beyond all dates gives the last one")
    func beyond() {
        #expect(Lines.text("") { $0.time = .max }.contains("9999-12-31T23:59:59.999Z"))
    }
}
