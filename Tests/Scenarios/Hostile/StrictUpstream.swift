import Foundation
import Kernel
import Synchronization

/// An app that takes only what the grammar allows, and keeps what every client sent it.
///
/// Bascule says in `X-Real-IP` whose request it is: every case has a loopback address of its own,
/// so that all of them can run at once.
final class StrictUpstream: Sendable {
    /// How a request is answered.
    enum Answer: String, Sendable, Decodable {
        case ok
        case upgradeRequired
        /// 403 before the body was read.
        case earlyRefusal
    }

    private struct Log {
        var requests: [String: [StrictReader.Request]] = [:]
        var violations: [String] = []
        var answers: [String: Answer] = [:]
    }

    let address: SocketAddress
    private let log: LogBox
    private let stopSign: StopSign

    /// Every case's threads hold this one.
    private final class LogBox: Sendable {
        let log = Mutex(Log())
    }

    init() throws {
        let listener = try Socket.listen(
            "test.listen", on: .ipv4(0x7f00_0001, port: 0), backlog: 1024)
        guard let address = Socket.localAddress(listener.number) else { throw FreePort.NoPort() }
        self.address = address
        let (log, stop) = (LogBox(), try StopSign())
        (self.log, stopSign) = (log, stop)
        let number = listener.release()
        Self.start { Self.acceptAll(from: Descriptor(owning: number), log, stop) }
    }

    deinit { stopSign.raise() }

    /// The complete requests that a client's address sent.
    func requests(from client: String) -> [StrictReader.Request] {
        log.log.withLock { $0.requests[client] ?? [] }
    }

    /// What was no request at all.
    var violations: [String] { log.log.withLock { $0.violations } }

    func answer(_ client: String, with answer: Answer) {
        log.log.withLock { $0.answers[client] = answer }
    }

    private static func start(_ work: @escaping @Sendable () -> Void) {
        let thread = Thread { work() }
        thread.stackSize = 1 << 19
        thread.start()
    }

    private static func acceptAll(
        from listener: consuming Descriptor, _ log: LogBox, _ stop: StopSign
    ) {
        guard var poller = try? Poller("test.accept", batch: 4) else { return }
        _ = poller.add(listener.number, .readable, token: 0)
        _ = poller.add(stop.number, .readable, token: 1)
        while true {
            let count = poller.wait(milliseconds: nil)
            for index in 0..<count where poller[index].token == 1 { return }
            switch Socket.accept("test.accept", from: listener.number) {
            case .connection(let socket, _):
                let number = socket.release()
                start { serve(number, log, stop) }
            case .wouldBlock: break
            case .failed(let errno):
                if errno != .connectionAborted { return }
            }
        }
    }

    private static func serve(_ number: CInt, _ log: LogBox, _ stop: StopSign) {
        guard let connection = try? RawConnection(owning: number, stop: stop) else { return }
        connection.patience = 60
        do {
            while try serveOne(on: connection, log) {}
        } catch let violation as StrictReader.Violation {
            log.log.withLock { $0.violations.append(violation.description) }
            connection.reset()
        } catch {
            // Bascule left, in the middle of a request or after one.
            connection.close()
        }
    }

    /// Whether the connection goes on.
    private static func serveOne(on connection: RawConnection, _ log: LogBox) throws -> Bool {
        let deadline = Instant.now.advanced(bySeconds: 60)
        var head: (request: StrictReader.Request, end: Int)?
        repeat {
            if connection.received.isEmpty { try connection.more(until: deadline) }
            head = try StrictReader.head(of: connection.received)
            if head == nil { try connection.more(until: deadline) }
        } while head == nil
        guard let head else { return false }
        _ = try connection.read(count: head.end)
        var request = head.request
        if request.target == "/health" {
            try connection.send(ScriptedUpstream.answer("ok"))
            return true
        }
        let client = request.all("x-real-ip").first ?? ""
        let answer = log.log.withLock { $0.answers[client] ?? .ok }
        if answer == .earlyRefusal { try send(403, to: request, on: connection) }
        if request.all("expect") == ["100-continue"] {
            try connection.send("HTTP/1.1 100 Continue\r\n\r\n")
        }
        request.body = try body(of: request, on: connection, until: deadline)
        log.log.withLock { $0.requests[client, default: []].append(request) }
        switch answer {
        case .ok: try send(200, to: request, on: connection)
        case .upgradeRequired: try send(426, to: request, on: connection)
        case .earlyRefusal: break
        }
        return true
    }

    private static func send(
        _ status: Int, to request: StrictReader.Request, on connection: RawConnection
    ) throws {
        let body = request.method == "HEAD" ? "" : "ok"
        try connection.send("HTTP/1.1 \(status) Said\r\nContent-Length: 2\r\n\r\n\(body)")
    }

    private static func body(
        of request: StrictReader.Request, on connection: RawConnection, until deadline: Instant
    ) throws -> [UInt8] {
        if let length = request.all("content-length").first {
            return try connection.read(count: Int(length) ?? 0)
        }
        guard request.all("transfer-encoding") == ["chunked"] else { return [] }
        while true {
            if let (body, end) = try StrictReader.chunks(of: connection.received) {
                _ = try connection.read(count: end)
                return body
            }
            try connection.more(until: deadline)
        }
    }
}
