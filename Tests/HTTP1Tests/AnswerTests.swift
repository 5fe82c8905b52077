import Bytes
import HTTP
import HTTP1
import Testing

/// A parsed answer and what a client gets of it.
struct SeenAnswer {
    var head: ResponseHead
    var end: Int
    var written: String
    var framing: BodyFraming
    var keepsClient: Bool
}

enum AnswerOutcome {
    case incomplete
    case refused(UInt16)
    case complete(SeenAnswer)

    var answer: SeenAnswer? {
        if case .complete(let answer) = self { answer } else { nil }
    }
    var refusedStatus: UInt16? {
        if case .refused(let status) = self { status } else { nil }
    }
}

let someDate = DateStamp(second: 784_111_777)

func answer(
    _ text: String, to method: Method = .get, step: Int? = nil, client: Version = .http11,
    keeps: Bool = true, color: StaticString? = nil
) -> AnswerOutcome {
    let octets = [UInt8](latin1: text)
    var parser = ResponseParser(limits: HeadLimits())
    var fields = FieldTable(capacity: 100)
    var arrived = step ?? octets.count
    while true {
        let bytes = octets.span.octets.extracting(0..<min(arrived, octets.count))
        switch parser.parse(bytes, method: method, into: &fields) {
        case .incomplete:
            guard arrived < octets.count else { return .incomplete }
            arrived += step ?? octets.count
        case .refused(let refusal): return .refused(refusal.status.rawValue)
        case .complete(let end):
            let context = AnswerContext(
                method: method, clientVersion: client, keepsConnection: keeps, date: someDate,
                color: color)
            var buffer = ByteBuffer()
            AnswerWriter.write(parser.head, fields, bytes, context, into: &buffer)
            return .complete(
                SeenAnswer(
                    head: parser.head, end: end, written: buffer.text,
                    framing: AnswerWriter.framing(parser.head, context),
                    keepsClient: AnswerWriter.keepsConnection(parser.head, context)))
        }
    }
}

@Suite("Answers read (RFC 9112 sections 4 and 6.3)")
struct AnswerParserTests {
    @Test("An ordinary answer is taken apart, whole or octet by octet")
    func ordinary() throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello"
        for step in [nil, 1, 2, 3] {
            let seen = try #require(answer(text, step: step).answer)
            #expect(seen.head.status == .ok)
            #expect(seen.head.framing == .length(5))
            #expect(seen.head.keepsConnection)
            #expect(!seen.head.isEventStream)
            #expect(seen.end == text.utf8.count - 5)
        }
    }

    @Test(
        "An answer that is not valid is a 502",
        arguments: [
            "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 099 X\r\n\r\n", "HTTP/1.1 600 X\r\n\r\n",
            "HTTP/1.1 2000 X\r\n\r\n", "HTTP/1.1 20 X\r\n\r\n", "HTTP/1.1  200 X\r\n\r\n",
            "HTTP/1.1 200 a\0b\r\n\r\n", "HTTP/1.1 200 OK\n\n", "ICY 200 OK\r\n\r\n", "<html>",
            "\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX Y: 1\r\n\r\n", "HTTP/1.1 200 OK\r\n: 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n",
        ])
    func malformed(text: String) {
        for step in [nil, 1] {
            #expect(answer(text, step: step).refusedStatus == 502)
        }
    }

    @Test("HEAD, 1xx, 204 and 304 have no content whatever the fields say (rule 1)")
    func noContent() {
        let fields = "Content-Length: 5\r\n\r\n"
        for status in ["100 X", "103 X", "204 X", "304 X"] {
            #expect(
                answer("HTTP/1.1 \(status)\r\n\(fields)").answer?.head.framing == BodyFraming.none)
        }
        let head = answer("HTTP/1.1 200 OK\r\n\(fields)", to: .head).answer
        #expect(head?.head.framing == BodyFraming.none)
        #expect(head?.head.statedLength == 5)
        #expect(head?.head.keepsConnection == true)
    }

    @Test("Without length or chunks an answer ends with its connection (rule 8)")
    func untilClose() throws {
        let seen = try #require(answer("HTTP/1.1 200\r\nX: 1\r\n\r\n").answer)
        #expect(seen.head.framing == .untilClose)
        #expect(!seen.head.keepsConnection)
    }

    @Test("An upstream connection is kept by HTTP/1.1 without close, by HTTP/1.0 where it says so")
    func persistence() {
        func keeps(_ version: String, _ connection: String) -> Bool? {
            let text =
                "HTTP/\(version) 200 OK\r\nContent-Length: 0\r\nConnection: \(connection)\r\n\r\n"
            return answer(text).answer?.head.keepsConnection
        }
        #expect(keeps("1.1", "x") == true)
        #expect(keeps("1.1", "close") == false)
        #expect(keeps("1.0", "x") == false)
        #expect(keeps("1.0", "keep-alive") == true)
    }

    @Test(
        "An event stream is told by its type",
        arguments: [
            ("text/event-stream", true), ("Text/Event-Stream; charset=utf-8", true),
            ("text/event-stream ;x", true), ("text/event-streams", false), ("text/html", false),
        ])
    func eventStream(type: String, isEventStream: Bool) {
        let text = "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\r\n"
        #expect(answer(text).answer?.head.isEventStream == isEventStream)
    }

    @Test("A 101 says what goes on, in Upgrade and Connection")
    func switching() {
        let start = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n"
        #expect(answer("\(start)Connection: upgrade\r\n\r\n").answer?.head.upgrade == .websocket)
        #expect(answer("\(start)\r\n").answer?.head.upgrade == Upgrade.none)
    }
}

