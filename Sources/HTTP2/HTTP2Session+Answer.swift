internal import Bytes
internal import CNghttp2
public import HTTP

/// Heads of answers and trailers.
extension HTTP2Session {
    /// What follows a head that is sent.
    public enum Following: Hashable, Sendable {
        /// Another head: this one is interim.
        case head
        /// Nothing: the stream ends with it.
        case nothing
        case content
    }

    /// Sends a head. `bytes` are the octets that `fields` point into. Fields that belong to a
    /// connection of HTTP/1.1 are left out (RFC 9113 section 8.2.2), and for a `tunnel` also what
    /// only its opening needs there (RFC 8441 section 5). False where memory is short.
    public func answer(
        stream: Int32, _ status: Status, _ fields: borrowing FieldTable, _ bytes: RawSpan,
        isTunnel: Bool, _ following: Following, _ pairs: HTTP2Pairs
    ) -> Bool {
        pairs.begin(status)
        for index in 0..<fields.count {
            let field = fields[index]
            guard Self.passes(field, bytes, isTunnel: isTunnel) else { continue }
            pairs.add(field, bytes)
        }
        switch following {
        case .head:
            return unsafe nghttp2_submit_headers(
                session, 0, stream, nil, pairs.base, pairs.count, nil) == 0
        case .nothing:
            return unsafe nghttp2_submit_response(
                session, stream, pairs.base, pairs.count, nil) == 0
        case .content:
            var source = unsafe nghttp2_data_provider()
            unsafe source.read_callback = HTTP2Callbacks.readContent
            return unsafe nghttp2_submit_response(
                session, stream, pairs.base, pairs.count, &source) == 0
        }
    }

    /// Sends field lines behind content that was written with `hasTrailers`.
    public func trail(
        stream: Int32, _ fields: borrowing FieldTable, _ bytes: RawSpan, _ pairs: HTTP2Pairs
    ) -> Bool {
        pairs.removeAll()
        for index in 0..<fields.count { pairs.add(fields[index], bytes) }
        return unsafe nghttp2_submit_trailer(session, stream, pairs.base, pairs.count) == 0
    }

    private static func passes(_ field: Field, _ bytes: RawSpan, isTunnel: Bool) -> Bool {
        guard !field.isDropped else { return false }
        switch field.known {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade,
            .http2Settings, .te:
            return false
        case .contentLength: return !isTunnel
        case .other:
            return !isTunnel || !bytes[field.name].equalsIgnoringCase("sec-websocket-accept")
        case .host, .trailer, .expect, .maxForwards, .accept, .contentType, .date, .server, .via,
            .forwarded, .xForwardedFor, .xForwardedProto, .xForwardedHost, .xForwardedPort,
            .xForwardedPrefix, .xRealIP, .xRequestID, .xRequestStart, .xBasculeReason,
            .xBasculeColor:
            return true
        }
    }
}

/// Room for the fields of one head on their way to nghttp2: one for all connections of a worker.
@safe public final class HTTP2Pairs {
    private let capacity: Int
    // SAFETY: both owned by this object until deinit; of `base` the first `count` are initialised.
    let base: UnsafeMutablePointer<nghttp2_nv>
    private let digits: UnsafeMutablePointer<UInt8>
    private(set) var count = 0

    /// For heads of so many fields, the status besides.
    public init(fieldCountMax: Int) {
        capacity = fieldCountMax + 1
        unsafe base = .allocate(capacity: capacity)
        unsafe digits = .allocate(capacity: 3)
        unsafe digits.initialize(repeating: 0x30, count: 3)
    }

    deinit {
        unsafe base.deallocate()
        unsafe digits.deallocate()
    }

    func removeAll() { count = 0 }

    func begin(_ status: Status) {
        count = 1
        var rest = status.rawValue
        for place in stride(from: 2, through: 0, by: -1) {
            unsafe digits[place] = 0x30 + UInt8(rest % 10)
            rest /= 10
        }
        let name: StaticString = ":status"
        unsafe base[0] = nghttp2_nv(
            name: UnsafeMutablePointer(mutating: name.utf8Start), value: digits,
            namelen: name.utf8CodeUnitCount, valuelen: 3, flags: 0)
    }

    // SAFETY: the caller keeps `bytes` borrowed until nghttp2 has copied the pairs, which it does
    // when they are submitted; it writes names in lower case, into its copy.
    func add(_ field: Field, _ bytes: RawSpan) {
        guard count < capacity else { return }
        guard let name = unsafe Self.start(of: bytes[field.name]) else { return }
        let value = unsafe Self.start(of: bytes[field.value]) ?? name
        unsafe base[count] = nghttp2_nv(
            name: name, value: value, namelen: field.name.count, valuelen: field.value.count,
            flags: 0)
        count += 1
    }

    // SAFETY: as `add`; nil for no octets.
    private static func start(of octets: RawSpan) -> UnsafeMutablePointer<UInt8>? {
        unsafe octets.withUnsafeBytes {
            unsafe UnsafeMutablePointer(
                mutating: $0.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
    }
}
