import Kernel
import Synchronization

/// The app behind `Tests/Peers/rfc9113.py`: it answers with what it got, and knows a few paths.
final class FrameApp: Sendable {
    private struct Counts {
        var asked = 0
        var unread = 0
    }

    private let counts = Mutex(Counts())
    private let enough = Steps()

    static func start() throws -> ScriptedUpstream {
        let app = FrameApp()
        return try ScriptedUpstream(readsBodies: false) { try app.serve($0, $1) }
    }

    private func serve(
        _ head: Message, _ connection: RawConnection
    ) throws -> ScriptedUpstream.Afterwards {
        if head.path == "/unread" {
            let number = counts.withLock { counts in
                counts.unread += 1
                return counts.unread
            }
            try enough.wait(for: number)
            return .close
        }
        var request = head
        request.body = try connection.readFramedBody(of: head) ?? []
        if request.path == "/count" {
            try connection.send(ScriptedUpstream.answer("\(counts.withLock { $0.asked })"))
            return .keep
        }
        counts.withLock { $0.asked += 1 }
        if request.path == "/enough" { enough.reach(counts.withLock { $0.unread }) }
        return try Self.answer(request, connection)
    }

    private static func answer(
        _ request: Message, _ connection: RawConnection
    ) throws -> ScriptedUpstream.Afterwards {
        switch request.path {
        case "/wait":
            // Long enough for what comes behind it, short enough for hundreds of them.
            _ = try connection.hasMore(within: 0.3)
            try connection.send(ScriptedUpstream.answer("waited"))
        case "/204": try connection.send("HTTP/1.1 204 No Content\r\n\r\n")
        case "/hints":
            try connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            try connection.send(ScriptedUpstream.answer("hinted"))
        case "/trailers":
            try connection.send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "4\r\nbody\r\n0\r\nX-Sum: 7\r\n\r\n")
        case "/hop-by-hop":
            try connection.send(
                "HTTP/1.1 200 OK\r\nConnection: keep-alive, x-named\r\nKeep-Alive: timeout=5\r\n"
                    + "Proxy-Connection: x\r\nX-Named: x\r\nX-Kept: y\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        case "/echo": try send(request.body, on: connection)
        case "/socket":
            try HTTP2SocketTests.echo(request, connection)
            return .close
        case let path where path.hasPrefix("/octets/"):
            let count = Int(path.dropFirst(8)) ?? 0
            try send([UInt8](repeating: 0x78, count: count), on: connection)
        case _: try send(told(request), on: connection, isHead: request.method == "HEAD")
        }
        return .keep
    }

    /// The start line, a line a field, an empty line, the content.
    private static func told(_ request: Message) -> [UInt8] {
        let lines = [request.startLine] + request.fields.map { "\($0.name): \($0.value)" }
        return Array((lines.joined(separator: "\n") + "\n\n").utf8) + request.body
    }

    private static func send(
        _ content: [UInt8], on connection: RawConnection, isHead: Bool = false
    ) throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(content.count)\r\n\r\n"
        try connection.send(Array(head.utf8) + (isHead ? [] : content))
    }
}
