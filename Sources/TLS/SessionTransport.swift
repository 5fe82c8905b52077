internal import COpenSSL

/// Where a session reads and writes sealed octets: stretches of the caller's buffers, for the time
/// of one call.
///
/// OpenSSL's own memory BIO copies everything once more and reallocates as it goes; this one is
/// two pointers and two counts.
@safe final class SessionTransport {
    // SAFETY: all set by `TLSSession` around one call into OpenSSL, while the buffers that they
    // point into are borrowed; nothing here is used outside of such a call.
    var input: UnsafeRawBufferPointer = unsafe .init(start: nil, count: 0)
    var inputTaken = 0
    var output: UnsafeMutableRawBufferPointer = unsafe .init(start: nil, count: 0)
    var outputFilled = 0
    /// Something did not fit into the output: the call is to be repeated with more room.
    var wantsRoom = false
    /// What the handshake asks on our listeners, and what it found; nil towards a target.
    let server: TLSServer?
    var serverName: String?
    /// Towards a target; nil where nothing is kept.
    let sessions: TargetSessions?

    init(_ server: TLSServer) {
        self.server = server
        sessions = nil
    }

    init(_ sessions: TargetSessions?) {
        server = nil
        self.sessions = sessions
    }

    func forget() {
        unsafe input = unsafe .init(start: nil, count: 0)
        unsafe output = unsafe .init(start: nil, count: 0)
    }

    /// One for all, since OpenSSL has no more than 127 of them; nil where memory is short.
    // SAFETY: made once, never freed or changed; the callbacks find the transport in the BIO's
    // data.
    nonisolated(unsafe) static let method: OpaquePointer? = unsafe makeMethod()

    private static func makeMethod() -> OpaquePointer? {
        guard
            let method = unsafe BIO_meth_new(
                BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bascule")
        else { return nil }
        unsafe BIO_meth_set_read(method) { bio, target, count in
            guard let bio = unsafe bio, let target = unsafe target else { return -1 }
            unsafe co_clear_retry(bio)
            return unsafe SessionTransport.of(bio).read(
                UnsafeMutableRawBufferPointer(start: target, count: Int(max(0, count))), bio)
        }
        unsafe BIO_meth_set_write(method) { bio, source, count in
            guard let bio = unsafe bio, let source = unsafe source else { return -1 }
            unsafe co_clear_retry(bio)
            return unsafe SessionTransport.of(bio).write(
                UnsafeRawBufferPointer(start: source, count: Int(max(0, count))), bio)
        }
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in
            // Nothing is kept back, so that flushing is done at once; nothing else is offered.
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        unsafe BIO_meth_set_create(method) { bio in
            unsafe BIO_set_init(bio, 1)
            return 1
        }
        return unsafe method
    }

    // SAFETY: the session that owns the BIO keeps the transport alive.
    private static func of(_ bio: OpaquePointer) -> SessionTransport {
        guard let data = unsafe BIO_get_data(bio) else { preconditionFailure("a BIO without data") }
        return unsafe Unmanaged.fromOpaque(data).takeUnretainedValue()
    }

    // SAFETY: copies within both bounds.
    private func read(_ target: UnsafeMutableRawBufferPointer, _ bio: OpaquePointer) -> CInt {
        let count = unsafe min(target.count, input.count - inputTaken)
        guard count > 0 else {
            unsafe co_set_retry_read(bio)
            return -1
        }
        unsafe target.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: input[inputTaken..<(inputTaken + count)]))
        inputTaken += count
        return CInt(count)
    }

    // SAFETY: copies within both bounds.
    private func write(_ source: UnsafeRawBufferPointer, _ bio: OpaquePointer) -> CInt {
        let count = unsafe min(source.count, output.count - outputFilled)
        guard count > 0 else {
            wantsRoom = true
            unsafe co_set_retry_write(bio)
            return -1
        }
        unsafe UnsafeMutableRawBufferPointer(
            rebasing: output[outputFilled..<(outputFilled + count)]
        ).copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
        outputFilled += count
        return CInt(count)
    }
}
