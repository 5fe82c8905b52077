internal import Bytes

/// Turns the fields of HTTP/2 into a head in the form of HTTP/1.1, one head at a time, so that the
/// rules for heads stand in one place, `HTTP1`, whatever carried them (RFC 9113 section 10.3).
///
/// nghttp2 has checked each field and the pseudo-fields' order and number (section 8.2, 8.3); here
/// it is what the two versions say in different places.
struct HeadText: ~Copyable {
    /// Finished heads and trailers, and the one under way at the end.
    private var text: ByteBuffer
    /// Values of pseudo-fields and Host of the head under way.
    private var aside = ByteBuffer(bytesMax: asideMax)
    /// Its cookies.
    private var cookies = ByteBuffer(bytesMax: asideMax)
    private let headBytesMax: Int
    private var start = 0
    private var method = ByteRange.empty
    private var path = ByteRange.empty
    private var authority = ByteRange.empty
    private var host = ByteRange.empty
    private var scheme = ByteRange.empty
    private var `protocol` = ByteRange.empty
    private var hasLine = false
    private var isTrailer = false
    private var declaresLength = false
    /// It can never be a request: no octet of it may be used.
    private(set) var isMalformed = false

    /// All heads of one read: a client that sends more than this in one is no browser.
    private static let textMax = 4 * 1024 * 1024
    /// nghttp2 gives no value longer than 64 KiB, and no pseudo-field twice.
    private static let asideMax = 1024 * 1024
    /// More than any reader takes of a trailer section.
    private static let trailerMax = 64 * 1024

    init(headBytesMax: Int) {
        self.headBytesMax = headBytesMax
        text = ByteBuffer(bytesMax: Self.textMax)
    }

    mutating func begin(isTrailer: Bool) {
        start = text.count
        aside.removeAll()
        cookies.removeAll()
        (method, path, authority, host) = (.empty, .empty, .empty, .empty)
        (scheme, self.protocol) = (.empty, .empty)
        hasLine = false
        self.isTrailer = isTrailer
        declaresLength = false
        isMalformed = false
    }

    /// Takes one field in. A head is cut only where what is sure to be written of it is too long
    /// already, so that the parser refuses it: none may look whole that has lost a field.
    mutating func add(_ name: RawSpan, _ value: RawSpan) {
        guard !isTrailer else { return addTrailer(name, value) }
        guard name.byteCount > 0, name[octet: 0] != UInt8(ascii: ":") else {
            return addPseudo(name, value)
        }
        if !hasLine { writeLine() }
        guard text.count - start + cookies.count <= headBytesMax else { return }
        switch name.byteCount {
        case 4 where name.equals("host"):
            if !host.isEmpty { isMalformed = true }
            host = keep(value)
        case 6 where name.equals("cookie"):
            addCookie(value)
        case 14 where name.equals("content-length"):
            // What follows CONNECT is no content, so nothing else may be said of it.
            if form != .ordinary { isMalformed = true }
            declaresLength = true
            appendLine(name, value)
        case 17 where form == .webSocket && name.equals("sec-websocket-key"):
            // It gets one of our own (RFC 8441 section 5).
            break
        case _: appendLine(name, value)
        }
    }

    private mutating func addTrailer(_ name: RawSpan, _ value: RawSpan) {
        guard text.count - start <= Self.trailerMax else { return }
        appendLine(name, value)
    }

    private mutating func addPseudo(_ name: RawSpan, _ value: RawSpan) {
        if name.equals(":method") { method = keep(value); return }
        if name.equals(":path") { path = keep(value); return }
        if name.equals(":authority") { authority = keep(value); return }
        if name.equals(":scheme") { scheme = keep(value); return }
        if name.equals(":protocol") { self.protocol = keep(value); return }
        isMalformed = true
    }

    /// Crumbs become one field again (RFC 9113 section 8.2.3).
    private mutating func addCookie(_ value: RawSpan) {
        if !cookies.isEmpty { cookies.append("; ") }
        cookies.append(value)
    }

    private mutating func keep(_ value: RawSpan) -> ByteRange {
        let start = aside.count
        aside.append(value)
        return ByteRange(start, aside.count)
    }

