internal import Bytes
internal import CNghttp2

/// What nghttp2 calls, as C functions. Each writes what happened into the notes whose address was
/// left with nghttp2, and never calls anything that could end a stream or session at once.
///
/// SAFETY: nghttp2 calls them only during a call of the session's own methods, so that the notes
/// are there and nobody else uses them; frames and octets are valid during the callback and are
/// copied or kept as ranges.
enum HTTP2Callbacks {
    // SAFETY: see above.
    private static func notes(_ data: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<HTTP2Notes>?
    { unsafe data?.assumingMemoryBound(to: HTTP2Notes.self) }

    private static let failure = CInt(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
    /// Ends the stream with PROTOCOL_ERROR.
    private static let malformed = CInt(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)

    // MARK: Heads

    static let headBegan: nghttp2_on_begin_headers_callback = { _, frame, data in
        guard let notes = unsafe notes(data), let frame = unsafe frame else { return failure }
        let isTrailer = unsafe frame.pointee.headers.cat != NGHTTP2_HCAT_REQUEST
        unsafe notes.pointee.headBegan(isTrailer: isTrailer)
        return 0
    }

    static let fieldArrived: nghttp2_on_header_callback = {
        _, _, name, nameCount, value, valueCount, _, data in
        guard let notes = unsafe notes(data), let name = unsafe name, let value = unsafe value
        else { return failure }
        unsafe notes.pointee.heads.add(
            RawSpan(_unsafeStart: name, byteCount: nameCount),
            RawSpan(_unsafeStart: value, byteCount: valueCount))
        return 0
    }

    /// Without this nghttp2 leaves such fields out; but a message that has one is malformed
    /// (RFC 9113 section 8.2.1). Nothing more is said of its head, not even where it ends.
    static let fieldInvalid: nghttp2_on_invalid_header_callback = {
        _, _, _, _, _, _, _, data in
        guard let notes = unsafe notes(data) else { return failure }
        unsafe notes.pointee.isInHead = false
        return malformed
    }

    /// A head that is complete and malformed: nothing waits for it any more.
    static let frameRefused: nghttp2_on_invalid_frame_recv_callback = { _, frame, _, data in
        guard let notes = unsafe notes(data), let head = unsafe frame?.pointee.hd else {
            return failure
        }
        if UInt32(head.type) == NGHTTP2_HEADERS.rawValue {
            unsafe notes.pointee.isInHead = false
        }
        return 0
    }

    // MARK: Frames

    static let frameArrived: nghttp2_on_frame_recv_callback = { session, frame, data in
        guard let notes = unsafe notes(data), let frame = unsafe frame?.pointee else {
            return failure
        }
        let head = unsafe frame.hd
        let isLast = head.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        switch UInt32(head.type) {
        case NGHTTP2_HEADERS.rawValue:
            if unsafe frame.headers.cat != NGHTTP2_HCAT_REQUEST {
                unsafe notes.pointee.trailersArrived(head.stream_id, isLast: isLast)
            } else if unsafe !notes.pointee.requestArrived(head.stream_id, isWhole: isLast) {
                return unsafe nghttp2_submit_rst_stream(
                    session, 0, head.stream_id, HTTP2Error.protocol.rawValue)
            }
        case NGHTTP2_DATA.rawValue:
            if isLast { unsafe notes.pointee.events.append(.ended(stream: head.stream_id)) }
        case NGHTTP2_WINDOW_UPDATE.rawValue:
            unsafe notes.pointee.events.append(.windowOpened(stream: head.stream_id))
        case NGHTTP2_SETTINGS.rawValue:
            // The first window of all streams may have grown.
            unsafe notes.pointee.events.append(.windowOpened(stream: 0))
        case NGHTTP2_GOAWAY.rawValue: unsafe notes.pointee.isClientLeaving = true
        case _: break
        }
        return 0
    }

    static let contentArrived: nghttp2_on_data_chunk_recv_callback = {
        _, _, stream, octets, count, data in
        guard let notes = unsafe notes(data), let octets = unsafe octets else { return failure }
        let address = Int(bitPattern: octets)
        let isWithin = unsafe notes.pointee.contentArrived(stream, address: address, count: count)
        return isWithin ? 0 : failure
    }

    static let streamClosed: nghttp2_on_stream_close_callback = { _, stream, _, data in
        guard let notes = unsafe notes(data) else { return failure }
        unsafe notes.pointee.events.append(.closed(stream: stream))
        return 0
    }

    // MARK: What is sent

    /// Resets that the client's own mistakes made us send, and the end of a flood.
    static let frameSent: nghttp2_on_frame_send_callback = { _, frame, data in
        guard let notes = unsafe notes(data), let frame = unsafe frame?.pointee else {
            return failure
        }
        switch unsafe UInt32(frame.hd.type) {
        case NGHTTP2_RST_STREAM.rawValue:
            switch HTTP2Error(rawValue: unsafe frame.rst_stream.error_code) {
            case .none?, .internal?, .cancel?: break
            case .protocol?, .refusedStream?, .enhanceYourCalm?, nil:
                unsafe notes.pointee.cost += FrameBudget.provokedReset
            }
        case NGHTTP2_GOAWAY.rawValue:
            let error = HTTP2Error(rawValue: unsafe frame.goaway.error_code)
            if error == .enhanceYourCalm { unsafe notes.pointee.isCalmed = true }
        case _: break
        }
        return 0
    }

    /// Content is put into the output by `sendContent`, straight from where it was lent.
    static let readContent: nghttp2_data_source_read_callback = {
        _, stream, _, count, flags, _, data in
        guard let notes = unsafe notes(data), let flags = unsafe flags else {
            return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
        }
        guard let part = unsafe notes.pointee.lent.take(stream, atMost: count) else {
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
        switch part.end {
        case .open: break
        case .ended: unsafe flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        case .trailed:
            unsafe flags.pointee |=
                NGHTTP2_DATA_FLAG_EOF.rawValue | NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
        }
        return part.count
    }

    /// Bascule pads nothing: nine octets of the frame's head, then the content.
    static let sendContent: nghttp2_send_data_callback = { _, _, head, count, _, data in
        guard let notes = unsafe notes(data), let head = unsafe head else { return failure }
        let frameHead = unsafe RawSpan(_unsafeStart: head, byteCount: 9)
        return unsafe notes.pointee.sendContent(frameHead, count) ? 0 : failure
    }
}
