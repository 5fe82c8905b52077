import Bytes
import HTTP
import HTTP1
import Testing

@Suite("RFC 9112 sections 6 to 9: where messages end, and what comes after them")
struct RFC9112FramingTests {
    private func post(_ fields: String..., version: String = "1.1") -> String {
        "POST / HTTP/\(version)\r\nHost: a\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    @Test("RFC 9112 §6.1: chunked is read, and never applied twice")
    func chunkedOnce() {
        #expect(parse(post("Transfer-Encoding: Chunked")).request?.framing == .chunked)
        #expect(refusal(post("Transfer-Encoding: chunked, chunked")) == 400)
        #expect(refusal(post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")) == 400)
        #expect(
            answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n").refusedStatus
                == 502)
    }

    @Test("RFC 9112 §6.1: no Transfer-Encoding goes out with 1xx or 204, nor to an HTTP/1.0 client")
    func noTransferEncoding() throws {
        let fields = "Transfer-Encoding: chunked\r\n\r\n"
        for status in ["103 X", "204 X", "304 X"] {
            let seen = try #require(answer("HTTP/1.1 \(status)\r\n\(fields)").answer)
            #expect(values("Transfer-Encoding", in: seen.written) == [])
        }
        let old = try #require(answer("HTTP/1.1 200 OK\r\n\(fields)", client: .http10).answer)
        #expect(values("Transfer-Encoding", in: old.written) == [])
        #expect(old.framing == .untilClose)
    }

    @Test("RFC 9112 §6.1: a target gets chunks only where the client sent some")
    func chunkedUpstream() {
        #expect(values("Transfer-Encoding", in: forward(post("Content-Length: 5"))) == [])
        #expect(values("Transfer-Encoding", in: forward(post())) == [])
    }

    @Test("RFC 9112 §6.1: a coding that is not known, before chunked, is 501")
    func unknownCoding() {
        #expect(refusal(post("Transfer-Encoding: gzip, chunked")) == 501)
        #expect(refusal(post("Transfer-Encoding: x, chunked")) == 501)
    }