@Suite("Answers written (RFC 9112 sections 6 and 9)")
struct AnswerWriterTests {
    @Test("A head is written anew, with Date where there was none")
    func whole() throws {
        let seen = try #require(
            answer(
                """
                HTTP/1.1 201 Made\r\nX-Space : 1\r\nSet-Cookie: a\r\nSet-Cookie:  b\r
                Connection: X-Private\r\nX-Private: 1\r\nKeep-Alive: x\r\nContent-Length: 05\r
                X-Bascule-Reason: fake\r\nTrailer: X\r\n\r\n
                """, color: "blue"
            ).answer)
        #expect(
            seen.written == """
                HTTP/1.1 201 Made\r
                X-Space: 1\r
                Set-Cookie: a\r
                Set-Cookie: b\r
                Content-Length: 5\r
                Date: Sun, 06 Nov 1994 08:49:37 GMT\r
                X-Bascule-Color: blue\r
                \r

                """)
        #expect(seen.keepsClient)
    }

    @Test("A Date that is there stays as it is")
    func date() throws {
        let seen = try #require(
            answer("HTTP/1.1 200 OK\r\nDate: then\r\nContent-Length: 0\r\n\r\n").answer)
        #expect(values("Date", in: seen.written) == ["then"])
        let named = "HTTP/1.1 200 OK\r\nDate: then\r\nConnection: Date\r\n\r\n"
        let other = try #require(answer(named).answer)
        #expect(values("Date", in: other.written) == ["Sun, 06 Nov 1994 08:49:37 GMT"])
    }

    @Test("The space after the code is sent though no words follow (RFC 9112 section 4)")
    func emptyPhrase() throws {
        let seen = try #require(answer("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n").answer)
        #expect(lines(seen.written)[0] == "HTTP/1.1 200 ")
    }

    @Test("Content without a length is chunked for HTTP/1.1, and ends with the connection for 1.0")
    func unknownLength() throws {
        for field in ["Transfer-Encoding: chunked", "X: 1"] {
            let text = "HTTP/1.1 200 OK\r\n\(field)\r\n\r\n"
            let new = try #require(answer(text).answer)
            #expect(new.framing == .chunked)
            #expect(values("Transfer-Encoding", in: new.written) == ["chunked"])
            #expect(new.keepsClient)
            let old = try #require(answer(text, client: .http10).answer)
            #expect(old.framing == .untilClose)
            #expect(values("Transfer-Encoding", in: old.written) == [])
            #expect(values("Connection", in: old.written) == ["close"])
            #expect(!old.keepsClient)
        }
    }

    @Test("What is not the default of the client's version is said")
    func connection() throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        #expect(values("Connection", in: try #require(answer(text).answer).written) == [])
        let last = try #require(answer(text, keeps: false).answer)
        #expect(values("Connection", in: last.written) == ["close"])
        let old = try #require(answer(text, client: .http10).answer)
        #expect(values("Connection", in: old.written) == ["close"])
        #expect(!old.keepsClient)
    }

    @Test("204 and 1xx carry no length, HEAD and 304 the one that was stated")
    func lengths() throws {
        func length(_ status: String, _ method: Method = .get) throws -> [String] {
            let text = "HTTP/1.1 \(status)\r\nContent-Length: 5\r\n\r\n"
            return values(
                "Content-Length", in: try #require(answer(text, to: method).answer).written)
        }
        #expect(try length("204 No Content") == [])
        #expect(try length("103 Early Hints") == [])
        #expect(try length("304 Not Modified") == ["5"])
        #expect(try length("200 OK", .head) == ["5"])
        #expect(try length("200 OK") == ["5"])
    }

    @Test("Interim answers pass to HTTP/1.1 and not to HTTP/1.0 (RFC 9110 section 15.2)")
    func interim() throws {
        let text = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        let new = try #require(answer(text, keeps: false).answer)
        #expect(new.written == "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        #expect(try #require(answer(text, client: .http10).answer).written == "")
    }

    @Test("A 101 carries its upgrade (RFC 9110 section 15.2.2)")
    func switching() throws {
        let text = "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nS: k\r\n\r\n"
        let seen = try #require(answer(text).answer)
        #expect(
            seen.written
                == "HTTP/1.1 101 X\r\nS: k\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    }

    @Test("Chunks are written with sizes of our own and end where content ends")
    func chunks() {
        var buffer = ByteBuffer()
        ChunkWriter.write([UInt8](repeating: 0x61, count: 17).span.octets, into: &buffer)
        ChunkWriter.begin(count: 1, into: &buffer)
        buffer.append("b")
        ChunkWriter.end(into: &buffer)
        ChunkWriter.finish(into: &buffer)
        #expect(buffer.text == "11\r\n\(String(repeating: "a", count: 17))\r\n1\r\nb\r\n0\r\n\r\n")
        #expect(readChunks(buffer.text).text == String(repeating: "a", count: 17) + "b")
    }
}

@Suite("Answers that Bascule makes itself")
struct OwnAnswerTests {
    static func write(
        _ own: OwnAnswer, isHTML: Bool = false, method: Method = .get, keeps: Bool = false
    ) -> String {
        var buffer = ByteBuffer()
        let context = AnswerContext(
            method: method, clientVersion: .http11, keepsConnection: keeps, date: someDate)
        OwnAnswerWriter.write(own, isHTML: isHTML, context, into: &buffer)
        return buffer.text
    }

    @Test(
        "Every reason has its word and status, and a length that is true",
        arguments: Reason.allCases)
    func reasons(reason: Reason) throws {
        for isHTML in [false, true] {
            let text = Self.write(OwnAnswer(reason), isHTML: isHTML)
            let seen = try #require(answer(text).answer)
            #expect(seen.head.status == reason.status)
            #expect(seen.head.framing == .length(UInt64(text.utf8.count - seen.end)))
            #expect(values("X-Bascule-Reason", in: text) == ["\(reason.word)"])
            #expect(values("Server", in: text) == ["bascule"])
            #expect(values("Connection", in: text) == ["close"])
            #expect(
                values("Retry-After", in: text) == (reason.status == .unavailable ? ["1"] : []))
            #expect(
                values("Content-Type", in: text)
                    == [isHTML ? "text/html; charset=utf-8" : "application/problem+json"])
        }
    }

    @Test("To HEAD goes the head alone, with the length of a GET (RFC 9110 section 9.3.2)")
    func head() {
        let get = Self.write(OwnAnswer(.maintenance), keeps: true)
        let head = Self.write(OwnAnswer(.maintenance), method: .head, keeps: true)
        #expect(get.hasPrefix(head))
        #expect(head.hasSuffix("\r\n\r\n"))
        #expect(values("Content-Length", in: head) == values("Content-Length", in: get))
        #expect(values("Connection", in: head) == [])
    }

    @Test("The operator's words are escaped, as a page and as JSON")
    func message() {
        let own = OwnAnswer(.maintenance, retryAfterSeconds: 30, message: "Back <b>\"soon\"\\\n")
        #expect(Self.write(own, isHTML: true).contains("Back &lt;b&gt;&quot;soon&quot;\\<br>"))
        #expect(Self.write(own).contains(#""detail":"Back <b>\"soon\"\\\u000a""#))
        #expect(values("Retry-After", in: Self.write(own)) == ["30"])
    }

    @Test("OPTIONS that may go no further is answered here (RFC 9110 section 7.6.2)")
    func options() throws {
        var buffer = ByteBuffer()
        let context = AnswerContext(
            method: .options, clientVersion: .http11, keepsConnection: true, date: someDate)
        OwnAnswerWriter.writeOptions(context, into: &buffer)
        let seen = try #require(answer(buffer.text, to: .options).answer)
        #expect(seen.head.status == .noContent)
        #expect(values("Allow", in: buffer.text).count == 1)
    }

    @Test(
        "Dates are written as RFC 9110 section 5.6.7 has them",
        arguments: [
            (UInt64(0), "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"),
            (.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ])
    func dates(second: UInt64, text: String) {
        var buffer = ByteBuffer()
        DateStamp(second: second).write(into: &buffer)
        #expect(buffer.text == text)
    }
}
