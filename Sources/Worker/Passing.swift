import Bytes
import HTTP
import HTTP1
import Kernel

/// Carrying content between two connections. Nothing here knows the other connections.
extension Worker {
    enum Pumped {
        /// As much as is here, or as much as the app takes now.
        case passed
        case failed
        case refused(Refusal)
    }

    /// Content of a request, in the framing that its head announced.
    static func pumpBody(
        _ client: inout ClientConnection, _ upstream: inout UpstreamConnection,
        _ pool: inout BufferPool
    ) -> Pumped {
        while upstream.output.count < UpstreamConnection.outputHigh {
            switch client.progress.value.body.next(client.input) {
            case .piece(let range):
                client.progress.value.hasStreamedBody = true
                let isPassed =
                    upstream.tls == nil
                    ? pass(
                        range, of: client.input, framing: client.bodyFraming,
                        to: upstream.socket.number, "worker.send.upstream", &upstream.output,
                        &upstream.hasTaken)
                    : copy(
                        range, of: client.input, framing: client.bodyFraming, &upstream.output)
                guard isPassed else { return .failed }
                client.input.consume(range.upperBound)
            case .needMore(let consumed):
                client.input.consume(consumed)
                return .passed
            case .end(let consumed):
                if client.bodyFraming == .chunked { client.finishChunks(into: &upstream.output) }
                client.input.consume(consumed)
                return .passed
            case .refused(let refusal):
                return .refused(refusal)
            }
        }
        return .passed
    }

    /// A piece of an answer's content. False where the client is gone.
    static func passContent(
        _ upstream: inout UpstreamConnection, _ client: inout ClientConnection, _ range: ByteRange
    ) -> Bool {
        let isPassed =
            client.isPlainSocket
            ? pass(
                range, of: upstream.input, framing: upstream.clientFraming,
                to: client.socket.number, "worker.send.client", &client.output,
                &client.hasTaken)
            : copy(range, of: upstream.input, framing: upstream.clientFraming, &client.output)
        upstream.input.consume(range.upperBound)
        if isPassed { client.note?.responseBytes &+= UInt64(range.count) }
        return isPassed
    }

    /// Small pieces go behind what waits; a large one goes out of the buffer it was read into,
    /// together with what waits, and only what the peer does not take is copied.
    private static func pass(
        _ range: ByteRange, of input: borrowing ByteBuffer, framing: BodyFraming, to socket: CInt,
        _ operation: StaticString, _ output: inout ByteBuffer, _ hasTaken: inout Bool
    ) -> Bool {
        let piece = input.bytes[range]
        if framing == .chunked { ChunkWriter.begin(count: piece.byteCount, into: &output) }
        defer { if framing == .chunked { ChunkWriter.end(into: &output) } }
        guard piece.byteCount >= copiedMax, output.count <= copiedMax else {
            output.append(piece)
            return !output.hasOverflowed
        }
        switch Socket.send(operation, to: socket, output.bytes, piece) {
        case .moved(let count):
            hasTaken = true
            let before = output.count
            output.consume(min(count, before))
            if count < before + piece.byteCount {
                output.append(piece.suffix(from: max(0, count - before)))
            }
            return true
        case .wouldBlock:
            output.append(piece)
            return true
        case .end, .failed:
            return false
        }
    }

    /// What has to be sealed goes behind what waits.
    private static func copy(
        _ range: ByteRange, of input: borrowing ByteBuffer, framing: BodyFraming,
        _ output: inout ByteBuffer
    ) -> Bool {
        if framing == .chunked { ChunkWriter.begin(count: range.count, into: &output) }
        output.append(input.bytes[range])
        if framing == .chunked { ChunkWriter.end(into: &output) }
        return !output.hasOverflowed
    }

    /// Below this, copying costs less than a call of its own.
    private static let copiedMax = 4_096
}

extension ClientConnection {
    /// The last chunk of a request's content, and those trailers that may go on.
    mutating func finishChunks(into output: inout ByteBuffer) {
        ChunkWriter.finish(
            head.passesTrailers ? body.trailers : .empty, of: input, into: &output)
    }
}

extension UpstreamConnection {
    /// The last chunk of an answer's content, and those trailers that may go on.
    mutating func finishChunks(into output: inout ByteBuffer) {
        ChunkWriter.finish(passesTrailers ? body.trailers : .empty, of: input, into: &output)
    }
}
