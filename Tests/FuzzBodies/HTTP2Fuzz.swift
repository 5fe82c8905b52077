import Bytes
import HTTP
import HTTP1
import HTTP2

/// Any octets as a client's frames: the same events however they are cut, no more work than is
/// paid for, and what is handed over is one request to whoever reads it as HTTP/1.1.
///
/// The first octet is the script: how the rest is cut, and whether a preface goes before it.
enum HTTP2Fuzz {
    /// The preface, and settings without a setting.
    private static let beginning =
        Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    static func run(_ octets: [UInt8]) -> String? {
        guard let script = octets.first else { return nil }
        let step = Int(script % 31) + 1
        let stream = (script & 0x80 == 0 ? beginning : []) + octets.dropFirst()
        let whole = HTTP2Reading(stream, step: stream.count, answers: false)
        let pieces = HTTP2Reading(stream, step: step, answers: false)
        let isSame =
            settled(whole.heard) == settled(pieces.heard) && whole.isSound == pieces.isSound
        guard isSame || heads(of: stream).contains(where: { $0.kind == 7 }) else {
            return "\(whole.heard), sound: \(whole.isSound), at once; "
                + "\(pieces.heard), sound: \(pieces.isSound), in pieces of \(step)"
        }
        if let broken = price(stream, whole) ?? cuts(stream, whole) { return broken }
        let served = HTTP2Reading(stream, step: step, answers: true)
        for heard in [whole.heard, served.heard] {
            if let broken = order(heard) ?? requests(heard) { return broken }
        }
        return served.broken
    }

    /// Content of a declared length that has not come to its end may yet be malformed, and then
    /// some of it was handed out or not.
    private static func settled(_ heard: [HTTP2Heard]) -> [HTTP2Heard] {
        var declared: Set<Int32> = []
        for case .request(let stream, _, .declared) in heard { declared.insert(stream) }
        for case .ended(let stream) in heard { declared.remove(stream) }
        return heard.filter {
            if case .content(let stream, _) = $0 { !declared.contains(stream) } else { true }
        }
    }

    // MARK: What it costs

    /// Every frame that is no content costs something, and none more than fifty points and one
    /// for each KiB.
    private static func price(
        _ octets: [UInt8], _ reading: borrowing HTTP2Reading
    ) -> String? {
        guard reading.isSound else { return nil }
        var (least, most) = (0, 0)
        for head in heads(of: octets) {
            if head.kind != 0 { least += 1 }
            most += 50 + head.length / 1_024
        }
        let isFair = least <= reading.cost && reading.cost <= most
        return isFair ? nil : "\(reading.cost) points, of \(least) to \(most)"
    }

    /// The frames behind the preface. A client that says GOAWAY has its connection ended when
    /// nothing is open, which is looked at between pieces.
    private static func heads(of octets: [UInt8]) -> [(kind: UInt8, length: Int)] {
        var heads: [(kind: UInt8, length: Int)] = []
        var at = 24
        while octets.count - at >= 9 {
            let length = octets[at..<(at + 3)].reduce(0) { $0 << 8 | Int($1) }
            heads.append((octets[at + 3], length))
            at += 9 + length
        }
        return heads
    }

    // MARK: What is too large

    /// A head that is cut because it is too large is refused for it, never read without the rest.
    private static func cuts(_ octets: [UInt8], _ reading: borrowing HTTP2Reading) -> String? {
        let roomy = HTTP2Reading(
            octets, step: octets.count, answers: false, headBytesMax: 1 << 20)
        for (small, large) in zip(reading.heard, roomy.heard) where small != large {
            guard case .request(let stream, let head, _) = small else { continue }
            if case .complete = read(head) { return "stream \(stream) lost a part of its head" }
        }
        return nil
    }

    private static func read(_ head: [UInt8]) -> RequestFuzz.Read {
        let limits = HeadLimits(headBytesMax: HTTP2Reading.headBytesMax)
        return RequestFuzz.read(head, step: head.count, limits: limits)
    }

    // MARK: In which order it comes

    /// Streams begin with odd numbers that rise, and nothing comes of one that has ended.
    private static func order(_ heard: [HTTP2Heard]) -> String? {
        var last: Int32 = 0
        var ended: Set<Int32> = []
        for event in heard {
            switch event {
            case .request(let stream, _, let content):
                guard stream > last, stream % 2 == 1 else { return "\(stream) after \(last)" }
                last = stream
                if content == .none { ended.insert(stream) }
            case .content(let stream, _), .trailers(let stream, _):
                if ended.contains(stream) { return "\(event) after its end" }
            case .ended(let stream):
                if !ended.insert(stream).inserted { return "\(stream) ended twice" }
            case .closed(let stream): ended.insert(stream)
            case .windowOpened: break
            }
        }
        return nil
    }

    // MARK: What it is to others

    private static func requests(_ heard: [HTTP2Heard]) -> String? {
        for (index, event) in heard.enumerated() {
            guard case .request(let stream, let head, let content) = event else { continue }
            if let broken = check(head, content, heard[index...], stream) {
                return "stream \(stream): \(broken): \(String(decoding: head, as: UTF8.self))"
            }
        }
        return nil
    }

    /// A head is refused, or it is one whole request with the framing that its content has.
    private static func check(
        _ head: [UInt8], _ content: HTTP2Heard.Content, _ events: ArraySlice<HTTP2Heard>,
        _ stream: Int32
    ) -> String? {
        switch read(head) {
        case .incomplete: return "the head has no end"
        case .refused: return nil
        case .complete(let end, let facts):
            guard end == head.count else { return "the head ends at \(end)" }
            let isRight =
                switch content {
                case .none: facts.framing == .none || facts.framing == .length(0)
                case .declared: if case .length = facts.framing { true } else { false }
                case .untilEnd: facts.framing == .chunked
                case .tunnel: facts.upgrade == .websocket
                }
            guard isRight else { return "\(content) framed as \(facts.framing)" }
            return body(events, stream, content, facts.framing)
        }
    }

    /// Content that has come to its end is read as what it was.
    private static func body(
        _ events: ArraySlice<HTTP2Heard>, _ stream: Int32, _ content: HTTP2Heard.Content,
        _ framing: BodyFraming
    ) -> String? {
        var octets: [UInt8] = []
        var trailers: [UInt8] = []
        for event in events {
            switch event {
            case .content(stream, let piece): octets += piece
            case .trailers(stream, let lines): trailers = lines
            case .ended(stream):
                guard content == .untilEnd else {
                    return framing == .length(UInt64(octets.count)) || content == .tunnel
                        ? nil : "\(octets.count) octets of \(framing)"
                }
                return chunks(octets, trailers)
            case .request, .content, .trailers, .ended, .closed, .windowOpened: break
            }
        }
        return nil
    }

    private static func chunks(_ octets: [UInt8], _ trailers: [UInt8]) -> String? {
        var buffer = ByteBuffer()
        if !octets.isEmpty { ChunkWriter.write(octets.span.octets, into: &buffer) }
        let written = buffer.copy() + Array("0\r\n".utf8) + trailers + [13, 10]
        let read = ChunkFuzz.read(written, .chunked, step: written.count, isAnswer: false)
        switch read.end {
        case .needsMore: return "content without an end"
        case .refused: return trailers.isEmpty ? "content that is refused" : nil
        case .complete(let end):
            return read.content == octets && end == written.count ? nil : "other content"
        }
    }
}
