import Bytes
import HTTP
import HTTP1
import Testing

/// A request head as the parser saw it, with its ranges resolved to text.
struct SeenRequest: Equatable {
    var end = 0
    var method = ""
    var path = ""
    var query = ""
    var authority = ""
    var host = ""
    var framing = BodyFraming.none
    var keepsConnection = false
    var expectsContinue = false
    var upgrade = Upgrade.none
    var fields: [String] = []
}

enum Seen: Equatable {
    case incomplete
    case complete(SeenRequest)
    case refused(UInt16, String)

    var refusedStatus: UInt16? {
        if case .refused(let status, _) = self { status } else { nil }
    }

    var request: SeenRequest? {
        if case .complete(let request) = self { request } else { nil }
    }
}

extension Array<UInt8> {
    /// Text with one octet a character (Latin-1), so that every octet can be written.
    init(latin1 text: String) { self = text.unicodeScalars.map { UInt8($0.value) } }

    /// The octets as text, each one a character.
    var latin1: String { String(String.UnicodeScalarView(map { Unicode.Scalar($0) })) }

    func text(_ range: ByteRange) -> String {
        Array(self[range.lowerBound..<range.upperBound]).latin1
    }
}

extension ByteBuffer {
    var text: String {
        var octets: [UInt8] = []
        for at in 0..<count { octets.append(bytes[octet: at]) }
        return octets.latin1
    }
}

/// Parses what arrives in pieces of `step` octets (all at once where nil).
func parse(
    _ octets: [UInt8], step: Int? = nil, limits: HeadLimits = HeadLimits()
) -> Seen {
    var parser = RequestParser(limits: limits)
    var fields = FieldTable(capacity: 100)
    var arrived = step.map { min($0, octets.count) } ?? octets.count
    while true {
        let outcome = parser.parse(
            octets.span.octets.extracting(0..<arrived), into: &fields)
        switch outcome {
        case .incomplete:
            guard arrived < octets.count else { return .incomplete }
            arrived = min(octets.count, arrived + (step ?? octets.count))
        case .complete(let end):
            return .complete(see(parser.head, fields, octets, end: end))
        case .refused(let refusal):
            return .refused(refusal.status.rawValue, "\(refusal.detail)")
        }
    }
}

func parse(_ text: String, step: Int? = nil, limits: HeadLimits = HeadLimits()) -> Seen {
    parse([UInt8](latin1: text), step: step, limits: limits)
}

private func see(
    _ head: RequestHead, _ fields: borrowing FieldTable, _ octets: [UInt8], end: Int
) -> SeenRequest {
    var seen = SeenRequest()
    seen.end = end
    seen.method = octets.text(head.methodName)
    seen.path = octets.text(head.path)
    seen.query = octets.text(head.query)
    seen.authority = octets.text(head.authority)
    seen.host = octets.text(head.host)
    seen.framing = head.framing
    seen.keepsConnection = head.keepsConnection
    seen.expectsContinue = head.expectsContinue
    seen.upgrade = head.upgrade
    for index in 0..<fields.count {
        let field = fields[index]
        seen.fields.append(
            "\(field.isDropped ? "-" : "")\(octets.text(field.name))=\(octets.text(field.value))")
    }
    return seen
}

/// What the app gets for a request, or the status of the refusal.
func forward(
    _ text: String, peer: PeerAddress = .ipv4(0x0a00_0001), isTrusted: Bool = false,
    framing: BodyFraming? = nil, forwardsExpect: Bool = false
) -> String {
    let octets = [UInt8](latin1: text)
    var parser = RequestParser(limits: HeadLimits())
    var fields = FieldTable(capacity: 100)
    switch parser.parse(octets.span.octets, into: &fields) {
    case .incomplete: return "incomplete"
    case .refused(let refusal): return "\(refusal.status.rawValue)"
    case .complete: break
    }
    let context = ForwardingContext(
        peer: peer, isTrustedPeer: isTrusted, scheme: .http, nowMilliseconds: 1_700_000_000_123,
        requestID: (0x0123, 0x4567), framing: framing ?? parser.head.framing,
        forwardsExpect: forwardsExpect)
    var buffer = ByteBuffer()
    RequestWriter.write(parser.head, fields, octets.span.octets, context, into: &buffer)
    return buffer.text
}

/// The lines of a head, without the empty one at its end.
func lines(_ head: String) -> [String] {
    head.split(separator: "\r\n", omittingEmptySubsequences: true).map(String.init)
}

/// The values of a field in a head, in order.
func values(_ name: String, in head: String) -> [String] {
    lines(head).filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
        .map { String($0.dropFirst(name.count + 2)) }
}

/// Content that a reader hands out, and how it ended.
struct SeenBody: Equatable {
    var content: [UInt8] = []
    var end: End = .needsMore

    enum End: Equatable {
        case needsMore
        /// Complete after so many octets.
        case complete(Int)
        case refused(UInt16)
    }

    var text: String { content.latin1 }
}

/// Reads content that arrives in pieces of `step` octets (all at once where nil).
func readBody(
    _ octets: [UInt8], _ framing: BodyFraming, step: Int? = nil,
    limits: BodyLimits = BodyLimits(), isAnswer: Bool = false
) -> SeenBody {
    var reader = BodyReader(framing, limits: limits, isAnswer: isAnswer)
    var seen = SeenBody()
    var taken = 0
    var arrived = step.map { min($0, octets.count) } ?? octets.count
    while true {
        switch reader.next(octets.span.octets.extracting(taken..<arrived)) {
        case .piece(let range):
            seen.content += octets[taken + range.lowerBound..<taken + range.upperBound]
            taken += range.upperBound
        case .needMore(let consumed):
            taken += consumed
            guard arrived < octets.count else { return seen }
            arrived = min(octets.count, arrived + (step ?? octets.count))
        case .end(let consumed):
            seen.end = .complete(taken + consumed)
            return seen
        case .refused(let refusal):
            seen.end = .refused(refusal.status.rawValue)
            return seen
        }
    }
}

func readChunks(_ text: String, step: Int? = nil) -> SeenBody {
    readBody([UInt8](latin1: text), .chunked, step: step)
}
