import Bytes
public import HTTP

/// Parses request heads (RFC 9112 sections 2 to 6), strictly: what an intermediary may refuse, it
/// refuses.
///
/// One a connection. Give it all unread octets at every arrival; nothing is kept but positions. A
/// head that came whole is read in one pass; one that trickles in is read line by line as it comes
/// and once more when it is whole, because the field table is the worker's.
public struct RequestParser: ~Copyable {
    public let limits: HeadLimits
    /// What carried the head; one of HTTP/2 comes here in the form of HTTP/1.1.
    public var carrier = Version.http11
    /// Valid after `complete`, with ranges into the octets that were given, until `reset`.
    public private(set) var head = RequestHead()
    private var progress = HeadProgress()
    private var facts = RequestFacts()

    public init(limits: HeadLimits) { self.limits = limits }

    /// Looks at the octets from the head's first one on. Once `complete` or `refused` was returned,
    /// `reset` comes before the next head.
    public mutating func parse(
        _ bytes: RawSpan, into fields: inout FieldTable
    ) -> HeadOutcome {
        let isResumed = progress.seen > 0
        if isResumed, !progress.hasNews(bytes), !isLong(bytes) { return .incomplete }
        do throws(Halt) {
            var end = try advance(bytes, into: &fields)
            if isResumed {
                reset()
                end = try advance(bytes, into: &fields)
            }
            return .complete(bytes: end)
        } catch {
            return outcome(of: error, bytes)
        }
    }

    /// Forgets the head, for the next one of the connection.
    public mutating func reset() {
        head = RequestHead()
        progress = HeadProgress()
        facts = RequestFacts()
    }

    /// Nothing of a next head was seen: the connection is idle between requests.
    public var isIdle: Bool { progress.seen == 0 }

    private mutating func outcome(of halt: Halt, _ bytes: RawSpan) -> HeadOutcome {
        switch halt {
        case .refused(let refusal): return .refused(refusal)
        case .incomplete:
            progress.seen = bytes.byteCount
            guard isLong(bytes) else { return .incomplete }
            switch facts.phase {
            case .requestLine:
                return .refused(Refusal(.tooLarge, .targetTooLong, "a request line too long"))
            case .fields: return .refused(Refusal(.tooLarge, .headTooLarge, "a head too large"))
            }
        }
    }

    private func isLong(_ bytes: RawSpan) -> Bool {
        switch facts.phase {
        case .requestLine: bytes.byteCount >= min(limits.startLineBytesMax, limits.headBytesMax)
        case .fields: bytes.byteCount >= limits.headBytesMax
        }
    }

    /// Parses from the first unfinished line on; returns where the head ends.
    private mutating func advance(
        _ bytes: RawSpan, into fields: inout FieldTable
    ) throws(Halt) -> Int {
        fields.list.removeAll()
        let bytes = bytes.extracting(first: limits.headBytesMax)
        var at = progress.lineStart
        if facts.phase == .requestLine {
            at = try requestLine(bytes.extracting(first: limits.startLineBytesMax), at: at)
            progress.lineStart = at
            facts.phase = .fields
        }
        while true {
            guard at < bytes.byteCount else { throw .incomplete }
            if bytes[octet: at] == 0x0d {
                at = try LineScanner.lineEnd(bytes, at: at, else: .badRequest("a bare CR"))
                try finish(bytes, &fields)
                return at
            }
            let line = try LineScanner.fieldLine(
                bytes, at: at, isAnswer: false, Refusal.badRequest)
            try note(line, bytes, &fields)
            at = line.next
            progress.lineStart = at
        }
    }

    private mutating func requestLine(_ bytes: RawSpan, at start: Int) throws(Halt) -> Int {
        var at = start
        guard at < bytes.byteCount else { throw .incomplete }
        // One empty line before a request is forgiven (RFC 9112 section 2.2), not two.
        if bytes[octet: at] == 0x0d {
            at = try LineScanner.lineEnd(bytes, at: at, else: .badRequest("a bare CR"))
        }
        let methodEnd = OctetClass.tokenEnd(of: OctetClass.token, bytes, from: at)
        guard methodEnd &- at <= Strictness.methodBytesMax else {
            throw .refused(Refusal(.notSupported, .notImplemented, "a method too long"))
        }
        guard methodEnd < bytes.byteCount else { throw .incomplete }
        guard methodEnd > at, bytes[octet: methodEnd] == 0x20 else {
            throw .refused(.badRequest("a request line without a method"))
        }
        head.methodName = ByteRange(at, methodEnd)
        head.method = Method(bytes[head.methodName])
        guard head.method != .connect else {
            throw .refused(Refusal(.notSupported, .notImplemented, "CONNECT is not offered"))
        }
        at = try RequestTarget.read(bytes, at: methodEnd &+ 1, into: &head)
        guard at < bytes.byteCount else { throw .incomplete }
        guard bytes[octet: at] == 0x20 else {
            throw .refused(.badRequest("an octet that no request target has"))
        }
        at &+= 1
        head.version = try HTTPVersion.read(bytes, at: at, .badRequest("not an HTTP/1 version"))
        if carrier == .http2 { head.version = .http2 }
        return try LineScanner.lineEnd(
            bytes, at: at &+ HTTPVersion.byteCount, else: .badRequest("more after the version"))
    }

    @inline(__always)
    private mutating func note(
        _ line: FieldLine, _ bytes: RawSpan, _ fields: inout FieldTable
    ) throws(Halt) {
        facts.fieldCount &+= 1
        var field = Field(
            name: line.name, value: line.value, known: FieldName(bytes[line.name]))
        if line.hasUnderscore { field.isDropped = Twins.isDropped(bytes[line.name]) }
        guard facts.fieldCount <= limits.fieldCountMax, fields.list.append(field) else {
            throw .refused(Refusal(.tooLarge, .headTooLarge, "too many fields"))
        }
        if field.known != .other { try facts.note(field, bytes, &head, limits) }
    }

    private mutating func finish(
        _ bytes: RawSpan, _ fields: inout FieldTable
    ) throws(Halt) {
        try facts.finish(&head)
        if facts.connection.namesFields { ConnectionOptions.drop(&fields, bytes) }
    }
}
