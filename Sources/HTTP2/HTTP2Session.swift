public import Bytes
internal import CNghttp2

/// One connection of HTTP/2 (RFC 9113), the server's side: octets in, events out, and the other way
/// round. It knows no socket and no clock. nghttp2 does frames, HPACK, states and windows.
///
/// What a call makes of it is in `events` and `output` when the call returns; nothing is kept of
/// what a call was given.
@safe public final class HTTP2Session {
    /// Where the octets of the connection stand, and what nghttp2's callbacks write down.
    // SAFETY: owned by this object until deinit. nghttp2 writes to it during this object's own
    // calls only, none of which has an access of its own to it under way then.
    private let notes: UnsafeMutablePointer<HTTP2Notes>
    // SAFETY: owned by this object from `open` to deinit.
    let session: OpaquePointer

    /// The client's connection preface (RFC 9113 section 3.4).
    public static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    /// nil where memory is short. `makeKey` gives 128 bits that nobody can foresee, for a
    /// WebSocket's key.
    public init?(_ limits: HTTP2Limits, makeKey: @escaping () -> (UInt64, UInt64)) {
        guard let session = unsafe Self.open() else { return nil }
        unsafe self.session = unsafe session
        unsafe notes = .allocate(capacity: 1)
        unsafe notes.initialize(to: HTTP2Notes(limits, makeKey: makeKey))
        unsafe nghttp2_session_set_user_data(session, notes)
        sendSettings(limits)
    }

    deinit {
        unsafe nghttp2_session_del(session)
        unsafe notes.deinitialize(count: 1)
        unsafe notes.deallocate()
    }

    /// What waits to be sent.
    public var output: ByteBuffer {
        _read { yield unsafe notes.pointee.output }
        _modify { yield unsafe &notes.pointee.output }
    }
    /// What came of the last octets; the caller takes them with `forgetEvents`.
    public var events: [HTTP2Event] {
        _read { yield unsafe notes.pointee.events }
    }
    /// A field block has begun and is not complete: the whole connection waits for it.
    public var isInHead: Bool { unsafe notes.pointee.isInHead }
    /// Nothing more can come of it: when the output is sent, the connection ends.
    public var hasFailed: Bool { unsafe notes.pointee.hasFailed }
    /// It ends because the client asked for more than a connection may: ENHANCE_YOUR_CALM.
    public var isCalmed: Bool { unsafe notes.pointee.isCalmed }
    /// The client has said GOAWAY.
    public var isClientLeaving: Bool { unsafe notes.pointee.isClientLeaving }

