import Kernel
import Synchronization

/// An app whose behaviour is a closure: it answers, hangs, resets, answers half or garbage.
///
/// `/health` is answered by itself and not written down, as long as `isHealthy`. It ends with the
/// last reference to it.
final class ScriptedUpstream: Sendable {
    /// What becomes of the connection after a request.
    enum Afterwards {
        case keep
        case close
        case reset
    }

    /// One request at the app, the whole of its body read, and the connection to answer on.
    typealias Behaviour = @Sendable (Message, RawConnection) throws -> Afterwards

    let address: SocketAddress
    private let threads: UpstreamThreads

    /// Every request that came, in the order in which they were read.
    var requests: [Message] { threads.log.withLock { $0.requests } }
    /// How many connections were accepted that sent something else than probes.
    var connections: Int { threads.log.withLock { $0.connections } }
    var isHealthy: Bool {
        get { threads.log.withLock { $0.isHealthy } }
        set { threads.log.withLock { $0.isHealthy = newValue } }
    }

    /// What `/health` says while it is healthy.
    var health: String {
        get { threads.log.withLock { $0.health } }
        set { threads.log.withLock { $0.health = newValue } }
    }

    /// Listens at once. Port 0: any that is free. Without `readsBodies` the behaviour gets only
    /// the head and reads the rest itself.
    init(
        host: String = "127.0.0.1", port: UInt16 = 0, readsBodies: Bool = true,
        _ behaviour: @escaping Behaviour = ScriptedUpstream.answering("ok")
    ) throws {
        guard let wanted = SocketAddress(host: host, port: port) else { throw FreePort.NoPort() }
        let listener = try Socket.listen("test.listen", on: wanted, backlog: 512)
        guard let address = Socket.localAddress(listener.number) else { throw FreePort.NoPort() }
        self.address = address
        threads = UpstreamThreads(behaviour, readsBodies: readsBodies, stop: try StopSign())
        threads.accept(from: listener.release())
    }

    deinit { threads.stopSign.raise() }

    /// Closes the listener and all connections, and waits until they are closed.
    func stop() throws {
        threads.stopSign.raise()
        try Wait.until("the upstream's threads end") { threads.log.withLock { $0.threads } == 0 }
    }

    /// Answers every request with this text as its body.
    static func answering(_ text: String) -> Behaviour {
        { _, connection in
            try connection.send(answer(text))
            return .keep
        }
    }

    /// An answer of 200 with a length.
    static func answer(_ body: String, _ fields: String...) -> String {
        (["HTTP/1.1 200 OK", "Content-Length: \(body.utf8.count)"] + fields)
            .joined(separator: "\r\n") + "\r\n\r\n" + body
    }
}
