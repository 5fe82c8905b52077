internal import CNghttp2

extension HTTP2Session {
    // SAFETY: the caller owns the session; options and callbacks are copied into it and freed here.
    static func open() -> OpaquePointer? {
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0,
            unsafe nghttp2_option_new(&options) == 0
        else { return nil }
        defer {
            unsafe nghttp2_session_callbacks_del(callbacks)
            unsafe nghttp2_option_del(options)
        }
        unsafe limit(options)
        unsafe connect(callbacks)
        var session: OpaquePointer?
        guard unsafe nghttp2_session_server_new2(&session, callbacks, nil, options) == 0 else {
            return nil
        }
        return unsafe session
    }

    // SAFETY: the options are the caller's.
    private static func limit(_ options: OpaquePointer?) {
        // A held stream must not get more than its window, and must not stop the others.
        unsafe nghttp2_option_set_no_auto_window_update(options, 1)
        // Kept streams would serve priorities, which are not used (RFC 9113 section 5.3).
        unsafe nghttp2_option_set_no_closed_streams(options, 1)
        unsafe nghttp2_option_set_max_outbound_ack(options, HTTP2Limits.acknowledgementsMax)
        unsafe nghttp2_option_set_max_settings(options, HTTP2Limits.settingsMax)
        unsafe nghttp2_option_set_max_continuations(options, HTTP2Limits.continuationLooksMax)
        unsafe nghttp2_option_set_stream_reset_rate_limit(
            options, HTTP2Limits.resetsAtOnce, HTTP2Limits.resetsPerSecond)
    }

    // SAFETY: the callbacks are functions without a context; the user data is the session.
    private static func connect(_ callbacks: OpaquePointer?) {
        unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(
            callbacks, HTTP2Callbacks.headBegan)
        unsafe nghttp2_session_callbacks_set_on_header_callback(
            callbacks, HTTP2Callbacks.fieldArrived)
        unsafe nghttp2_session_callbacks_set_on_invalid_header_callback(
            callbacks, HTTP2Callbacks.fieldInvalid)
        unsafe nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
            callbacks, HTTP2Callbacks.frameRefused)
        unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(
            callbacks, HTTP2Callbacks.frameArrived)
        unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
            callbacks, HTTP2Callbacks.contentArrived)
        unsafe nghttp2_session_callbacks_set_on_stream_close_callback(
            callbacks, HTTP2Callbacks.streamClosed)
        unsafe nghttp2_session_callbacks_set_on_frame_send_callback(
            callbacks, HTTP2Callbacks.frameSent)
        unsafe nghttp2_session_callbacks_set_send_data_callback(
            callbacks, HTTP2Callbacks.sendContent)
    }
}
