/// Reads one HTTP/1.1 answer of the controller (RFC 9112): octets in, parts out.
///
/// It speaks only to our own controller, but what it reads may be cut off anywhere, so every form
/// that it does not know is `malformed`, never a trap.
public struct ResponseReader {
    /// What the octets so far amount to.
    public enum Part: Equatable, Sendable {
        case head(ResponseHead)
        case body([UInt8])
        /// The answer is complete.
        case end
        /// More octets are needed.
        case more
        case malformed(String)
    }

    private enum State: Equatable {
        case head
        case length(Int)
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case trailers
        /// The body ends with the connection (RFC 9112 section 6.3, rule 8).
        case untilClose
        case ended
    }

    /// No head of the controller comes near; it stops a peer that is something else.
    public static let headBytesMax = 65_536

    private var state = State.head
    private var octets: [UInt8] = []
    private var isClosed = false

    public init() {}

    public mutating func feed(_ piece: some Sequence<UInt8>) { octets.append(contentsOf: piece) }

    /// The peer sends nothing more.
    public mutating func close() { isClosed = true }

    /// Call it until it says `more`, `end` or `malformed`.
    public mutating func next() -> Part {
        while true {
            switch state {
            case .head:
                guard let line = block() else { return missing() }
                guard let head = ResponseHead(line) else { return .malformed("no HTTP answer") }
                // 100 to 199 precede the answer (RFC 9110 section 15.2).
                if head.status < 200 { continue }
                state = body(of: head)
                return .head(head)
            case .length(0), .ended:
                state = .ended
                return .end
            case .length(let left):
                guard !octets.isEmpty else { return missing() }
                let piece = take(min(left, octets.count))
                state = .length(left - piece.count)
                return .body(piece)
            case .untilClose:
                guard !octets.isEmpty else { return isClosed ? .end : .more }
                return .body(take(octets.count))
            case .chunkSize:
                guard let line = line() else { return missing() }
                let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
                guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0
                else { return .malformed("no chunk size") }
                state = size == 0 ? .trailers : .chunk(size)
            case .chunk(let left):
                guard !octets.isEmpty else { return missing() }
                let piece = take(min(left, octets.count))
                state = piece.count == left ? .chunkEnd : .chunk(left - piece.count)
                return .body(piece)
            case .chunkEnd:
                guard let line = line() else { return missing() }
                guard line.isEmpty else { return .malformed("no end of chunk") }
                state = .chunkSize
            case .trailers:
                guard let line = line() else { return missing() }
                if line.isEmpty { state = .ended }
            }
        }
    }

    private func missing() -> Part {
        if octets.count > Self.headBytesMax { return .malformed("a line too long") }
        return isClosed ? .malformed("the answer is cut off") : .more
    }

    private func body(of head: ResponseHead) -> State {
        if head.status == 204 || head.status == 304 { return .ended }
        if head["transfer-encoding"]?.lowercased().hasSuffix("chunked") == true {
            return .chunkSize
        }
        guard let length = head["content-length"] else { return .untilClose }
        return Int(length).map { .length(max(0, $0)) } ?? .untilClose
    }

    private mutating func take(_ count: Int) -> [UInt8] {
        let piece = Array(octets.prefix(count))
        octets.removeFirst(count)
        return piece
    }

    /// A line without its end.
    private mutating func line() -> [UInt8]? {
        guard let end = octets.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        var line = take(end + 1).dropLast()
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        return Array(line)
    }

    /// The lines up to an empty one.
    private mutating func block() -> String? {
        let text = Array("\r\n\r\n".utf8)
        guard octets.count >= text.count,
            let end = octets.indices.dropLast(text.count - 1).first(where: {
                octets[$0..<$0 + text.count].elementsEqual(text)
            })
        else { return nil }
        let block = take(end + text.count)
        return String(decoding: block.dropLast(text.count), as: UTF8.self)
    }
}

/// An answer's status and fields.
public struct ResponseHead: Equatable, Sendable {
    public let status: Int
    /// Names in lower case; of a name that comes twice the last counts.
    public let fields: [String: String]

    /// nil where it is no HTTP/1.x answer.
    init?(_ text: String) {
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        let words = lines.popFirst()?.split(separator: " ", maxSplits: 2) ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].count == 3,
            let status = Int(words[1]), 100...599 ~= status
        else { return nil }
        var fields: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...]
            fields[line[..<colon].lowercased()] = String(value.trimmingSpaces)
        }
        self.status = status
        self.fields = fields
    }

    public subscript(name: String) -> String? { fields[name] }

    /// `application/json`, without parameters, in lower case.
    public var mediaType: String? {
        fields["content-type"]?.split(separator: ";").first.map {
            $0.trimmingSpaces.lowercased()
        }
    }
}

extension Substring {
    /// Without spaces and tabs at both ends (RFC 9110 section 5.5, OWS).
    fileprivate var trimmingSpaces: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
