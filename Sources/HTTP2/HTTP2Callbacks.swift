internal import Bytes
internal import CNghttp2

/// What nghttp2 calls, as C functions. Each finds its session through the pointer that was left
/// with nghttp2, notes what happened, and never calls anything that could end a stream or session.
///
/// SAFETY: nghttp2 calls them only during a call of the session's own methods, so that the object
/// lives; frames and octets are valid during the callback and are copied or kept as ranges.
enum HTTP2Callbacks {
    // SAFETY: see above.
    private static func owner(_ data: UnsafeMutableRawPointer?) -> HTTP2Session? {
        guard let data = unsafe data else { return nil }
        return unsafe Unmanaged<HTTP2Session>.fromOpaque(data).takeUnretainedValue()
    }

    private static let failure = CInt(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
    /// Ends the stream with PROTOCOL_ERROR.
    private static let malformed = CInt(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)

    // MARK: Heads

    static let headBegan: nghttp2_on_begin_headers_callback = { _, frame, data in
        guard let owner = unsafe owner(data), let frame = unsafe frame else { return failure }
        owner.isInHead = true
        owner.heads.begin(isTrailer: unsafe frame.pointee.headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0
    }

    static let fieldArrived: nghttp2_on_header_callback = {
        _, _, name, nameCount, value, valueCount, _, data in
        guard let owner = unsafe owner(data), let name = unsafe name, let value = unsafe value
        else { return failure }
        unsafe owner.heads.add(
            RawSpan(_unsafeStart: name, byteCount: nameCount),
            RawSpan(_unsafeStart: value, byteCount: valueCount))
        return 0
    }

    /// Without this nghttp2 leaves such fields out; but a message that has one is malformed
    /// (RFC 9113 section 8.2.1). Nothing more is said of its head, not even where it ends.
    static let fieldInvalid: nghttp2_on_invalid_header_callback = {
        _, _, _, _, _, _, _, data in
        guard let owner = unsafe owner(data) else { return failure }
        owner.isInHead = false
        return malformed
    }

    /// A head that is complete and malformed: nothing waits for it any more.
    static let frameRefused: nghttp2_on_invalid_frame_recv_callback = { _, frame, _, data in
        guard let owner = unsafe owner(data), let frame = unsafe frame?.pointee else {
            return failure
        }
        if unsafe UInt32(frame.hd.type) == NGHTTP2_HEADERS.rawValue { owner.isInHead = false }
        return 0
    }

    // MARK: Frames

    static let frameArrived: nghttp2_on_frame_recv_callback = { session, frame, data in
        guard let owner = unsafe owner(data), let frame = unsafe frame?.pointee else {
            return failure
        }
        let head = unsafe frame.hd
        let isLast = head.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        switch UInt32(head.type) {
        case NGHTTP2_HEADERS.rawValue:
            owner.isInHead = false
            if unsafe frame.headers.cat == NGHTTP2_HCAT_REQUEST {
                owner.requestArrived(head.stream_id, isWhole: isLast)
            } else {
                let range = owner.heads.finishTrailers()
                owner.events.append(.trailers(stream: head.stream_id, range))
                if isLast { owner.events.append(.ended(stream: head.stream_id)) }
            }
        case NGHTTP2_DATA.rawValue:
            if isLast { owner.events.append(.ended(stream: head.stream_id)) }
        case NGHTTP2_WINDOW_UPDATE.rawValue:
            owner.events.append(.windowOpened(stream: head.stream_id))
        case NGHTTP2_SETTINGS.rawValue:
            // The first window of all streams may have grown.
            owner.events.append(.windowOpened(stream: 0))
        case _: break
        }
        return 0
    }

    static let contentArrived: nghttp2_on_data_chunk_recv_callback = {
        _, _, stream, octets, count, data in
        guard let owner = unsafe owner(data), let octets = unsafe octets,
            let base = unsafe owner.received.baseAddress
        else { return failure }
        let start = unsafe UnsafeRawPointer(octets) - base
        guard start >= 0, unsafe start + count <= owner.received.count else { return failure }
        owner.events.append(.content(stream: stream, ByteRange(start, start + count)))
        return 0
    }

    static let streamClosed: nghttp2_on_stream_close_callback = { _, stream, _, data in
        guard let owner = unsafe owner(data) else { return failure }
        owner.events.append(.closed(stream: stream))
        return 0
    }

    // MARK: What is sent

    /// Resets that the client's own mistakes made us send, and the end of a flood.
    static let frameSent: nghttp2_on_frame_send_callback = { _, frame, data in
        guard let owner = unsafe owner(data), let frame = unsafe frame?.pointee else {
            return failure
        }
        switch unsafe UInt32(frame.hd.type) {
        case NGHTTP2_RST_STREAM.rawValue:
            switch HTTP2Error(rawValue: unsafe frame.rst_stream.error_code) {
            case .none?, .internal?, .cancel?: break
            case .protocol?, .refusedStream?, .enhanceYourCalm?, nil:
                owner.cost += FrameBudget.provokedReset
            }
        case NGHTTP2_GOAWAY.rawValue:
            let error = HTTP2Error(rawValue: unsafe frame.goaway.error_code)
            if error == .enhanceYourCalm { owner.isCalmed = true }
        case _: break
        }
        return 0
    }

    /// Content is put into the output by `sendContent`, straight from where it was lent.
    static let readContent: nghttp2_data_source_read_callback = {
        _, stream, _, count, flags, _, data in
        guard let owner = unsafe owner(data), let flags = unsafe flags else {
            return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
        }
        guard owner.lent.stream == stream, !owner.lent.hasEnded else {
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        let left = unsafe owner.lent.octets.count - owner.lent.taken
        let taken = min(left, count)
        let ends = owner.lent.isLast && taken == left
        guard taken > 0 || ends else { return Int(NGHTTP2_ERR_DEFERRED.rawValue) }
        unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
        if ends {
            unsafe flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if owner.lent.hasTrailers {
                unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
            }
            owner.lent.hasEnded = true
        }
        return taken
    }

    /// Bascule pads nothing: nine octets of the frame's head, then the content.
    static let sendContent: nghttp2_send_data_callback = { _, _, head, count, _, data in
        guard let owner = unsafe owner(data), let head = unsafe head,
            unsafe owner.lent.taken + count <= owner.lent.octets.count
        else { return failure }
        unsafe owner.output.append(RawSpan(_unsafeStart: head, byteCount: 9))
        let start = owner.lent.taken
        let piece = unsafe UnsafeRawBufferPointer(
            rebasing: owner.lent.octets[start..<(start + count)])
        unsafe owner.output.append(RawSpan(_unsafeBytes: piece))
        owner.lent.taken += count
        return 0
    }
}

extension HTTP2Session {
    /// A head is complete. A malformed one ends its stream and goes no further (RFC 9113 section
    /// 8.1.1).
    func requestArrived(_ stream: Int32, isWhole: Bool) {
        let key = Base64.encode(heads.opensWebSocket ? makeKey() : (0, 0))
        guard let (head, content) = heads.finish(isWhole: isWhole, key: key.span.octets) else {
            return reset(stream: stream, .protocol)
        }
        events.append(.request(stream: stream, head: head, content))
    }
}
