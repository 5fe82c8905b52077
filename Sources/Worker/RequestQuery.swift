import Board
import Bytes
import Exchange
import HTTP
import Kernel

/// Tells the controller what is in flight here: who blocks a drain, and for how long already.
extension Worker {
    /// Well below what one message carries; an object is at most a few hundred octets.
    private static let messageBytes = 32 * 1024
    private static let pathBytesMax = 200

    mutating func answerQueries() {
        while let message = query.receive("worker.query") {
            let words = String(decoding: message, as: UTF8.self).split(separator: " ")
            guard words.count == 3, words[0] == "requests", let service = Int(words[2]) else {
                continue
            }
            answer(String(words[1]), service: service)
        }
    }

    private mutating func answer(_ id: String, service: Int) {
        var list = ByteBuffer()
        for index in 0..<clients.slotCount {
            guard let plain = clients.handle(at: index), clients[plain].exchange.state != .idle,
                clients[plain].exchange.service == service
            else { continue }
            list.append(list.isEmpty ? "[" : ",")
            clients[plain].describe(into: &list)
            finish(&list, begin: clients[plain].exchange.begin)
            if list.count >= Self.messageBytes { send(id, &list) }
        }
        for index in 0..<upstreams.slotCount {
            guard let plain = upstreams.handle(at: index), upstreams[plain].service == service,
                let left = upstreams[plain].abandoned
            else { continue }
            list.append(list.isEmpty ? "[" : ",")
            list.append(left.words.span.octets)
            finish(&list, begin: left.begin)
            if list.count >= Self.messageBytes { send(id, &list) }
        }
        if !list.isEmpty { send(id, &list) }
        query.send("worker.query", "\(id) end")
    }

    private func finish(_ list: inout ByteBuffer, begin: Instant) {
        list.append(",\"age_ms\":")
        list.append(decimal: core.now.nanoseconds(since: begin) / 1_000_000)
        list.append("}")
    }

    /// A request that nobody waits for any more, as it will be described.
    func abandoned(
        _ client: Handle, _ exchange: Exchange, _ color: Color
    ) -> UpstreamConnection.Abandoned {
        var words = ByteBuffer()
        clients[client].describe("abandoned", color, into: &words)
        return .init(
            kind: exchange.kind, epoch: exchange.epoch, begin: exchange.begin,
            words: words.octets)
    }

    private func send(_ id: String, _ list: inout ByteBuffer) {
        list.append("]")
        query.send("worker.query", Array("\(id) ".utf8) + list.octets)
        list.removeAll()
    }
}

extension ByteBuffer {
    fileprivate var octets: [UInt8] {
        let span = bytes
        return (0..<span.byteCount).map { span[octet: $0] }
    }
}

extension ClientConnection {
    func describe(into list: inout ByteBuffer) {
        describe(stateWord, exchange.color, into: &list)
    }

    /// One object of the answer, but for its age and end: method, path without query, color, state,
    /// client, id.
    func describe(_ state: StaticString, _ color: Color?, into list: inout ByteBuffer) {
        list.append("{\"method\":\"")
        appendWord(0, into: &list)
        list.append("\",\"path\":\"")
        appendWord(1, into: &list)
        list.append("\",\"color\":")
        if let color {
            list.append("\"")
            list.append(color.word)
            list.append("\"")
        } else {
            list.append("null")
        }
        list.append(",\"state\":\"")
        list.append(state)
        list.append("\",\"client\":\"")
        peer.write(into: &list)
        list.append("\",\"id\":\"")
        appendRequestID(into: &list)
        list.append("\"")
    }

    private var stateWord: StaticString {
        switch exchange.state {
        case .held: "held"
        case .collecting, .asking, .idle: "collecting"
        case .started, .sent, .reading, .answering: "started"
        case .streaming: "streaming"
        }
    }

    /// A word of the request line as it goes upstream, up to a question mark.
    private func appendWord(_ word: Int, into list: inout ByteBuffer) {
        let octets = request.bytes
        var at = 0
        if word == 1, let space = octets.firstIndex(of: UInt8(ascii: " ")) { at = space + 1 }
        let end = min(octets.byteCount, at + 200)
        while at < end, octets[octet: at] != UInt8(ascii: " "),
            octets[octet: at] != UInt8(ascii: "?"), octets[octet: at] != 0x0d
        {
            appendEscaped(octets[octet: at], into: &list)
            at += 1
        }
    }

    private func appendRequestID(into list: inout ByteBuffer) {
        let octets = request.bytes
        let name: StaticString = "X-Request-ID: "
        var at = 0
        while at + name.utf8CodeUnitCount < octets.byteCount {
            if octets.suffix(from: at).starts(with: name) {
                at += name.utf8CodeUnitCount
                while at < octets.byteCount, octets[octet: at] != 0x0d {
                    appendEscaped(octets[octet: at], into: &list)
                    at += 1
                }
                return
            }
            guard let line = octets.firstIndex(of: 0x0a, from: at) else { return }
            at = line + 1
        }
    }

    private func appendEscaped(_ octet: UInt8, into list: inout ByteBuffer) {
        if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") {
            list.append(UInt8(ascii: "\\"))
        }
        list.append(octet)
    }
}
