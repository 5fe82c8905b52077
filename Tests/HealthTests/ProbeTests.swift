import Board
import Foundation
import Kernel
import Settings
import Synchronization
import Testing

@testable import Health

/// A target that gives one answer, octet for octet, and hangs up or not.
final class ScriptedTarget: Sendable {
    let address: SocketAddress
    private let listener: Descriptor

    init(answer: String, hangsUp: Bool = true) throws {
        listener = try Socket.listen(
            "test.listen", on: .ipv4(0x7f00_0001, port: 0), backlog: 8)
        address = try #require(Socket.localAddress(listener.number))
        let octets = Array(answer.utf8)
        Thread.detachNewThread { [self] in
            guard Waiting.wait(.readable, of: listener.number, until: Self.patience),
                case .connection(let connection, _) = Socket.accept(
                    "test.accept", from: listener.number)
            else { return }
            _ = Waiting.wait(.readable, of: connection.number, until: Self.patience)
            var request: [UInt8] = []
            _ = Socket.receive(
                "test.receive", from: connection.number, appendingTo: &request, bytesMax: 4096)
            // In pieces, so that an answer is put together.
            for piece in octets.chunks(of: 7) {
                _ = Socket.send("test.send", to: connection.number, piece[...])
            }
            if !hangsUp {
                _ = Waiting.wait(.readable, of: connection.number, until: Self.patience)
            }
        }
    }

    private static var patience: Instant { .now.advanced(byNanoseconds: 5_000_000_000) }
}

extension Array {
    func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}

@Suite struct ProbeTests {
    @Test("An answer of a stated length is read whole, with its fields")
    func length() throws {
        let answer = try probe(
            "HTTP/1.1 200 OK\r\nX-Migration: a\r\nContent-Length: 2\r\n\r\nok", hangsUp: false)
        #expect(answer.isPassed)
        guard case .answered(200, let fields, let body) = answer.result else {
            Issue.record("\(answer.result)")
            return
        }
        #expect(fields.contains(.init(name: "x-migration", value: "a")))
        #expect(body == Array("ok".utf8))
    }

    @Test("A chunked answer is put together")
    func chunked() throws {
        let answer = try probe(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            hangsUp: false)
        #expect(body(answer) == "abcde")
    }

    @Test("An answer up to the connection's end is whole there")
    func untilClose() throws {
        #expect(body(try probe("HTTP/1.0 200 OK\r\n\r\nall of it")) == "all of it")
    }

    @Test("An interim answer is passed over")
    func interim() throws {
        let answer = try probe(
            "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", hangsUp: false)
        #expect(answer.status == 204)
        #expect(answer.isPassed)
    }

    @Test("Only 2xx passes", arguments: [199, 200, 299, 300, 404, 503])
    func statuses(_ status: Int) throws {
        let answer = ProbeAnswer(
            .answered(status: status, fields: [], body: []), nanoseconds: 1_500_000)
        #expect(answer.isPassed == (200..<300).contains(status))
        #expect(answer.message == "\(status) in 1.5 ms")
    }

    @Test("A truncated answer is no pass")
    func truncated() throws {
        let answer = try probe("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf")
        #expect(answer.result == .failed(.ended))
    }

    @Test("What is no HTTP answer is named as that")
    func garbage() throws {
        guard case .failed(.invalid) = try probe("SSH-2.0-OpenSSH_9.2\r\n\r\n").result else {
            Issue.record("garbage passed")
            return
        }
    }

    @Test("A target that says nothing times out, not before the deadline")
    func silence() throws {
        let target = try ScriptedTarget(answer: "", hangsUp: false)
        let began = Instant.now
        let deadline = began.advanced(byNanoseconds: 50_000_000)
        let answer = Probe.run(try request(target.address), deadline: deadline)
        #expect(answer.result == .failed(.timedOut))
        #expect(Instant.now >= deadline)
    }

    @Test("A closed port is refused at once")
    func refused() throws {
        let gone = try {
            let listener = try Socket.listen(
                "test.listen", on: .ipv4(0x7f00_0001, port: 0), backlog: 1)
            return try #require(Socket.localAddress(listener.number))
        }()
        let answer = Probe.run(
            try request(gone), deadline: .now.advanced(byNanoseconds: 5_000_000_000))
        #expect(answer.result == .failed(.connection(.connectionRefused)))
        #expect(answer.message == "connection refused")
    }

    private func probe(_ text: String, hangsUp: Bool = true) throws -> ProbeAnswer {
        let target = try ScriptedTarget(answer: text, hangsUp: hangsUp)
        return Probe.run(
            try request(target.address),
            deadline: .now.advanced(byNanoseconds: 5_000_000_000))
    }

    private func request(_ address: SocketAddress) throws -> ProbeRequest {
        ProbeRequest(
            service: ServiceSettings(name: "web", blue: nil, green: nil, initial: .blue),
            target: try #require(TargetAddress(address.description)), address: address)
    }

    private func body(_ answer: ProbeAnswer) -> String? {
        guard case .answered(_, _, let body) = answer.result else { return nil }
        return String(decoding: body, as: UTF8.self)
    }
}
