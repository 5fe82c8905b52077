import Bytes
import HTTP
import HTTP2

/// A client of a session, in frames: what it sends, what the server makes of it and sends back.
final class Peer {
    /// What the server heard, as a test compares it.
    enum Heard: Equatable {
        case request(UInt32, String)
        case content(UInt32, String)
        case trailers(UInt32, String)
        case ended(UInt32)
        case closed(UInt32)
    }

    let session: HTTP2Session
    private(set) var heard: [Heard] = []
    private(set) var isSound = true
    private(set) var cost = 0
    private var pool = BufferPool()
    private let pairs = HTTP2Pairs(fieldCountMax: 20)

    struct NoSession: Error {}

    /// Sends the preface and empty settings, and forgets what the server says to them.
    init(headBytesMax: Int = 4_096, preface: String? = nil) throws {
        let limits = HTTP2Limits(headBytesMax: headBytesMax)
        guard let session = HTTP2Session(limits, makeKey: { (1, 2) }) else { throw NoSession() }
        self.session = session
        if let preface {
            send(Array(preface.utf8))
        } else {
            send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8))
            send(Frame(kind: .settings), Frame(kind: .settings, flags: Frame.acknowledge))
            _ = answers()
        }
        cost = 0
    }

    func send(_ frames: Frame...) { send(frames.flatMap(\.octets)) }

    func send(_ frames: [Frame]) { send(frames.flatMap(\.octets)) }

    func send(_ octets: [UInt8]) {
        guard isSound else { return }
        isSound = session.receive(octets.span.octets)
        for event in session.events { hear(event, octets) }
        session.forgetEvents(&pool)
        cost += session.takeCost()
    }

    private func hear(_ event: HTTP2Event, _ octets: [UInt8]) {
        switch event {
        case .request(let stream, let head, _):
            heard.append(.request(UInt32(stream), text(head)))
        case .content(let stream, let range):
            let piece = octets[range.lowerBound..<range.upperBound]
            heard.append(.content(UInt32(stream), String(decoding: piece, as: UTF8.self)))
            session.acknowledge(connection: range.count)
        case .trailers(let stream, let range):
            heard.append(.trailers(UInt32(stream), text(range)))
        case .ended(let stream): heard.append(.ended(UInt32(stream)))
        case .closed(let stream): heard.append(.closed(UInt32(stream)))
        case .windowOpened: break
        }
    }

    private func text(_ range: ByteRange) -> String {
        var buffer = ByteBuffer()
        session.append(range, to: &buffer)
        return String(decoding: Self.octets(of: buffer), as: UTF8.self)
    }

    private static func octets(of buffer: borrowing ByteBuffer) -> [UInt8] {
        let octets = buffer.bytes
        return (0..<octets.byteCount).map { octets[octet: $0] }
    }

    /// The frames that the server has sent since the last look.
    func answers() -> [Frame] {
        session.collect()
        let octets = Self.octets(of: session.output)
        session.output.removeAll()
        for event in session.events { hear(event, []) }
        session.forgetEvents(&pool)
        cost += session.takeCost()
        return Frame.all(in: octets)
    }

    /// Answers a stream with a status of no fields.
    func answer(_ stream: Int32, _ status: UInt16, _ following: HTTP2Session.Following) {
        let fields = FieldTable(capacity: 1)
        _ = session.answer(
            stream: stream, Status(rawValue: status), fields, RawSpan(), isTunnel: false,
            following, pairs)
    }

    /// Offers content; how many octets of it went out.
    @discardableResult
    func write(_ stream: Int32, _ text: String, isLast: Bool = false) -> Int {
        let octets = Array(text.utf8)
        return session.write(stream: stream, octets.span.octets, isLast: isLast).count
    }

    /// The error with which the server ended a stream; nil where it did not.
    func reset(of stream: UInt32) -> UInt32? {
        answers().first { $0.kind == .reset && $0.stream == stream }?.error
    }

    /// The error with which the server ended the connection; nil where it did not.
    func ending() -> UInt32? { answers().last { $0.kind == .goAway }?.error }
}

/// Names of errors (RFC 9113 section 7).
enum Code {
    static let none: UInt32 = 0
    static let `protocol`: UInt32 = 1
    static let flowControl: UInt32 = 3
    static let streamClosed: UInt32 = 5
    static let frameSize: UInt32 = 6
    static let refusedStream: UInt32 = 7
    static let compression: UInt32 = 9
    static let enhanceYourCalm: UInt32 = 11
}
