import Foundation
import Kernel
import Synchronization

/// Clients that write without a pause, each request under a path of its own, so that one that was
/// sent twice can be seen. A client that loses its connection takes a new one.
final class Walkers: Sendable {
    struct Result: Sendable {
        let path: String
        let start: Instant
        /// What the app said; nil where there was no good answer, `failure` says why.
        let body: String?
        let failure: String
    }

    private struct State {
        var results: [Result] = []
        var running = 0
    }

    let count: Int
    private let state = Mutex(State())
    private let stopped = Atomic(false)
    private let address: SocketAddress

    init(_ count: Int, to address: SocketAddress) {
        self.count = count
        self.address = address
        for number in 0..<count { start(number) }
    }

    deinit { stopped.store(true, ordering: .relaxed) }

    var failures: [Result] { state.withLock { $0.results.filter { $0.body == nil } } }

    /// What the apps said to requests that began after this moment.
    func bodies(since moment: Instant) -> [String] {
        state.withLock { $0.results.filter { $0.start > moment }.compactMap(\.body) }
    }

    /// Waits until so many requests that began after the moment were answered.
    func wait(for answers: Int, since moment: Instant) throws {
        try Wait.until("\(answers) answers") { bodies(since: moment).count >= answers }
    }

    func stop() throws {
        stopped.store(true, ordering: .relaxed)
        try Wait.until("every walker ends") { state.withLock { $0.running } == 0 }
    }

    private func start(_ number: Int) {
        state.withLock { $0.running += 1 }
        let thread = Thread {
            self.work(number)
            self.state.withLock { $0.running -= 1 }
        }
        thread.stackSize = 1 << 19
        thread.start()
    }

    private func work(_ number: Int) {
        var connection: RawConnection?
        var step = 0
        while !stopped.load(ordering: .relaxed) {
            let path = "/walk-\(number)-\(step)"
            step += 1
            let start = Instant.now
            var body: String?
            var failure = ""
            do {
                let current = try connection ?? RawConnection(to: address)
                current.patience = 8
                connection = current
                let answer = try current.ask(
                    RawConnection.request("POST", path, ["Content-Length: 2"]) + "ok")
                if answer.status == 200 { body = answer.text } else { failure = answer.startLine }
            } catch {
                connection = nil
                failure = "\(error)"
            }
            let result = Result(path: path, start: start, body: body, failure: failure)
            state.withLock { $0.results.append(result) }
            ThisProcess.pause(milliseconds: 2)
        }
    }
}