    private func sendSettings(_ limits: HTTP2Limits) {
        func entry(_ id: nghttp2_settings_id, _ value: UInt32) -> nghttp2_settings_entry {
            nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: value)
        }
        let settings = [
            entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2Limits.streamsMax),
            entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(HTTP2Limits.streamWindowBytes)),
            entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, UInt32(clamping: limits.headBytesMax)),
            entry(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1),
            entry(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
        ]
        _ = unsafe nghttp2_submit_settings(session, 0, settings, settings.count)
        _ = unsafe nghttp2_session_set_local_window_size(
            session, 0, 0, HTTP2Limits.connectionWindowBytes)
    }

    // MARK: What comes

    /// Takes octets of the connection. False: it cannot go on (`end` was called by itself).
    public func receive(_ octets: RawSpan) -> Bool {
        let count = unsafe notes.pointee.measure(octets)
        let taken = unsafe octets.extracting(0..<count).withUnsafeBytes { bytes in
            unsafe notes.pointee.received = (Int(bitPattern: bytes.baseAddress), bytes.count)
            defer { unsafe notes.pointee.received = (0, 0) }
            return unsafe notes.pointee.meter.hidden.isEmpty ? hand(bytes) : handPartly(bytes)
        }
        if let error = failure(taken) {
            unsafe notes.pointee.hasFailed = true
            end(error)
        }
        return !hasFailed
    }

    // SAFETY: nghttp2 reads within the octets during the call.
    private func hand(_ octets: UnsafeRawBufferPointer) -> Int {
        unsafe nghttp2_session_mem_recv(
            session, octets.baseAddress?.assumingMemoryBound(to: UInt8.self), octets.count)
    }

    /// Noughts stand for what is hidden: no stream.
    // SAFETY: as `hand`.
    private func handPartly(_ octets: UnsafeRawBufferPointer) -> Int {
        let hidden = unsafe notes.pointee.meter.hidden
        var at = 0
        for range in hidden where range.upperBound <= octets.count {
            let before = unsafe hand(
                UnsafeRawBufferPointer(rebasing: octets[at..<range.lowerBound]))
            guard before >= 0 else { return before }
            let noughts = [UInt8](repeating: 0, count: range.count)
            let within = unsafe noughts.withUnsafeBytes { unsafe hand($0) }
            guard within >= 0 else { return within }
            at = range.upperBound
        }
        return unsafe hand(UnsafeRawBufferPointer(rebasing: octets[at...]))
    }

    /// Why nothing more can be received, where that is so.
    private func failure(_ taken: Int) -> HTTP2Error? {
        if taken < 0 { return Self.isFlood(taken) ? .enhanceYourCalm : .protocol }
        if unsafe notes.pointee.heads.hasOverflowed { return .enhanceYourCalm }
        return unsafe notes.pointee.meter.mistake?.error
    }

    private static func isFlood(_ failure: Int) -> Bool {
        failure == Int(NGHTTP2_ERR_FLOODED.rawValue)
            || failure == Int(NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue)
    }

    /// Heads and trailers of `events`.
    public func append(_ head: ByteRange, to buffer: inout ByteBuffer) {
        unsafe notes.pointee.heads.copy(head, to: &buffer)
    }

    public func forgetEvents(_ pool: inout BufferPool) {
        unsafe notes.pointee.forgetEvents(&pool)
    }

    /// Points of `FrameBudget` that frames cost since the last look.
    public func takeCost() -> Int {
        defer { unsafe notes.pointee.cost = 0 }
        return unsafe notes.pointee.cost
    }

    /// Content was taken from the connection, so that others may send: at once, whoever it is for.
    public func acknowledge(connection count: Int) {
        _ = unsafe nghttp2_session_consume_connection(session, count)
    }

    /// Content of a stream was used: so much more of it may come.
    public func acknowledge(stream: Int32, _ count: Int) {
        _ = unsafe nghttp2_session_consume_stream(session, stream, count)
    }

    // MARK: What goes

    /// Adds to the output what is to be sent and needs no content.
    public func collect() {
        while true {
            var octets: UnsafePointer<UInt8>?
            let count = unsafe nghttp2_session_mem_send(session, &octets)
            guard count > 0, let octets = unsafe octets else {
                if count < 0 { unsafe notes.pointee.hasFailed = true }
                break
            }
            // SAFETY: nghttp2's octets are valid until the next call.
            unsafe notes.pointee.output.append(
                RawSpan(_unsafeStart: octets, byteCount: count))
        }
        if unsafe notes.pointee.output.hasOverflowed { unsafe notes.pointee.hasFailed = true }
    }

    /// Offers content of a stream whose head was sent. `ended`: the stream's end went with it.
    public func write(
        stream: Int32, _ content: RawSpan, isLast: Bool, hasTrailers: Bool = false
    ) -> (count: Int, ended: Bool) {
        unsafe content.withUnsafeBytes { octets in
            let end: LentContent.End = !isLast ? .open : hasTrailers ? .trailed : .ended
            unsafe notes.pointee.lent = LentContent(stream: stream, octets, end)
            _ = unsafe nghttp2_session_resume_data(session, stream)
            collect()
        }
        defer { unsafe notes.pointee.lent = LentContent() }
        return unsafe (notes.pointee.lent.taken, notes.pointee.lent.hasEnded)
    }

    /// Nothing more is sent or received on a stream.
    public func reset(stream: Int32, _ error: HTTP2Error) {
        _ = unsafe nghttp2_submit_rst_stream(session, 0, stream, error.rawValue)
    }

    // MARK: The end

    /// Says that an end is near, so that no new request is sent that would be lost: what is on its
    /// way is still served (RFC 9113 section 6.8).
    public func announceEnd() { _ = unsafe nghttp2_submit_shutdown_notice(session) }

    /// Says which request was the last; those before it are still answered. It is in the output at
    /// once, so that none is taken that it does not count.
    public func endAfterPresent() {
        _ = unsafe nghttp2_submit_goaway(
            session, 0, nghttp2_session_get_last_proc_stream_id(session),
            HTTP2Error.none.rawValue, nil, 0)
        collect()
    }

    /// Ends the connection with everything on it.
    public func end(_ error: HTTP2Error) {
        if error == .enhanceYourCalm { unsafe notes.pointee.isCalmed = true }
        _ = unsafe nghttp2_session_terminate_session(session, error.rawValue)
    }

    /// Neither side has anything more to say.
    public var isOver: Bool {
        if hasFailed { return true }
        return unsafe nghttp2_session_want_read(session) == 0
            && nghttp2_session_want_write(session) == 0
    }

    /// So many octets may be sent on all streams together.
    public var window: Int { Int(unsafe nghttp2_session_get_remote_window_size(session)) }
}
