import Bytes
import HTTP
import HTTP1
import Testing

@Suite("Chunked content (RFC 9112 section 7.1)")
struct ChunkTests {
    @Test(
        "Content comes out, framing does not, and what follows is left",
        arguments: [
            ("5\r\nhello\r\n0\r\n\r\n", "hello"), ("0\r\n\r\n", ""),
            ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
            ("A\r\n0123456789\r\n000\r\n\r\n", "0123456789"),
            ("5;a=b\r\nhello\r\n0\r\n\r\n", "hello"), ("5 ; a = b\r\nhello\r\n0\r\n\r\n", "hello"),
            ("5;a=\"b;\\\"c\";d\r\nhello\r\n0;x\r\n\r\n", "hello"),
            ("5\r\nhello\r\n0\r\nX-Checksum: 1\r\nY:\r\n\r\n", "hello"),
        ])
    func valid(text: String, content: String) {
        let next = "GET / HTTP/1.1\r\n"
        for step in [nil, 1, 2, 3] {
            let seen = readChunks(text + next, step: step)
            #expect(seen.text == content)
            #expect(seen.end == .complete(text.utf8.count))
        }
    }

    @Test(
        "Whatever is not the grammar is refused, however it arrives",
        arguments: [
            "0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n", "5 \r\nhello\r\n", "5z\r\nhello\r\n",
            "5.\r\nhello\r\n", "\u{b5}\r\nhello\r\n", "5\0\r\nhello\r\n", "5\u{b}\r\nhello\r\n",
            "5,5\r\nhello\r\n", "\r\n", ";a\r\n", "10000000000000005\r\n", "8000000000000000\r\n",
            "ffffffffffffffffffffffffffffffff\r\n", "00000000000000005\r\n", "5;\r\nhello\r\n",
            "5;a=\"b\r\nhello\r\n", "5;a\0\r\nhello\r\n", "5;a b\r\nhello\r\n",
            "5;(a)\r\nhello\r\n",
            "5;a=b;\r\nhello\r\n", "5 a=b\r\nhello\r\n", "5;\u{ff}\r\nhello\r\n", "5;a\nb\r\n",
            "5;a\rb\r\nhello\r\n", "5;a=b\r\rXhello\r\n", "2\r\r;a\r\nhe\r\n", "5\nhello\r\n",
            "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\n",
            "5\rhello\r\n", "3\r\nhello\r\n", "5\r\nhello\r\n\r\n0\r\n\r\n", "5\r\nhello\r\n-0\r\n",
            "ZZ\r\n", "-1\r\n", " 5\r\nhello\r\n", "5\r\nhello\r\n0\r\nX Y: 1\r\n\r\n",
            "5\r\nhello\r\n0\r\njunk\r\n\r\n", "5\r\nhello\r\n0\r\nX : 1\r\n\r\n",
            "5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n", "5\r\nhello\r\n0\r\nX: a\0b\r\n\r\n",
            "5\r\nhello\r\n0\r\n: a\r\n\r\n", "5\r\nhello\r\n0\r\nX: a\rb\r\n\r\n",
        ])
    func malformed(text: String) {
        for step in [nil, 1, 2] {
            #expect(readChunks(text, step: step).end == .refused(400))
        }
    }

    @Test(
        "What was cut off is never complete",
        arguments: ["5\r\nhel", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n", "5", ""])
    func cut(text: String) {
        #expect(readChunks(text).end == .needsMore)
        var reader = BodyReader(.chunked, isAnswer: false)
        _ = reader.next([UInt8](latin1: text).span.octets)
        #expect(reader.peerEnded() == .truncated)
    }

    @Test("The largest size is 2^63 - 1, and sizes never add up beyond 64 bits")
    func sizes() {
        #expect(readChunks("7fffffffffffffff\r\nx").text == "x")
        #expect(readChunks("7fffffffffffffff\r\nx").end == .needsMore)
        #expect(readChunks("0000000000000001\r\nx\r\n0\r\n\r\n").text == "x")
    }

    @Test("Content of exactly the limit passes, one octet more is 413")
    func contentLimit() {
        let limits = BodyLimits(bodyBytesMax: 10)
        let eight = "8\r\n01234567\r\n"
        let two = readBody(
            [UInt8](latin1: "\(eight)2\r\n89\r\n0\r\n\r\n"), .chunked, limits: limits)
        #expect(two.text == "0123456789")
        let three = readBody([UInt8](latin1: "\(eight)3\r\n"), .chunked, limits: limits)
        #expect(three.end == .refused(413))
        let answer = readBody(
            [UInt8](latin1: "\(eight)3\r\n"), .chunked, limits: limits, isAnswer: true)
        #expect(answer.end == .refused(502))
    }

    @Test("Extensions of exactly the limit pass over a whole body, one octet more is refused")
    func extensionLimit() {
        // `;` ends the size; name and CR are the extension's.
        for (limit, end) in [(UInt32(8), SeenBody.End.complete(24)), (7, .refused(400))] {
            let limits = BodyLimits(extensionBytesMax: limit)
            let text = "1;abc\r\nx\r\n1;abc\r\ny\r\n0\r\n\r\n"
            let seen = readBody([UInt8](latin1: text), .chunked, limits: limits)
            #expect(seen.end == (end == .refused(400) ? end : .complete(text.utf8.count)))
        }
    }

    @Test("Trailers of exactly the limit pass, one octet more is refused")
    func trailerLimit() {
        let text = "0\r\nX: 123\r\n\r\n"
        for (limit, isComplete) in [(UInt32(10), true), (9, false)] {
            let limits = BodyLimits(trailerBytesMax: limit)
            let seen = readBody([UInt8](latin1: text), .chunked, limits: limits)
            #expect(seen.end == (isComplete ? .complete(text.utf8.count) : .refused(400)))
        }
    }
}

@Suite("Content by length and up to the end (RFC 9112 section 6.3)")
struct LengthTests {
    @Test("A length ends where it says, and the rest is left")
    func length() {
        for step in [nil, 1, 2] {
            let seen = readBody([UInt8](latin1: "helloGET"), .length(5), step: step)
            #expect(seen.text == "hello")
            #expect(seen.end == .complete(5))
        }
        #expect(readBody([], .length(0)).end == .complete(0))
        #expect(readBody([UInt8](latin1: "x"), .none).end == .complete(0))
    }

    @Test("A length that is not reached is a cut, an end without a length is the end")
    func ends() {
        var length = BodyReader(.length(5), isAnswer: true)
        _ = length.next([UInt8](latin1: "hell").span.octets)
        #expect(length.peerEnded() == .truncated)
        _ = length.next([UInt8](latin1: "o").span.octets)
        #expect(length.peerEnded() == .complete)
        #expect(length.isComplete == true)
        var open = BodyReader(.untilClose, isAnswer: true)
        _ = open.next([UInt8](latin1: "hell").span.octets)
        #expect(open.peerEnded() == .complete)
        #expect(open.received == 4)
    }

    @Test("The largest length does not trap")
    func largest() {
        let seen = readBody([UInt8](latin1: "x"), .length(UInt64(Int64.max)))
        #expect(seen.text == "x")
        #expect(seen.end == .needsMore)
    }
}
