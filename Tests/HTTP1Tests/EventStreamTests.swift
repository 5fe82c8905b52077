import Bytes
import HTTP1
import Testing

@Suite("WHATWG HTML §9.2: the end of an event in an event stream")
struct EventStreamTests {
    /// How many octets pass when the stream is to end after `asked` of them, in pieces of `step`;
    /// nil: it does not end with these.
    private func passed(_ text: String, step: Int, asked: Int) -> Int? {
        let octets = Array(text.utf8)
        var direction = EventStreamDirection()
        var at = 0
        while at < octets.count {
            if at >= asked, !direction.isEnding, direction.end() { return at }
            var end = min(octets.count, at + step)
            if at < asked { end = min(end, asked) }
            let result = direction.pass(octets.span.octets.extracting(at..<end))
            if result.isOver { return at + result.count }
            #expect(result.count == end - at)
            at = end
        }
        return !direction.isEnding && direction.end() ? at : nil
    }

    @Test(
        "Asked within an event it ends with its blank line, whatever a line ends with",
        arguments: ["\n", "\r", "\r\n"], [1, 2, 3, 4, 5, 100])
    func forms(end: String, step: Int) {
        let first = "event: a\(end)data: one\(end)\(end)"
        let text = first + "data: two\(end)\(end)" + ": comment\(end)"
        // With CR LF the CR ends the line already, and nobody can know that an LF comes.
        let least = first.utf8.count - (end == "\r\n" ? 1 : 0)
        for asked in 1..<least {
            let count = passed(text, step: step, asked: asked)
            #expect(count == least || count == first.utf8.count, "asked at \(asked)")
        }
        let second = passed(text, step: step, asked: first.utf8.count)
        #expect(second == first.utf8.count)
    }

    @Test("What was passed before is known by its last octets, however it came")
    func lastOctets() {
        let parts = ["\n", "\r", "\r\n", "x"]
        // Every sequence of six of these: asked at the end, all ways to cut them agree.
        var sequences = [""]
        for _ in 0..<6 { sequences = sequences.flatMap { text in parts.map { text + $0 } } }
        for text in sequences {
            let count = text.utf8.count
            let byOne = passed(text, step: 1, asked: count)
            #expect(passed(text, step: 100, asked: count) == byOne, "\(text.debugDescription)")
        }
    }

    @Test("Before its first octet it ends at once; without a blank line it does not end")
    func edges() {
        var silent = EventStreamDirection()
        #expect(silent.end() == true)
        #expect(silent.pass([0x61].span.octets).count == 0)
        #expect(passed("data: one\ndata: two\n", step: 3, asked: 5) == nil)
        #expect(passed("data: one\n", step: 3, asked: 10) == nil)
    }
}