    private mutating func appendLine(_ name: RawSpan, _ value: RawSpan) {
        text.append(name)
        text.append(": ")
        text.append(value)
        text.append("\r\n")
    }

    private static func appendLine(
        _ name: StaticString, _ value: ByteRange, of buffer: borrowing ByteBuffer,
        to text: inout ByteBuffer
    ) {
        text.append(name)
        text.append(": ")
        copy(value, of: buffer, to: &text)
        text.append("\r\n")
    }

    private static func copy(
        _ range: ByteRange, of buffer: borrowing ByteBuffer, to text: inout ByteBuffer
    ) { text.append(buffer.bytes[range]) }

    /// A finished head, or trailers.
    func copy(_ head: ByteRange, to buffer: inout ByteBuffer) {
        buffer.append(text.bytes[head])
    }

    // MARK: The end of a head

    private enum Form { case ordinary, webSocket, connect }

    private var form: Form {
        guard aside.bytes[method].equals("CONNECT") else { return .ordinary }
        return aside.bytes[self.protocol].equalsIgnoringCase("websocket") ? .webSocket : .connect
    }

    /// The head under way asks for a WebSocket (RFC 8441 section 5).
    var opensWebSocket: Bool { form == .webSocket }

    private mutating func writeLine() {
        hasLine = true
        switch form {
        case .ordinary:
            Self.copy(method, of: aside, to: &text)
            text.append(" ")
            Self.copy(path, of: aside, to: &text)
        case .webSocket:
            text.append("GET ")
            Self.copy(path, of: aside, to: &text)
        case .connect:
            // Not offered, and the parser says so.
            text.append("CONNECT ")
            Self.copy(authority, of: aside, to: &text)
        }
        text.append(" HTTP/1.1\r\n")
    }

    /// The head is complete. nil: it is malformed. `key`: 16 octets in Base64, for a WebSocket.
    mutating func finish(isWhole: Bool, key: RawSpan) -> (ByteRange, HTTP2Event.Content)? {
        if !hasLine { writeLine() }
        guard !isMalformed, isConsistent else {
            text.truncate(to: start)
            return nil
        }
        if !cookies.isEmpty {
            Self.appendLine("cookie", ByteRange(0, cookies.count), of: cookies, to: &text)
        }
        Self.appendLine("host", authority.isEmpty ? host : authority, of: aside, to: &text)
        var content: HTTP2Event.Content = isWhole ? .none : declaresLength ? .declared : .untilEnd
        switch form {
        case .webSocket:
            content = .tunnel
            text.append("connection: upgrade\r\nupgrade: websocket\r\n")
            text.append("sec-websocket-key: ")
            text.append(key)
            text.append("\r\n")
        case .connect: content = .tunnel
        case .ordinary:
            if content == .untilEnd { text.append("transfer-encoding: chunked\r\n") }
        }
        text.append("\r\n")
        return (ByteRange(start, text.count), content)
    }

    /// Two words for the same thing have to be the same (RFC 9113 section 8.3.1), and a scheme is
    /// one of those that are served here.
    private var isConsistent: Bool {
        let aside = aside.bytes
        if !authority.isEmpty, !host.isEmpty,
            !aside[authority].equalsIgnoringCase(aside[host])
        {
            return false
        }
        switch form {
        case .connect: return true
        case .ordinary, .webSocket:
            return aside[scheme].equalsIgnoringCase("https")
                || aside[scheme].equalsIgnoringCase("http")
        }
    }

    mutating func finishTrailers() -> ByteRange { ByteRange(start, text.count) }

    /// What was finished has been used; what is under way stays.
    mutating func forgetFinished(isUnderWay: Bool, _ pool: inout BufferPool) {
        if isUnderWay {
            text.consume(start)
            start = 0
        } else {
            text.release(to: &pool)
            aside.release(to: &pool)
            cookies.release(to: &pool)
        }
    }

    /// A flood of heads in one read, or memory is short.
    var hasOverflowed: Bool { text.hasOverflowed || aside.hasOverflowed || cookies.hasOverflowed }
}
