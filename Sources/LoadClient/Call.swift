public import Kernel

/// One request on a connection of its own, for what surrounds a load: is it up, how did it go.
public enum Call {
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    public struct Reply: Hashable, Sendable {
        public let status: Int
        public let body: [UInt8]
    }

    /// Waits for the whole answer, until `deadline` at most. Blocks the calling thread.
    public static func send(
        _ method: String, _ path: String, body: String = "", to address: SocketAddress,
        until deadline: Instant
    ) throws(Failure) -> Reply {
        do {
            return try exchange(request(method, path, body), address, deadline)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(description: "\(method) \(path): \(error)")
        }
    }

    private static func request(_ method: String, _ path: String, _ body: String) -> [UInt8] {
        Array(
            """
            \(method) \(path) HTTP/1.1\r\nHost: bascule\r\nConnection: close\r\n\
            Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
            """.utf8)
    }

    private static func exchange(
        _ request: [UInt8], _ address: SocketAddress, _ deadline: Instant
    ) throws -> Reply {
        let socket = try Socket.connect("call.connect", to: address)
        var poller = try Poller("call.poll", batch: 1)
        if let code = poller.add(socket.number, [.readable, .writable], token: 0) {
            throw SystemError("call.poll", code)
        }
        var unsent = request[...]
        var reader = AnswerReader()
        while true {
            let left = deadline.nanoseconds(since: .now)
            guard left > 0, poller.wait(milliseconds: Int(left / 1_000_000) + 1) > 0 else {
                throw Failure(description: "no answer from \(address) in time")
            }
            if let code = Socket.pendingError(socket.number) {
                throw SystemError("call.connect", code, subject: "\(address)")
            }
            if !unsent.isEmpty {
                guard case .moved(let count) = Socket.send("call.send", to: socket.number, unsent)
                else { throw Failure(description: "\(address) closed the connection") }
                unsent = unsent.dropFirst(count)
                if unsent.isEmpty { _ = poller.change(socket.number, .readable, token: 0) }
                continue
            }
            var octets: [UInt8] = []
            let transfer = Socket.receive(
                "call.receive", from: socket.number, appendingTo: &octets, bytesMax: 65_536)
            switch transfer {
            case .moved:
                reader.add(octets[...])
                if let answer = try reader.next() {
                    return Reply(status: answer.status, body: answer.body)
                }
            case .wouldBlock: continue
            case .end: throw Failure(description: "\(address) closed without a whole answer")
            case .failed(let code): throw SystemError("call.receive", code, subject: "\(address)")
            }
        }
    }
}
