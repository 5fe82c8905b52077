import Bytes
import HTTP
import HTTP1
import HTTP2
import Kernel

// The same calls on buffers instead of spans of them: the compiler keeps a span's owner borrowed as
// a whole, so that two members of one connection can meet only as arguments.

extension RequestParser {
    mutating func parse(
        _ input: borrowing ByteBuffer, into fields: inout FieldTable
    ) -> HeadOutcome { parse(input.bytes, into: &fields) }
}

extension ResponseParser {
    mutating func parse(
        _ input: borrowing ByteBuffer, method: Method, into fields: inout FieldTable
    ) -> HeadOutcome { parse(input.bytes, method: method, into: &fields) }
}

extension ProxyHeader {
    static func parse(_ input: borrowing ByteBuffer) -> Outcome { parse(input.bytes) }
}

extension BodyReader {
    mutating func next(_ input: borrowing ByteBuffer) -> BodyStep { next(input.bytes) }
}

extension WebSocketDirection {
    mutating func pass(_ input: borrowing ByteBuffer) -> Passed { pass(input.bytes) }
}

extension EventStreamDirection {
    mutating func pass(_ input: borrowing ByteBuffer, _ range: ByteRange) -> Passed {
        pass(input.bytes[range])
    }
}

extension RequestWriter {
    static func write(
        _ head: RequestHead, _ fields: borrowing FieldTable, _ input: borrowing ByteBuffer,
        _ context: ForwardingContext, into output: inout ByteBuffer
    ) { write(head, fields, input.bytes, context, into: &output) }
}

extension AnswerWriter {
    static func write(
        _ head: ResponseHead, _ fields: borrowing FieldTable, _ input: borrowing ByteBuffer,
        _ context: AnswerContext, into output: inout ByteBuffer
    ) { write(head, fields, input.bytes, context, into: &output) }
}

extension OwnAnswerWriter {
    static func writeRedirect(
        _ head: RequestHead, _ input: borrowing ByteBuffer, port: UInt16,
        _ context: AnswerContext, into output: inout ByteBuffer
    ) { writeRedirect(head, input.bytes, port: port, context, into: &output) }
}

extension ChunkWriter {
    static func finish(
        _ trailers: ByteRange, of input: borrowing ByteBuffer, into output: inout ByteBuffer
    ) { finish(trailers: input.bytes[trailers], into: &output) }
}

extension ByteBuffer {
    mutating func append(_ other: borrowing ByteBuffer) { append(other.bytes) }

    mutating func append(_ range: ByteRange, of other: borrowing ByteBuffer) {
        append(other.bytes[range])
    }
}

extension HTTP2Session {
    /// The first `count` octets.
    func receive(_ input: borrowing ByteBuffer, count: Int) -> Bool {
        receive(input.bytes.extracting(0..<count))
    }

    func trail(
        stream: Int32, _ fields: borrowing FieldTable, _ lines: borrowing ByteBuffer,
        _ pairs: HTTP2Pairs
    ) -> Bool { trail(stream: stream, fields, lines.bytes, pairs) }
}

extension ClientTLS {
    func send(
        _ plain: borrowing ByteBuffer, to socket: CInt, _ pool: inout BufferPool
    ) -> Transfer { send(plain.bytes, to: socket, &pool) }
}

extension Socket {
    /// Sends from an offset on.
    static func send(
        _ operation: StaticString, to socket: CInt, _ buffer: borrowing ByteBuffer,
        from offset: Int = 0
    ) -> Transfer { send(operation, to: socket, buffer.bytes.suffix(from: offset)) }
}
