internal import Bytes

/// What a session keeps between calls, and what nghttp2's callbacks write down.
///
/// A value in memory of its own, not in the session's object: callbacks come to it by its address,
/// some twenty times a request. Of an object's fields the runtime would count references and check
/// each access, which took a tenth of what a request takes outside the kernel.
struct HTTP2Notes: ~Copyable {
    /// What waits to be sent.
    var output = ByteBuffer(bytesMax: 1024 * 1024)
    var events: [HTTP2Event] = []
    /// Points of `FrameBudget`.
    var cost = 0
    /// A field block has begun and is not complete.
    var isInHead = false
    var hasFailed = false
    var isCalmed = false
    /// The client has said GOAWAY.
    var isClientLeaving = false
    var heads: HeadText
    var meter = FrameMeter()
    /// 128 bits that nobody can foresee.
    let makeKey: () -> (UInt64, UInt64)
    /// Where the octets of the `receive` under way are: never read through, only compared.
    var received: (address: Int, count: Int) = (0, 0)
    var lent = LentContent()

    init(_ limits: HTTP2Limits, makeKey: @escaping () -> (UInt64, UInt64)) {
        heads = HeadText(headBytesMax: limits.headBytesMax)
        self.makeKey = makeKey
    }

    mutating func forgetEvents(_ pool: inout BufferPool) {
        events.removeAll(keepingCapacity: true)
        heads.forgetFinished(isUnderWay: isInHead, &pool)
        if output.isEmpty { output.release(to: &pool) }
    }

    // MARK: What comes

    /// Counts what the frames cost; so many of the octets may be looked at.
    mutating func measure(_ octets: RawSpan) -> Int {
        cost += meter.read(octets)
        return meter.mistake?.end ?? octets.byteCount
    }

    mutating func headBegan(isTrailer: Bool) {
        isInHead = true
        heads.begin(isTrailer: isTrailer)
    }

    /// A head is complete. False for a malformed one: it ends its stream and goes no further
    /// (RFC 9113 section 8.1.1).
    mutating func requestArrived(_ stream: Int32, isWhole: Bool) -> Bool {
        isInHead = false
        let key = Base64.encode(heads.opensWebSocket ? makeKey() : (0, 0))
        guard let (head, content) = heads.finish(isWhole: isWhole, key: key.span.octets) else {
            return false
        }
        events.append(.request(stream: stream, head: head, content))
        return true
    }

    mutating func trailersArrived(_ stream: Int32, isLast: Bool) {
        isInHead = false
        events.append(.trailers(stream: stream, heads.finishTrailers()))
        if isLast { events.append(.ended(stream: stream)) }
    }

    /// False for content that is not within what was received.
    mutating func contentArrived(_ stream: Int32, address: Int, count: Int) -> Bool {
        let start = address - received.address
        guard start >= 0, start + count <= received.count else { return false }
        events.append(.content(stream: stream, ByteRange(start, start + count)))
        return true
    }

    // MARK: What goes

    /// A frame of content: its head, and so many octets of what was lent. False: there are not so
    /// many.
    mutating func sendContent(_ head: RawSpan, _ count: Int) -> Bool {
        output.append(head)
        return lent.move(count, to: &output)
    }
}

/// Content that is offered to nghttp2 during one `write`.
// SAFETY: its octets are valid while `write` runs, which forgets them at its end.
@safe struct LentContent {
    /// What follows a part.
    enum End { case open, ended, trailed }

    private let stream: Int32
    private let octets: UnsafeRawBufferPointer
    private let end: End
    private(set) var taken = 0
    /// The stream's end was sent with it.
    private(set) var hasEnded = false

    /// Nothing, of no stream.
    init() {
        unsafe self.init(stream: 0, UnsafeRawBufferPointer(start: nil, count: 0), .open)
    }

    // SAFETY: the caller keeps the octets and forgets this before they end.
    init(stream: Int32, _ octets: UnsafeRawBufferPointer, _ end: End) {
        self.stream = stream
        unsafe self.octets = unsafe octets
        self.end = end
    }

    /// So much may be sent in a frame of this stream, and what follows it; nil: nothing now.
    mutating func take(_ stream: Int32, atMost most: Int) -> (count: Int, end: End)? {
        guard stream == self.stream, !hasEnded else { return nil }
        let left = unsafe octets.count - taken
        let count = min(left, most)
        hasEnded = end != .open && count == left
        guard count > 0 || hasEnded else { return nil }
        return (count, hasEnded ? end : .open)
    }

    mutating func move(_ count: Int, to output: inout ByteBuffer) -> Bool {
        guard unsafe taken + count <= octets.count else { return false }
        let piece = unsafe UnsafeRawBufferPointer(
            rebasing: octets[taken..<(taken + count)])
        unsafe output.append(RawSpan(_unsafeBytes: piece))
        taken += count
        return true
    }
}
