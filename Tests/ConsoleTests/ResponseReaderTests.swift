import Testing

@testable import Console

@Suite("Reading the controller's answers")
struct ResponseReaderTests {
    /// Every part of an answer that comes in pieces of so many octets, bodies joined.
    private func parts(_ text: String, pieces: Int, closes: Bool = true) -> [ResponseReader.Part] {
        var reader = ResponseReader()
        var parts: [ResponseReader.Part] = []
        var octets = Array(text.utf8)[...]
        var isClosed = false
        while true {
            switch reader.next() {
            case .more:
                if octets.isEmpty {
                    guard closes, !isClosed else { return parts + [.more] }
                    reader.close()
                    isClosed = true
                } else {
                    reader.feed(octets.prefix(pieces))
                    octets = octets.dropFirst(pieces)
                }
            case .body(let piece):
                if case .body(let before) = parts.last {
                    parts[parts.count - 1] = .body(before + piece)
                } else {
                    parts.append(.body(piece))
                }
            case .head(let head): parts.append(.head(head))
            case .end: return parts + [.end]
            case .malformed(let what): return parts + [.malformed(what)]
            }
        }
    }

    private func summary(_ text: String, pieces: Int = 1, closes: Bool = true) -> String {
        parts(text, pieces: pieces, closes: closes).map { part in
            switch part {
            case .head(let head): "\(head.status)"
            case .body(let octets): "[\(String(decoding: octets, as: UTF8.self))]"
            case .end: "end"
            case .more: "more"
            case .malformed(let what): "malformed: \(what)"
            }
        }.joined(separator: " ")
    }

    @Test("However the octets are cut, the answer is the same", arguments: [1, 2, 3, 7, 1000])
    func pieces(size: Int) {
        let length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
        #expect(summary(length, pieces: size, closes: false) == "200 [hello] end")
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: v\r\n\r\n"
        #expect(summary(chunked, pieces: size, closes: false) == "200 [hello] end")
        let open = "HTTP/1.0 200 OK\r\n\r\nhello"
        #expect(summary(open, pieces: size) == "200 [hello] end")
    }

    @Test("Answers without a body")
    func noBody() {
        #expect(summary("HTTP/1.1 204 \r\n\r\n", closes: false) == "204 end")
        let none = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        #expect(summary(none, closes: false) == "200 end")
    }

    @Test("A 100 that precedes the answer is passed over")
    func interim() {
        let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
        #expect(summary(text, closes: false) == "200 [a] end")
    }

    @Test(
        "An answer that is cut off is never complete",
        arguments: [
            "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhe",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n",
        ])
    func cutOff(text: String) {
        #expect(summary(text).hasSuffix("malformed: the answer is cut off"))
    }

    @Test(
        "What is no HTTP is said to be none",
        arguments: [
            ("SSH-2.0-OpenSSH\r\n\r\n", "malformed: no HTTP answer"),
            ("HTTP/1.1 99999 OK\r\n\r\n", "malformed: no HTTP answer"),
            ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "malformed: no HTTP answer"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                "200 malformed: no chunk size"
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
                "200 [a] malformed: no end of chunk"
            ),
        ])
    func noHTTP(text: String, expected: String) {
        #expect(summary(text) == expected)
    }

    @Test("A head that never ends is given up at its limit")
    func endlessHead() {
        let most = String(repeating: "a", count: ResponseReader.headBytesMax)
        #expect(summary(most, pieces: 1000, closes: false) == "more")
        #expect(summary(most + "a", pieces: 1000, closes: false) == "malformed: a line too long")
    }

    @Test("Fields are found whatever their case, media types without their parameters")
    func fields() throws {
        let head = try #require(
            ResponseHead("HTTP/1.1 200 OK\r\nCONTENT-type: \t application/JSON ; charset=utf-8 "))
        #expect(head["content-type"] == "application/JSON ; charset=utf-8")
        #expect(head.mediaType == "application/json")
        #expect(head["etag"] == nil)
    }
}
