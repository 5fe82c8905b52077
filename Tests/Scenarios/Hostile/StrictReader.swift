/// Reads requests as the strictest app would: what RFC 9112 does not allow on the wire is written
/// down as a violation. It shares no code with Bascule, so that both cannot be wrong alike.
struct StrictReader {
    struct Request: Sendable {
        var method = ""
        var target = ""
        /// Names in lower case, values as they came, one character an octet.
        var fields: [(name: String, value: String)] = []
        var body: [UInt8] = []

        func all(_ name: String) -> [String] {
            fields.filter { $0.name == name }.map(\.value)
        }
    }

    /// What no request may look like.
    struct Violation: Error, CustomStringConvertible {
        let what: String
        let octets: [UInt8]
        var description: String { "\(what) in \(octets.prefix(400).latin1.debugDescription)" }
    }

    /// Fields that end with the connection they came on (RFC 9110 section 7.6.1).
    private static let hopByHop: Set<String> = [
        "keep-alive", "proxy-connection", "te", "trailer", "http2-settings",
    ]

    /// The head, and where its octets end; nil where it has no end yet.
    static func head(of octets: [UInt8]) throws -> (request: Request, end: Int)? {
        guard let end = octets.firstRange(of: [13, 10, 13, 10], from: 0) else { return nil }
        let head = Array(octets[..<end])
        func wrong(_ what: String) -> Violation { Violation(what: what, octets: head) }
        var lines: [[UInt8]] = [[]]
        for (index, octet) in head.enumerated() {
            let isPair = octet == 13 && index + 1 < head.count && head[index + 1] == 10
            if octet == 10 {
                guard index > 0, head[index - 1] == 13 else { throw wrong("a bare LF") }
                lines.append([])
            } else if octet == 13 {
                guard isPair else { throw wrong("a bare CR") }
            } else {
                lines[lines.count - 1].append(octet)
            }
        }
        var request = try line(lines.removeFirst(), wrong)
        request.fields = try lines.map { try field($0, wrong) }
        try check(request, wrong)
        return (request, end + 4)
    }

    private static func line(
        _ line: [UInt8], _ wrong: (String) -> Violation
    ) throws -> Request {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw wrong("a request line of other than three parts") }
        guard isToken(parts[0]) else { throw wrong("a method that is no token") }
        guard Array(parts[2]).latin1 == "HTTP/1.1" else { throw wrong("another version") }
        let target = parts[1]
        guard target.first == UInt8(ascii: "/") || target.elementsEqual([UInt8(ascii: "*")]),
            target.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") })
        else { throw wrong("a target that is neither a path nor *") }
        return Request(method: Array(parts[0]).latin1, target: Array(target).latin1)
    }

    private static func field(
        _ line: [UInt8], _ wrong: (String) -> Violation
    ) throws -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), isToken(line[..<colon]) else {
            throw wrong("a field line without a name")
        }
        var value = line[(colon + 1)...]
        while let first = value.first, first == 0x20 || first == 9 { value.removeFirst() }
        while let last = value.last, last == 0x20 || last == 9 { value.removeLast() }
        guard value.allSatisfy({ $0 == 9 || ($0 >= 0x20 && $0 != 0x7f) }) else {
            throw wrong("a control octet in a value")
        }
        return (Array(line[..<colon]).latin1.lowercased(), Array(value).latin1)
    }

    private static func check(_ request: Request, _ wrong: (String) -> Violation) throws {
        let hosts = request.all("host")
        guard hosts.count == 1, hosts[0].allSatisfy({ $0 > " " && !",/?#@\\".contains($0) })
        else { throw wrong("other than one Host") }
        let (lengths, codings) = (request.all("content-length"), request.all("transfer-encoding"))
        guard lengths.count + codings.count <= 1 else { throw wrong("two framing fields") }
        guard codings.isEmpty || codings == ["chunked"] else { throw wrong("another coding") }
        if let length = lengths.first {
            guard Int(length).map(String.init) == length else { throw wrong("a length") }
        }
        // A probe ends its connection and says so; a client's request never does.
        if request.target == "/health" { return }
        for field in request.fields where hopByHop.contains(field.name) {
            throw wrong("the hop-by-hop field \(field.name)")
        }
        for name in ["connection", "upgrade"] {
            let wanted = name == "connection" ? "upgrade" : "websocket"
            guard request.all(name).allSatisfy({ $0.lowercased() == wanted }) else {
                throw wrong("\(name): \(request.all(name))")
            }
        }
        for field in request.fields where field.name.contains("_") {
            let twin = field.name.replacing("_", with: "-")
            guard twin != "content-length", twin != "transfer-encoding",
                !twin.hasPrefix("x-forwarded")
            else { throw wrong("the twin \(field.name)") }
        }
    }

    /// Trailer fields that would mean something else in a head, or to the next connection.
    private static let neverTrailers: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "authorization",
        "expect", "x-forwarded-for", "x-forwarded-proto", "x-real-ip",
    ]

    /// The content of chunks and where they end; nil where they have no end yet. Extensions are
    /// violations, for Bascule drops them.
    static func chunks(of octets: [UInt8]) throws -> (body: [UInt8], end: Int)? {
        var body: [UInt8] = []
        var at = 0
        while true {
            guard let end = octets.firstRange(of: [13, 10], from: at) else { return nil }
            let size = Array(octets[at..<end]).latin1
            guard size.allSatisfy({ $0.isASCII && $0.isHexDigit }), let count = Int(size, radix: 16)
            else { throw Violation(what: "the chunk size \(size)", octets: octets) }
            at = end + 2
            if count == 0 { return try trailers(of: octets, at: at).map { (body, $0) } }
            guard octets.count >= at + count + 2 else { return nil }
            body += octets[at..<(at + count)]
            at += count
            guard octets[at] == 13, octets[at + 1] == 10 else {
                throw Violation(what: "no end of line after a chunk", octets: octets)
            }
            at += 2
        }
    }

    /// Where the trailer section ends; nil where it has no end yet.
    private static func trailers(of octets: [UInt8], at start: Int) throws -> Int? {
        var at = start
        while true {
            guard let end = octets.firstRange(of: [13, 10], from: at) else { return nil }
            if end == at { return end + 2 }
            let field = try field(Array(octets[at..<end])) {
                Violation(what: "\($0) of a trailer", octets: octets)
            }
            guard !neverTrailers.contains(field.name) else {
                throw Violation(what: "the trailer \(field.name)", octets: octets)
            }
            at = end + 2
        }
    }

    private static func isToken(_ octets: some Collection<UInt8>) -> Bool {
        !octets.isEmpty
            && octets.allSatisfy {
                let letter = Character(Unicode.Scalar($0))
                return letter.isASCII
                    && (letter.isLetter || letter.isNumber || "!#$%&'*+-.^_`|~".contains(letter))
            }
    }
}

extension Collection<UInt8> {
    /// The octets as text, each one a character.
    var latin1: String { String(String.UnicodeScalarView(map { Unicode.Scalar($0) })) }
}
