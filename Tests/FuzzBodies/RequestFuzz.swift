import Bytes
import HTTP
import HTTP1

/// Any octets as requests: read at once and in pieces, written on, and read again.
enum RequestFuzz {
    /// What a parser made of a head.
    enum Read: Equatable {
        case incomplete
        case refused
        case complete(end: Int, head: Facts)
    }

    /// What must survive being written on.
    struct Facts: Equatable {
        var method: [UInt8]
        var target: [UInt8]
        var authority: [UInt8]
        var framing: BodyFraming
        var upgrade: Upgrade
    }

    static func run(_ octets: [UInt8]) -> String? {
        guard let step = octets.first else { return nil }
        let stream = Array(octets.dropFirst())
        let whole = read(stream, step: stream.count + 1)
        let pieces = read(stream, step: Int(step % 7) + 1)
        guard whole == pieces || isLate(stream, step: Int(step % 7) + 1, whole, pieces) else {
            return "\(whole) at once, \(pieces) in pieces"
        }
        guard case .complete(let end, let facts) = whole else { return nil }
        if let broken = rewritten(Array(stream[..<end]), facts) { return broken }
        return ChunkFuzz.compare(
            Array(stream[end...]), facts.framing, step: Int(step % 5) + 1, isAnswer: false)
    }

    static func read(_ octets: [UInt8], step: Int, limits: HeadLimits = HeadLimits()) -> Read {
        var parser = RequestParser(limits: limits)
        var fields = FieldTable(capacity: limits.fieldCountMax)
        var arrived = min(step, octets.count)
        while true {
            switch parser.parse(octets.span.octets.extracting(0..<arrived), into: &fields) {
            case .incomplete:
                guard arrived < octets.count else { return .incomplete }
                arrived = min(octets.count, arrived + step)
            case .refused: return .refused
            case .complete(let end): return .complete(end: end, head: facts(parser.head, octets))
            }
        }
    }

    /// What trickles in is looked at when a line may end: a refusal may then come with that end.
    private static func isLate(
        _ stream: [UInt8], step: Int, _ whole: Read, _ pieces: Read
    ) -> Bool {
        whole == .refused && pieces == .incomplete
            && read(stream + [13, 10], step: step) == .refused
    }

    private static func facts(_ head: RequestHead, _ octets: [UInt8]) -> Facts {
        var target = octets.text(head.path) + octets.text(head.query)
        if head.isAsterisk {
            target = [UInt8(ascii: "*")]
        } else if head.path.isEmpty {
            target.insert(UInt8(ascii: "/"), at: 0)
        }
        return Facts(
            method: octets.text(head.methodName), target: target,
            authority: octets.text(head.authority), framing: head.framing,
            // What is not spoken here goes on without it.
            upgrade: head.upgrade == .other ? .none : head.upgrade)
    }

    /// What an app is sent for a valid head.
    static func forward(_ octets: [UInt8], isTrusted: Bool) -> [UInt8]? {
        var parser = RequestParser(limits: HeadLimits())
        var fields = FieldTable(capacity: 100)
        guard case .complete = parser.parse(octets.span.octets, into: &fields) else { return nil }
        let context = ForwardingContext(
            peer: .ipv4(0x0a00_0001), isTrustedPeer: isTrusted, scheme: .http,
            nowMilliseconds: 1_700_000_000_123, requestID: (1, 2), framing: parser.head.framing,
            forwardsExpect: false)
        var buffer = ByteBuffer()
        RequestWriter.write(parser.head, fields, octets.span.octets, context, into: &buffer)
        return buffer.copy()
    }

    /// Whether the head means the same to whoever reads what was written for it.
    private static func rewritten(_ head: [UInt8], _ facts: Facts) -> String? {
        guard let written = forward(head, isTrusted: head.count % 2 == 0) else {
            return "a valid head was not read again"
        }
        // Ours are added: the limits of the next reader are its own.
        let limits = HeadLimits(
            headBytesMax: 1 << 20, fieldCountMax: 200, startLineBytesMax: 1 << 18)
        guard case .complete(let end, var again) = read(written, step: 1 << 20, limits: limits)
        else {
            // Only HTTP/1.0 has requests without a Host: the app gets an empty one. A TRACE whose
            // last hop is the app has to end there.
            let isTrace = facts.method == Array("TRACE".utf8)
            return facts.authority.isEmpty || isTrace ? nil : "what was written is no request"
        }
        guard end == written.count else { return "the head written ends at \(end)" }
        // Where content is usual, none is said to be 0 octets.
        if facts.framing == .none, again.framing == .length(0) { again.framing = .none }
        return again == facts ? nil : "\(facts) was written as \(again)"
    }
}
