import Bytes
import HTTP
import HTTP2
import Kernel
import Testing

@testable import Worker

@Suite("What a connection of HTTP/2 reads and keeps")
struct MultiplexTests {
    @Test("After its session has failed nothing more is read, though few frames wait")
    func failed() throws {
        let session = try #require(HTTP2Session(HTTP2Limits(headBytesMax: 4_096)) { (1, 2) })
        let desk = HTTP2Desk(WorkerConfiguration.Limits())
        let handle = Handle(index: 1, generation: 1, tag: Worker.Tag.client)
        let socket = try Socket.listen("test.listen", on: .ipv4(0x7f00_0001, port: 0), backlog: 1)
        var client = ClientConnection(
            socket: socket, tls: nil, strictTransportSeconds: 0, listener: 0, peer: .unknown,
            isTrusted: false, outputMax: 1_000_000, requestMax: 1_000_000)
        client.stage = .multiplex
        client.http2 = HTTP2Link(session, desk, handle, nil)
        let before = client.wantsOctets
        #expect(before)
        let noPreface = Array("GET / HTTP/1.1\r\n\r\n".utf8)
        let isSound = session.receive(noPreface.span.octets)
        #expect(!isSound)
        let after = client.wantsOctets
        #expect(!after)
    }

    private func write(
        _ octets: [UInt8], _ chunks: inout StreamChunks, _ buffer: inout ByteBuffer
    ) { chunks.write(octets.span.octets, into: &buffer) }

    /// Takes the chunks in `text` apart.
    private func content(_ text: [UInt8]) throws -> [UInt8] {
        var content: [UInt8] = []
        var rest = text[...]
        while let end = rest.firstIndex(of: 0x0d) {
            let size = try #require(Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16))
            let start = end + 2
            content += rest[start..<(start + size)]
            #expect(Array(rest[(start + size)..<(start + size + 2)]) == [0x0d, 0x0a])
            rest = rest[(start + size + 2)...]
        }
        #expect(rest.isEmpty)
        return content
    }

    private func octets(_ buffer: borrowing ByteBuffer) -> [UInt8] {
        let octets = buffer.bytes
        return (0..<octets.byteCount).map { octets[octet: $0] }
    }

    @Test("Octets that come one a frame and wait cost little more than themselves")
    func joined() throws {
        var chunks = StreamChunks()
        var buffer = ByteBuffer()
        let sent = (0..<30_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for octet in sent { write([octet], &chunks, &buffer) }
        let kept = octets(buffer)
        #expect(kept.count < sent.count + sent.count / 50)
        #expect(try content(kept) == sent)
    }

    @Test("What was taken away is not joined to, wherever the taking stopped")
    func taken() throws {
        for taken in 0...16 {
            var chunks = StreamChunks()
            var buffer = ByteBuffer()
            write([1, 2, 3], &chunks, &buffer)
            write([4, 5, 6, 7], &chunks, &buffer)
            let whole = octets(buffer)
            let gone = Array(whole[..<min(taken, whole.count)])
            buffer.consume(gone.count)
            write([8], &chunks, &buffer)
            write([UInt8](repeating: 9, count: 600), &chunks, &buffer)
            let sent: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8] + [UInt8](repeating: 9, count: 600)
            // Untouched, the chunk before grew; else it went as it was.
            #expect(try content(gone + octets(buffer)) == sent, "\(taken)")
        }
    }
}
