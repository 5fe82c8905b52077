internal import COpenSSL

/// Where a session reads and writes sealed octets: stretches of the caller's buffers, for the time
/// of one call.
///
/// OpenSSL's own memory BIO copies everything once more and reallocates as it goes; this one is
/// two pointers and two counts.
@safe final class SessionTransport {
    /// Memory of its own, which OpenSSL's callbacks reach without the checks that reaching into an
    /// object costs: they are called several times a record.
    @safe struct Stretches {
        // SAFETY: set by `TLSSession` around one call into OpenSSL, while the buffers that they
        // point into are borrowed; nothing here is used outside of such a call.
        var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        var inputTaken = 0
        var output = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
        var outputFilled = 0
    }

    // SAFETY: owned by this object from init to deinit; the BIO, which has it as its data, ends
    // before.
    let stretches: UnsafeMutablePointer<Stretches>
    /// What the handshake asks on our listeners, and what it found; nil towards a target.
    let server: TLSServer?
    var serverName: String?
    /// Towards a target; nil where nothing is kept.
    let sessions: TargetSessions?

    init(_ server: TLSServer) {
        unsafe stretches = unsafe Self.allocate()
        self.server = server
        sessions = nil
    }

    init(_ sessions: TargetSessions?) {
        unsafe stretches = unsafe Self.allocate()
        server = nil
        self.sessions = sessions
    }

    deinit { unsafe stretches.deallocate() }

    // SAFETY: the caller owns it.
    private static func allocate() -> UnsafeMutablePointer<Stretches> {
        let memory = UnsafeMutablePointer<Stretches>.allocate(capacity: 1)
        unsafe memory.initialize(to: Stretches())
        return unsafe memory
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
            return unsafe SessionTransport.read(
                UnsafeMutableRawBufferPointer(start: target, count: Int(max(0, count))), bio)
        }
        unsafe BIO_meth_set_write(method) { bio, source, count in
            guard let bio = unsafe bio, let source = unsafe source else { return -1 }
            unsafe co_clear_retry(bio)
            return unsafe SessionTransport.write(
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

    // SAFETY: the session that owns the BIO keeps the transport and its memory alive.
    private static func of(_ bio: OpaquePointer) -> UnsafeMutablePointer<Stretches> {
        guard let data = unsafe BIO_get_data(bio) else { preconditionFailure("a BIO without data") }
        return unsafe data.assumingMemoryBound(to: Stretches.self)
    }

    // SAFETY: copies within both bounds.
    private static func read(
        _ target: UnsafeMutableRawBufferPointer, _ bio: OpaquePointer
    ) -> CInt {
        let own = unsafe of(bio)
        let taken = unsafe own.pointee.inputTaken
        let count = unsafe min(target.count, own.pointee.input.count - taken)
        guard count > 0 else {
            unsafe co_set_retry_read(bio)
            return -1
        }
        unsafe target.copyMemory(
            from: UnsafeRawBufferPointer(
                rebasing: own.pointee.input[taken..<(taken + count)]))
        unsafe own.pointee.inputTaken = taken + count
        return CInt(count)
    }

    // SAFETY: copies within both bounds.
    private static func write(_ source: UnsafeRawBufferPointer, _ bio: OpaquePointer) -> CInt {
        let own = unsafe of(bio)
        let filled = unsafe own.pointee.outputFilled
        let count = unsafe min(source.count, own.pointee.output.count - filled)
        guard count > 0 else {
            unsafe co_set_retry_write(bio)
            return -1
        }
        unsafe UnsafeMutableRawBufferPointer(
            rebasing: own.pointee.output[filled..<(filled + count)]
        ).copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
        unsafe own.pointee.outputFilled = filled + count
        return CInt(count)
    }
}
