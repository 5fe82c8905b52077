import Bytes
import HTTP
import HTTP1
import HTTP2
import Kernel

/// What goes to a client that is a stream: heads, which stand in the output in the form of
/// HTTP/1.1, are read there and become fields; what follows them is content as it is.
extension ClientConnection {
    mutating func flush(to stream: HTTP2Stream) -> Flushed {
        guard !stream.isGone, !stream.link.isOver else { return .failed }
        var isLast = false
        if case .flushing = stage { isLast = true }
        while case .heads = stream.answer, !output.isEmpty {
            guard !stream.link.isFull else { return .blocked }
            guard passHead(to: stream, isLast: isLast) else { return .failed }
        }
        guard !output.hasOverflowed else { return .failed }
        while !output.isEmpty || isLast && stream.answer != .ended {
            guard stream.answer == .content else { return .failed }
            guard !stream.link.isFull else { return .blocked }
            let count = min(output.count, HTTP2Link.pieceMax)
            let written = stream.link.session.write(
                stream: stream.id, output.bytes[ByteRange(0, count)],
                isLast: isLast && count == output.count,
                hasTrailers: !stream.trailers.isEmpty)
            stream.link.touch()
            if written.count > 0 {
                hasTaken = true
                stream.link.earn(written.count)
                output.consume(written.count)
            }
            if written.ended {
                stream.answer = .ended
                return passTrailers(of: stream) ? .done : .failed
            }
            guard written.count > 0 else { return .blocked }
        }
        return .done
    }

    /// What a stream waits for that could not send all.
    var waits: HTTP2Stream.Waits {
        guard let stream else { return .no }
        switch stage {
        case .flushing: if output.isEmpty, stream.answer == .ended { return .no }
        case .idle, .head, .exchange, .lingering, .tunnel, .multiplex:
            if output.isEmpty { return .no }
        }
        return stream.link.isFull ? .turn : .window
    }

    private mutating func passHead(to stream: HTTP2Stream, isLast: Bool) -> Bool {
        let desk = stream.link.desk
        var parser = ResponseParser(limits: desk.answerLimits)
        let outcome = parser.parse(output, method: head.method, into: &desk.fields)
        guard case .complete(let bytes) = outcome else { return false }
        let status = parser.head.status
        let isTunnel = status == .switchingProtocols
        let isEnd = isLast && output.count == bytes && stream.trailers.isEmpty
        let following: HTTP2Session.Following =
            isTunnel ? .content : status.isInterim ? .head : isEnd ? .nothing : .content
        let isSent = stream.link.session.answer(
            stream: stream.id, isTunnel ? .ok : status, desk.fields, output.bytes,
            isTunnel: isTunnel, following, desk.pairs)
        switch following {
        case .head: break
        case .nothing: stream.answer = .ended
        case .content: stream.answer = .content
        }
        output.consume(bytes)
        stream.link.touch()
        return isSent
    }

    private func passTrailers(of stream: HTTP2Stream) -> Bool {
        guard !stream.trailers.isEmpty else { return true }
        let desk = stream.link.desk
        var parser = ResponseParser(limits: desk.answerLimits)
        guard case .complete = parser.parse(stream.trailers, method: .get, into: &desk.fields)
        else {
            return false
        }
        return stream.link.session.trail(
            stream: stream.id, desk.fields, stream.trailers, desk.pairs)
    }

    // MARK: What comes on a stream

    /// Content of the request, in the framing of HTTP/1.1 where its length is not known.
    mutating func take(
        _ range: ByteRange, of octets: borrowing ByteBuffer, _ stream: HTTP2Stream
    ) {
        stream.took(range.count)
        guard !range.isEmpty else { return }
        switch stream.content {
        case .untilEnd: stream.chunks.write(octets.bytes[range], into: &input)
        case .declared:
            takeKept(stream)
            let last = range.upperBound - 1
            input.append(ByteRange(range.lowerBound, last), of: octets)
            stream.kept = octets.bytes[octet: last]
        case .tunnel: input.append(range, of: octets)
        case .none: break
        }
    }

    private mutating func takeKept(_ stream: HTTP2Stream) {
        guard let octet = stream.kept else { return }
        input.append(octet)
        stream.kept = nil
    }

    /// The client has sent all; `trailers` are field lines.
    mutating func takeEnd(_ stream: HTTP2Stream, trailers: ByteRange) {
        stream.isRequestEnded = true
        takeKept(stream)
        guard stream.content == .untilEnd else { return }
        input.append("0\r\n")
        stream.link.session.append(trailers, to: &input)
        input.append("\r\n")
    }

    mutating func takeHead(_ head: ByteRange, _ stream: HTTP2Stream) {
        stream.link.session.append(head, to: &input)
    }

    // MARK: What comes and goes on the connection

    mutating func receiveFrames(_ link: HTTP2Link, _ pool: inout BufferPool) -> Transfer {
        if let tls { return tls.receive(socket.number, into: &link.input, &pool) }
        let socket = socket.number
        return link.input.receive(atMost: BufferPool.blockBytes) {
            Socket.receive("worker.receive.client", from: socket, into: &$0)
        }
    }

    mutating func flushFrames(_ link: HTTP2Link, _ pool: inout BufferPool) -> Flushed {
        while !link.session.output.isEmpty {
            switch sendFrames(link, &pool) {
            case .moved(let count):
                link.session.output.consume(count)
                hasTaken = true
            case .wouldBlock: return .blocked
            case .end, .failed: return .failed
            }
        }
        return tls?.flush(socket.number) ?? .done
    }

    private func sendFrames(_ link: HTTP2Link, _ pool: inout BufferPool) -> Transfer {
        if let tls { return tls.send(link.session.output, to: socket.number, &pool) }
        return Socket.send("worker.send.client", to: socket.number, link.session.output)
    }
}
