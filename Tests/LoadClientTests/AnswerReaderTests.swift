import Testing

@testable import LoadClient

@Suite("Answers as the load client reads them")
struct AnswerReaderTests {
    private func read(_ text: String, step: Int) throws -> [Answer] {
        var reader = AnswerReader()
        var answers: [Answer] = []
        let octets = Array(text.utf8)
        for start in stride(from: 0, to: octets.count, by: step) {
            reader.add(octets[start..<min(octets.count, start + step)])
            while let answer = try reader.next() { answers.append(answer) }
        }
        #expect(reader.pending == 0)
        return answers
    }

    @Test("Lengths, chunks and no body are read the same in any pieces", arguments: [1, 3, 1_000])
    func pieces(step: Int) throws {
        let answers = try read(
            "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-Ledger-Color:  blue \r\n\r\n{}"
                + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
                + "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", step: step)
        #expect(answers.map(\.status) == [201, 200, 204])
        #expect(answers.map { $0.text() } == ["{}", "abcd", ""])
        #expect(answers[0].fields["x-ledger-color"] == "blue")
        #expect(answers.map(\.isKept) == [true, true, false])
    }

    @Test(
        "What is no answer of a known length is refused",
        arguments: [
            "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        ])
    func nonsense(text: String) {
        var reader = AnswerReader()
        reader.add(Array(text.utf8)[...])
        #expect(throws: AnswerReader.NoHTTP.self) { try reader.next() }
    }
}