    @Test("RFC 9112 §6.1: Transfer-Encoding beside Content-Length is refused, in both directions")
    func bothFields() {
        #expect(refusal(post("Content-Length: 5", "Transfer-Encoding: chunked")) == 400)
        #expect(refusal(post("Transfer-Encoding: chunked", "Content-Length: 5")) == 400)
        #expect(
            answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")
                .refusedStatus == 502)
    }

    @Test("RFC 9112 §6.1: Transfer-Encoding in an HTTP/1.0 message is faulty framing")
    func oldTransferEncoding() {
        #expect(refusal(post("Transfer-Encoding: chunked", version: "1.0")) == 400)
        #expect(
            answer("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").refusedStatus == 502)
    }

    @Test("RFC 9112 §6.2: no message goes out with both framing fields")
    func oneFramingField() throws {
        let head = forward(post("Transfer-Encoding: chunked"))
        #expect(values("Content-Length", in: head) == [])
        let seen = try #require(
            answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").answer)
        #expect(values("Content-Length", in: seen.written) == [])
    }

    @Test("RFC 9112 §6.3: HEAD, 1xx, 204 and 304 have no content, whatever their fields say")
    func noContent() throws {
        for fields in ["Content-Length: 5", "Transfer-Encoding: chunked", "X: 1"] {
            for status in ["100 X", "103 X", "204 X", "304 X"] {
                let seen = try #require(answer("HTTP/1.1 \(status)\r\n\(fields)\r\n\r\n").answer)
                #expect(seen.framing == .none)
            }
            let head = answer("HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n", to: .head)
            #expect(try #require(head.answer).framing == .none)
        }
    }

    @Test(
        "RFC 9112 §6.3: a Transfer-Encoding that does not end in chunked is 400 and closes",
        arguments: [
            "gzip", "chunked, gzip", "identity", "", "chunked;q=1", "\"chunked\"", ",chunked,x",
            "chunked\u{b}", "\u{a0}chunked", "x chunked", "chunke", "chunkedd",
        ])
    func notChunked(value: String) { #expect(refusal(post("Transfer-Encoding: \(value)")) == 400) }

    @Test(
        "RFC 9112 §6.3: an invalid Content-Length is 400 in a request and 502 in an answer",
        arguments: [
            "", "+5", "-5", "0x5", "5_0", "5, 5", "5,6", "5 5", "5.0", "\"5\"", "٥",
            "9223372036854775808", "18446744073709551621",
        ])
    func invalidLength(value: String) {
        let octets = String([UInt8](value.utf8).latin1)
        #expect(refusal(post("Content-Length: \(octets)")) == 400)
        #expect(
            answer("HTTP/1.1 200 OK\r\nContent-Length: \(octets)\r\n\r\n").refusedStatus == 502)
    }

    @Test("RFC 9112 §6.3: fewer octets than Content-Length are an incomplete message")
    func shortContent() {
        var reader = BodyReader(.length(5), isAnswer: false)
        _ = reader.next([UInt8](latin1: "hell").span.octets)
        #expect(reader.peerEnded() == .truncated)
    }

    @Test("RFC 9112 §6.3: octets after an answer's content are left, never taken for content")
    func surplus() {
        let seen = readBody([UInt8](latin1: "helloHTTP/1.1 200 OK\r\n\r\n"), .length(5))
        #expect(seen == SeenBody(content: [UInt8](latin1: "hello"), end: .complete(5)))
        #expect(readChunks("1\r\na\r\n0\r\n\r\nHTTP/1.1").end == .complete(11))
    }

    @Test("RFC 9112 §6.3: an answer that ends with its connection goes on in chunks")
    func closeDelimited() throws {
        let seen = try #require(answer("HTTP/1.1 200 OK\r\n\r\n").answer)
        #expect(seen.head.framing == .untilClose)
        #expect(seen.framing == .chunked)
        #expect(!seen.head.keepsConnection)
    }

    @Test(
        "RFC 9112 §7.1: a chunk size is hexadecimal digits up to 2^63 - 1, and nothing else",
        arguments: [
            "", " 1", "+1", "-1", "0x1", "1_0", "1.", "g", "8000000000000000", "10000000000000000",
            "fffffffffffffffff", "00000000000000001",
        ])
    func chunkSizes(size: String) {
        #expect(readChunks("\(size)\r\na\r\n0\r\n\r\n").end == .refused(400))
        #expect(
            readBody([UInt8](latin1: "\(size)\r\na\r\n"), .chunked, isAnswer: true).end
                == .refused(502))
    }

    @Test("RFC 9112 §7.1: only CR LF ends a chunk's lines, and a chunk is as long as it says")
    func chunkLines() {
        for text in [
            "1\na\r\n", "1\r\na\n", "1\r\nab\r\n", "1\r\na\r\r\n", "1\r\r\na", "2\r\na\r\n0",
        ] {
            #expect(readChunks(text).end == .refused(400), "\(text)")
        }
    }

    @Test("RFC 9112 §7.1: chunked takes no parameters")
    func chunkedParameters() {
        #expect(refusal(post("Transfer-Encoding: chunked;a=b")) == 400)
        #expect(refusal(post("Transfer-Encoding: chunked ; a")) == 400)
    }

    @Test("RFC 9112 §7.1.1: extensions are ignored, of 4096 octets in all at most")
    func extensions() {
        #expect(readChunks("1;a=b;c=\"d\"\r\nx\r\n0;e\r\n\r\n").text == "x")
        let most = String(repeating: "e", count: Int(Strictness.chunkExtensionBytesMax) - 1)
        #expect(readChunks("1;\(most)\r\nx\r\n0\r\n\r\n").text == "x")
        #expect(readChunks("1;\(most)ee\r\nx\r\n0\r\n\r\n").end == .refused(400))
    }

    @Test("RFC 9112 §7.4: TE belongs to one hop, and nothing is asked of the app with one")
    func te() {
        for value in ["trailers", "chunked", "gzip, trailers;q=0.5"] {
            let head = forward(request("TE: \(value)", "Connection: TE"))
            #expect(values("TE", in: head) == [])
            #expect(values("Connection", in: head) == [])
        }
    }

    @Test("RFC 9112 §8: a chunked body without its last chunk is incomplete, its trailers too")
    func incompleteChunks() {
        for text in ["1\r\na", "1\r\na\r\n", "1\r\na\r\n0\r\n", "1\r\na\r\n0\r\nX: 1\r\n"] {
            var reader = BodyReader(.chunked, isAnswer: true)
            let octets = [UInt8](latin1: text)
            if case .piece(let range) = reader.next(octets.span.octets) {
                _ = reader.next(octets.span.octets.suffix(from: range.upperBound))
            }
            #expect(reader.peerEnded() == .truncated, "\(text)")
        }
    }

    @Test("RFC 9112 §9.3: no connection goes on with an HTTP/1.0 client, whatever it asks")
    func oldClient() throws {
        for field in ["X: 1", "Connection: keep-alive", "Connection: Keep-Alive, x"] {
            let text = "GET / HTTP/1.0\r\nHost: a\r\n\(field)\r\n\r\n"
            #expect(parse(text).request?.keepsConnection == false)
        }
        let length = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        let seen = try #require(answer(length, client: .http10).answer)
        #expect(!seen.keepsClient)
        #expect(values("Connection", in: seen.written) == ["close"])
    }

    @Test("RFC 9112 §9.6: close in any of the Connection options ends the connection")
    func close() throws {
        for options in ["close", "CLOSE", "keep-alive, close", "x ,\tclose,"] {
            #expect(parse(request("Connection: \(options)")).request?.keepsConnection == false)
            let text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: \(options)\r\n\r\n"
            #expect(try #require(answer(text).answer).head.keepsConnection == false)
        }
    }
}
