/// A request or an answer as it stood on the wire.
struct Message: Sendable {
    /// `GET / HTTP/1.1` or `HTTP/1.1 200 OK`.
    var startLine: String
    var fields: [(name: String, value: String)]
    var body: [UInt8] = []

    /// Reads a head without its empty line.
    init(head: String) throws {
        var lines = head.split(separator: "\r\n", omittingEmptySubsequences: true).map(String.init)
        guard !lines.isEmpty else { throw RawConnection.Failure.notHTTP(head) }
        startLine = lines.removeFirst()
        fields = try lines.map { line in
            guard let colon = line.firstIndex(of: ":") else {
                throw RawConnection.Failure.notHTTP(line)
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return (String(line[..<colon]).lowercased(), String(value))
        }
    }

    /// The only field of this name; nil where there is none or more than one.
    subscript(name: String) -> String? {
        let values = all(name)
        return values.count == 1 ? values[0] : nil
    }

    /// The values of all fields of this name, in order. Names are in lower case.
    func all(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    // MARK: Of a request

    var method: String { word(0) }
    var path: String { word(1) }

    // MARK: Of an answer

    var status: Int { Int(word(1)) ?? 0 }

    private func word(_ index: Int) -> String {
        let words = startLine.split(separator: " ")
        return words.count > index ? String(words[index]) : ""
    }
}

extension RawConnection {
    func readHead() throws -> Message {
        try Message(head: read(through: "\r\n\r\n"))
    }

    /// A whole answer. One that ends too early is thrown as `closed` or `reset`.
    func readAnswer(to method: String = "GET") throws -> Message {
        var answer = try readHead()
        guard method != "HEAD", answer.status >= 200, answer.status != 204, answer.status != 304
        else { return answer }
        if let body = try readFramedBody(of: answer) {
            answer.body = body
        } else {
            let (octets, end) = try readToEnd()
            guard end == .closed else { throw Failure.reset(received: "\(octets.count) octets") }
            answer.body = octets
        }
        return answer
    }

    /// A whole request, the body included.
    func readRequest() throws -> Message {
        var request = try readHead()
        request.body = try readFramedBody(of: request) ?? []
        return request
    }

    /// Sends a request and reads its answer.
    func ask(_ request: String) throws -> Message {
        try send(request)
        return try readAnswer(to: String(request.prefix { $0 != " " }))
    }

    /// Sends a request for a path and reads its answer.
    func get(_ path: String, _ fields: String...) throws -> Message {
        try ask(Self.request("GET", path, fields))
    }

    func post(_ path: String, _ body: String, _ fields: String...) throws -> Message {
        try ask(Self.request("POST", path, fields + ["Content-Length: \(body.utf8.count)"]) + body)
    }

    /// A request's head with `Host: test.example`, unless one is among the fields.
    static func request(_ method: String, _ path: String, _ fields: [String] = []) -> String {
        let host = fields.contains { $0.hasPrefix("Host:") } ? [] : ["Host: test.example"]
        return (["\(method) \(path) HTTP/1.1"] + host + fields).joined(separator: "\r\n")
            + "\r\n\r\n"
    }

    /// nil where neither length nor chunks are declared.
    func readFramedBody(of message: Message) throws -> [UInt8]? {
        if message.all("transfer-encoding") == ["chunked"] {
            var body: [UInt8] = []
            while case let chunk = try readChunk(), !chunk.isEmpty { body += chunk }
            return body
        }
        guard let length = message["content-length"] else { return nil }
        guard let count = Int(length), count >= 0 else { throw Failure.notHTTP(length) }
        return try read(count: count)
    }

    /// The next chunk; empty: the last one, its trailers taken too.
    func readChunk() throws -> [UInt8] {
        let line = try read(through: "\r\n")
        let digits = line.prefix { $0.isHexDigit }
        guard let count = Int(digits, radix: 16) else { throw Failure.notHTTP(line) }
        if count == 0 {
            while try read(through: "\r\n") != "\r\n" {}
            return []
        }
        let chunk = try read(count: count)
        guard try read(count: 2) == [13, 10] else { throw Failure.notHTTP("no end of chunk") }
        return chunk
    }
}
