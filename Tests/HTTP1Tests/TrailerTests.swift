import Bytes
import HTTP
import HTTP1
import Testing

/// The trailers that go on behind a chunked body, as they are written.
private func written(_ lines: String..., step: Int? = nil) -> String? {
    let text = "1\r\na\r\n0\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
    let octets = [UInt8](latin1: text)
    var reader = BodyReader(.chunked, isAnswer: false)
    var taken = 0
    var arrived = step ?? octets.count
    while true {
        let bytes = octets.span.octets.extracting(taken..<min(arrived, octets.count))
        switch reader.next(bytes) {
        case .piece(let range): taken += range.upperBound
        case .needMore(let consumed):
            taken += consumed
            guard arrived < octets.count else { return nil }
            arrived += step ?? octets.count
        case .end(let consumed):
            var buffer = ByteBuffer()
            ChunkWriter.finish(trailers: bytes[reader.trailers], into: &buffer)
            #expect(taken + consumed == octets.count)
            return buffer.text
        case .refused: return nil
        }
    }
}

@Suite("RFC 9112 section 7.1.2: trailers")
struct TrailerTests {
    @Test("RFC 9112 §7.1.2: trailers go on as trailers, written anew, however they arrive")
    func pass() {
        for step in [nil, 1, 2, 3, 7] {
            #expect(
                written("X-Checksum: 1", "digest:\t sha-256=a: \t", "Server-Timing:x", step: step)
                    == "0\r\nX-Checksum: 1\r\ndigest: sha-256=a:\r\nServer-Timing: x\r\n\r\n")
        }
        #expect(written() == "0\r\n\r\n")
    }

    @Test(
        "RFC 9110 §6.5.1: what frames, routes, vouches, authenticates or controls is no trailer",
        arguments: [
            "Content-Length", "transfer-encoding", "Host", "Trailer", "TE", "Connection",
            "Upgrade", "X-Forwarded-For", "x-forwarded-anything", "X-Real-IP", "Forwarded", "Via",
            "X-Request-ID", "X-Bascule-Reason", "Authorization", "Set-Cookie", "Cookie",
            "Content-Type", "Content-Encoding", "Cache-Control", "Location", "Date", "Expect",
            "If-Match", "Proxy-Authorization", "Access-Control-Allow-Origin", "Content_Length",
            "X_Forwarded_For", "Set_Cookie", "Max-Forwards",
        ])
    func dropped(name: String) {
        #expect(written("\(name): 1", "X-A: 2") == "0\r\nX-A: 2\r\n\r\n")
    }

    @Test(
        "RFC 9112 §7.1.2: a line that is no field is refused, as in a head",
        arguments: [
            "X Y: 1", "junk", "X : 1", " X: 1", "X: a\r\n b", "X: a\0b", "X: a\nb", ": 1", "X: \r",
        ])
    func refused(line: String) {
        #expect(written(line) == nil)
        #expect(readChunks("0\r\n\(line)\r\n\r\n").end == .refused(400))
        #expect(readChunks("0\r\n\(line)\r\n\r\n", step: 1).end == .refused(400))
    }

    @Test("A section of exactly the limit is read, one octet more is refused, however it arrives")
    func limit() {
        let most = Int(Strictness.trailerBytesMax)
        for (count, isRead) in [(most, true), (most + 1, false)] {
            let text = "0\r\nX:" + String(repeating: "a", count: count - 6) + "\r\n\r\n"
            for step in [nil, 100] {
                let end = readChunks(text, step: step).end
                #expect(end == (isRead ? .complete(text.utf8.count) : .refused(400)))
            }
        }
    }

    @Test("RFC 9110 §6.6.2: Trailer announces them where they go on, and only there")
    func announced() throws {
        let fields = "Trailer: X-Checksum\r\n\r\n"
        let post = "POST / HTTP/1.1\r\nHost: a\r\n"
        #expect(
            values("Trailer", in: forward(post + "Transfer-Encoding: chunked\r\n" + fields))
                == ["X-Checksum"])
        #expect(values("Trailer", in: forward(post + "Content-Length: 3\r\n" + fields)) == [])
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        #expect(
            values("Trailer", in: try #require(answer(chunked + fields).answer).written)
                == ["X-Checksum"])
        let old = try #require(answer(chunked + fields, client: .http10).answer)
        #expect(values("Trailer", in: old.written) == [])
        let length = try #require(
            answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + fields).answer)
        #expect(values("Trailer", in: length.written) == [])
    }

    @Test("RFC 9110 §7.6.1: where Connection names fields, trailers end here: they could be its")
    func named() throws {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: "
        let context = AnswerContext(
            method: .get, clientVersion: .http11, keepsConnection: true, date: someDate)
        for (option, passes) in [("X-A", false), ("close", true)] {
            let seen = try #require(answer(head + option + "\r\n\r\n").answer)
            #expect(AnswerWriter.passesTrailers(seen.head, context) == passes)
        }
    }
}
