import Bytes
public import HTTP

/// Parses answer heads (RFC 9112 sections 4 to 6) as strictly as requests: an upstream is no more
/// trusted than a client, and a wrong answer is a 502.
///
/// One an upstream connection; used like `RequestParser`. Interim answers (1xx) are heads of their
/// own: `reset` and parse on.
public struct ResponseParser: ~Copyable {
    public let limits: HeadLimits
    /// Valid after `complete`, with ranges into the octets that were given, until `reset`.
    public private(set) var head = ResponseHead()
    private var progress = HeadProgress()
    private var facts = ResponseFacts()

    public init(limits: HeadLimits) { self.limits = limits }

    /// Looks at the octets from the head's first one on. `method` is that of the request that is
    /// answered: it decides whether content follows (RFC 9112 section 6.3).
    public mutating func parse(
        _ bytes: RawSpan, method: Method, into fields: inout FieldTable
    ) -> HeadOutcome {
        let isResumed = progress.seen > 0
        let isFull = bytes.byteCount >= limits.headBytesMax
        if isResumed, !progress.hasNews(bytes), !isFull { return .incomplete }
        do throws(Halt) {
            var end = try advance(bytes, method, into: &fields)
            if isResumed {
                reset()
                end = try advance(bytes, method, into: &fields)
            }
            return .complete(bytes: end)
        } catch {
            switch error {
            case .refused(let refusal): return .refused(refusal)
            case .incomplete:
                progress.seen = bytes.byteCount
                return isFull ? .refused(.upstreamInvalid("a head too large")) : .incomplete
            }
        }
    }

    /// Forgets the head, for the next one of the connection.
    public mutating func reset() {
        head = ResponseHead()
        progress = HeadProgress()
        facts = ResponseFacts()
    }

    private mutating func advance(
        _ bytes: RawSpan, _ method: Method, into fields: inout FieldTable
    ) throws(Halt) -> Int {
        fields.list.removeAll()
        let bytes = bytes.extracting(first: limits.headBytesMax)
        var at = progress.lineStart
        if facts.phase == .statusLine {
            at = try statusLine(bytes, at: at)
            progress.lineStart = at
            facts.phase = .fields
        }
        while true {
            guard at < bytes.byteCount else { throw .incomplete }
            if bytes[octet: at] == 0x0d {
                at = try LineScanner.lineEnd(bytes, at: at, else: .upstreamInvalid("a bare CR"))
                try facts.finish(&head, method)
                if facts.connection.namesFields {
                    ConnectionOptions.drop(&fields, bytes)
                    head.hasDate = fields.passes(.date)
                }
                return at
            }
            let line = try LineScanner.fieldLine(
                bytes, at: at, isAnswer: true, Refusal.upstreamInvalid)
            try note(line, bytes, &fields)
            at = line.next
            progress.lineStart = at
        }
    }

    private mutating func statusLine(_ bytes: RawSpan, at start: Int) throws(Halt) -> Int {
        head.version = try HTTPVersion.read(
            bytes, at: start, .upstreamInvalid("not an HTTP/1 answer"))
        var at = start &+ HTTPVersion.byteCount
        guard at &+ 4 < bytes.byteCount else { throw .incomplete }
        let digits = bytes.extracting(at &+ 1..<at &+ 4)
        guard bytes[octet: at] == 0x20, let code = digits.decimal(most: 599), code >= 100 else {
            throw .refused(.upstreamInvalid("a status line without a status"))
        }
        head.status = Status(rawValue: UInt16(code))
        at &+= 4
        // The space after the code is due even where no words follow; servers that forget it are
        // common and harmless.
        var end = at
        if bytes[octet: at] == 0x20 {
            at &+= 1
            end = OctetClass.textEnd(bytes, from: at)
        }
        head.phrase = ByteRange(at, end)
        return try LineScanner.lineEnd(
            bytes, at: end, else: .upstreamInvalid("an octet that no status line has"))
    }

    @inline(__always)
    private mutating func note(
        _ line: FieldLine, _ bytes: RawSpan, _ fields: inout FieldTable
    ) throws(Halt) {
        facts.fieldCount &+= 1
        let field = Field(
            name: line.name, value: line.value, known: FieldName(bytes[line.name]))
        guard facts.fieldCount <= limits.fieldCountMax, fields.list.append(field) else {
            throw .refused(.upstreamInvalid("too many fields"))
        }
        if field.known != .other { try facts.note(field, bytes, &head) }
    }
}
