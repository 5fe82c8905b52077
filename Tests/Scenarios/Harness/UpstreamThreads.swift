import Foundation
import Kernel
import Synchronization

/// What runs behind a `ScriptedUpstream`: one thread that accepts, one a connection.
final class UpstreamThreads: Sendable {
    struct Log {
        var requests: [Message] = []
        var connections = 0
        var isHealthy = true
        var health = ""
        var threads = 0
    }

    let log = Mutex(Log())
    let stopSign: StopSign
    private let behaviour: ScriptedUpstream.Behaviour
    private let readsBodies: Bool

    init(
        _ behaviour: @escaping ScriptedUpstream.Behaviour, readsBodies: Bool, stop: StopSign
    ) {
        self.behaviour = behaviour
        self.readsBodies = readsBodies
        stopSign = stop
    }

    /// Takes over a listening socket.
    func accept(from listener: CInt) {
        start { self.acceptAll(from: Descriptor(owning: listener)) }
    }

    private func start(_ work: @escaping @Sendable () -> Void) {
        log.withLock { $0.threads += 1 }
        let thread = Thread {
            work()
            self.log.withLock { $0.threads -= 1 }
        }
        thread.stackSize = 1 << 19
        thread.start()
    }

    private func acceptAll(from listener: consuming Descriptor) {
        guard var poller = try? Poller("test.accept", batch: 4) else { return }
        _ = poller.add(listener.number, .readable, token: 0)
        _ = poller.add(stopSign.number, .readable, token: 1)
        while true {
            let count = poller.wait(milliseconds: nil)
            for index in 0..<count where poller[index].token == 1 { return }
            switch Socket.accept("test.accept", from: listener.number) {
            case .connection(let socket, _):
                let number = socket.release()
                start { self.serve(number) }
            case .wouldBlock: break
            case .failed(let errno):
                if errno != .connectionAborted { return }
            }
        }
    }

    private func serve(_ number: CInt) {
        guard let connection = try? RawConnection(owning: number, stop: stopSign) else { return }
        // A kept connection may wait as long as its test.
        connection.patience = 60
        var isCounted = false
        do {
            while true {
                let request =
                    readsBodies ? try connection.readRequest() : try connection.readHead()
                if request.path == "/health" {
                    try answerProbe(on: connection)
                    continue
                }
                log.withLock {
                    $0.requests.append(request)
                    if !isCounted { $0.connections += 1 }
                }
                isCounted = true
                switch try behaviour(request, connection) {
                case .keep: break
                case .close: return connection.close()
                case .reset: return connection.reset()
                }
            }
        } catch {
            // The peer left or the test is over; a request that was read is written down.
            connection.close()
        }
    }

    private func answerProbe(on connection: RawConnection) throws {
        let (isHealthy, health) = log.withLock { ($0.isHealthy, $0.health) }
        try connection.send(
            isHealthy
                ? ScriptedUpstream.answer(health)
                : "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
    }
}
