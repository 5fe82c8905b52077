/// An answer as this client read it.
struct Answer: Hashable {
    var status = 0
    /// Names in lower case.
    var fields: [String: String] = [:]
    var body: [UInt8] = []
    /// Whether the other side keeps the connection.
    var isKept = true

    func text() -> String { String(decoding: body, as: UTF8.self) }
}

/// Reads answers of HTTP/1.1 from one connection.
///
/// A second, simple reader beside the room HTTP1, on purpose: what checks the proxy must not share
/// its mistakes. It takes what it needs and refuses the rest; speed does not matter here.
struct AnswerReader {
    /// Longest answer that is read, head and body.
    static let bytesMax = 1 << 20

    struct NoHTTP: Error { let reason: String }

    private var octets: [UInt8] = []

    /// Octets of an answer that is not whole yet.
    var pending: Int { octets.count }

    mutating func add(_ more: ArraySlice<UInt8>) { octets += more }

    /// The next whole answer; nil while something is missing.
    mutating func next() throws(NoHTTP) -> Answer? {
        guard octets.count <= Self.bytesMax else { throw NoHTTP(reason: "answer too long") }
        guard let headEnd = find([13, 10, 13, 10], from: 0) else { return nil }
        var answer = try head(octets[..<headEnd])
        let bodyStart = headEnd + 4
        let end: Int
        if answer.status == 204 || answer.status == 304 {
            end = bodyStart
        } else if answer.fields["transfer-encoding"]?.lowercased() == "chunked" {
            guard let chunks = try chunked(from: bodyStart) else { return nil }
            answer.body = chunks.body
            end = chunks.end
        } else {
            guard let text = answer.fields["content-length"], let length = Int(text), length >= 0
            else { throw NoHTTP(reason: "an answer without a length") }
            guard octets.count - bodyStart >= length else { return nil }
            end = bodyStart + length
            answer.body = Array(octets[bodyStart..<end])
        }
        octets.removeFirst(end)
        return answer
    }

    private func head(_ octets: ArraySlice<UInt8>) throws(NoHTTP) -> Answer {
        let lines = String(decoding: octets, as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]),
            (200...599).contains(status)
        else { throw NoHTTP(reason: "status line `\(lines[0].prefix(60))`") }
        var answer = Answer()
        answer.status = status
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else {
                throw NoHTTP(reason: "field line `\(line.prefix(60))`")
            }
            let name = line[..<colon].lowercased()
            if answer.fields[name] != nil, name == "content-length" {
                throw NoHTTP(reason: "two lengths")
            }
            let value = line[line.index(after: colon)...]
            answer.fields[name] = value.split(separator: " ").joined(separator: " ")
        }
        answer.isKept = answer.fields["connection"]?.lowercased() != "close"
        return answer
    }

    private func chunked(from start: Int) throws(NoHTTP) -> (body: [UInt8], end: Int)? {
        var body: [UInt8] = []
        var position = start
        while true {
            guard let lineEnd = find([13, 10], from: position) else { return nil }
            let text = String(decoding: octets[position..<lineEnd], as: UTF8.self)
            guard let size = Int(text, radix: 16), size >= 0, size <= Self.bytesMax else {
                throw NoHTTP(reason: "chunk size `\(text.prefix(60))`")
            }
            let dataStart = lineEnd + 2
            guard octets.count >= dataStart + size + 2 else { return nil }
            guard octets[dataStart + size] == 13, octets[dataStart + size + 1] == 10 else {
                throw NoHTTP(reason: "a chunk or trailer that does not end")
            }
            body += octets[dataStart..<dataStart + size]
            position = dataStart + size + 2
            if size == 0 { return (body, position) }
        }
    }

    private func find(_ pattern: [UInt8], from start: Int) -> Int? {
        guard octets.count >= start + pattern.count else { return nil }
        for index in start...(octets.count - pattern.count)
        where octets[index..<index + pattern.count].elementsEqual(pattern) {
            return index
        }
        return nil
    }
}
