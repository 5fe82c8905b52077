import Bytes
import HTTP
import HTTP2

/// One event of a session, with the octets that it is about. Content that comes in several pieces
/// is one.
enum HTTP2Heard: Equatable {
    typealias Content = HTTP2Event.Content

    case request(Int32, [UInt8], Content)
    case content(Int32, [UInt8])
    case trailers(Int32, [UInt8])
    case ended(Int32)
    case closed(Int32)
    case windowOpened(Int32)
}

/// A session that was given octets in pieces, and what came of it.
struct HTTP2Reading: ~Copyable {
    private(set) var heard: [HTTP2Heard] = []
    private(set) var cost = 0
    private(set) var isSound = true
    private(set) var broken: String?
    private var pool = BufferPool()

    /// Small, so that inputs reach it.
    static let headBytesMax = 512

    /// With `answers`, every request is answered, and what is to be sent is taken at once.
    init(
        _ octets: [UInt8], step: Int, answers: Bool, headBytesMax: Int = Self.headBytesMax
    ) {
        let limits = HTTP2Limits(headBytesMax: headBytesMax)
        guard let session = HTTP2Session(limits, makeKey: { (1, 2) }) else {
            broken = "no session"
            return
        }
        var at = 0
        while at < octets.count, isSound {
            let piece = Array(octets[at..<min(octets.count, at + step)])
            at += piece.count
            isSound = session.receive(piece.span.octets)
            let first = heard.count
            take(session, piece)
            if answers { answer(session, heard[first...]) }
        }
        session.output.release(to: &pool)
    }

    private mutating func take(_ session: HTTP2Session, _ piece: [UInt8]) {
        for event in session.events { hear(event, session, piece) }
        session.forgetEvents(&pool)
        cost += session.takeCost()
    }

    private mutating func hear(_ event: HTTP2Event, _ session: HTTP2Session, _ piece: [UInt8]) {
        switch event {
        case .request(let stream, let head, let content):
            heard.append(.request(stream, Self.text(head, session), content))
        case .content(let stream, let range):
            session.acknowledge(connection: range.count)
            let octets = piece.text(range)
            if case .content(stream, let before)? = heard.last {
                heard[heard.count - 1] = .content(stream, before + octets)
            } else {
                heard.append(.content(stream, octets))
            }
        case .trailers(let stream, let range):
            heard.append(.trailers(stream, Self.text(range, session)))
        case .ended(let stream): heard.append(.ended(stream))
        case .closed(let stream): heard.append(.closed(stream))
        case .windowOpened(let stream): heard.append(.windowOpened(stream))
        }
    }

    private static func text(_ range: ByteRange, _ session: HTTP2Session) -> [UInt8] {
        var buffer = ByteBuffer()
        session.append(range, to: &buffer)
        return buffer.copy()
    }

    // MARK: Answering

    private mutating func answer(_ session: HTTP2Session, _ events: ArraySlice<HTTP2Heard>) {
        let fields = FieldTable(capacity: 1)
        let pairs = HTTP2Pairs(fieldCountMax: 4)
        let content = [UInt8](repeating: 0x78, count: 100)
        for case .request(let stream, let head, _) in events {
            let isEmpty = head.count % 2 == 0
            _ = session.answer(
                stream: stream, .ok, fields, RawSpan(), isTunnel: false,
                isEmpty ? .nothing : .content, pairs)
            if !isEmpty {
                let written = session.write(stream: stream, content.span.octets, isLast: true)
                if written.count > content.count { broken = "wrote more than there is" }
            }
        }
        session.collect()
        look(at: session.output.copy())
        session.output.removeAll()
        take(session, [])
    }

    /// What goes out is whole frames, none larger than any client must take.
    private mutating func look(at octets: [UInt8]) {
        var at = 0
        while at < octets.count {
            guard octets.count - at >= 9 else { return broken = "half a frame's head" }
            let length = octets[at..<(at + 3)].reduce(0) { $0 << 8 | Int($1) }
            guard length <= 16_384, octets.count - at - 9 >= length else {
                return broken = "a frame of \(length) octets"
            }
            at += 9 + length
        }
    }
}
