import Foundation
import Kernel
import Synchronization

/// Clients that ask again and again, each on one kept connection, until they are told to stop.
///
/// A client that loses its connection takes a new one; what was lost is written down.
final class Crowd: Sendable {
    /// What came of one request.
    struct Result: Sendable {
        enum Outcome: Sendable {
            case answered(Int, body: String)
            /// No connection could be made: nobody may ever see that.
            case refused(Errno)
            /// The connection ended before the answer was whole.
            case broken
            case other(String)
        }

        let start: Instant
        let end: Instant
        let outcome: Outcome

        var isGood: Bool {
            if case .answered(200, _) = outcome { true } else { false }
        }

        var body: String {
            if case .answered(_, let body) = outcome { body } else { "" }
        }
    }

    private struct State {
        var results: [Result] = []
        var connections = 0
        var running = 0
    }

    private let state = Mutex(State())
    private let stopped = Atomic(false)
    private let address: SocketAddress
    private let request: String

    /// Starts at once.
    init(_ count: Int, to address: SocketAddress, path: String = "/") {
        self.address = address
        request = RawConnection.request("GET", path)
        for _ in 0..<count { start() }
    }

    var results: [Result] { state.withLock { $0.results } }
    /// How many connections were made; more than clients where one was lost.
    var connections: Int { state.withLock { $0.connections } }

    /// Waits until so many more good answers have come.
    func waitForAnswers(_ count: Int) throws {
        let before = goodCount
        try Wait.until("\(count) more good answers") { goodCount >= before + count }
    }

    private var goodCount: Int { results.count(where: \.isGood) }

    /// Lets every request that runs come to its end; returns all results.
    @discardableResult
    func stop() throws -> [Result] {
        stopped.store(true, ordering: .relaxed)
        try Wait.until("every client ends") { state.withLock { $0.running } == 0 }
        return results
    }

    deinit { stopped.store(true, ordering: .relaxed) }

    private func start() {
        state.withLock { $0.running += 1 }
        let thread = Thread {
            self.work()
            self.state.withLock { $0.running -= 1 }
        }
        thread.stackSize = 1 << 19
        thread.start()
    }

    private func work() {
        var connection: RawConnection?
        while !stopped.load(ordering: .relaxed) {
            let start = Instant.now
            let outcome: Result.Outcome
            do {
                let current = try connection ?? connect()
                connection = current
                let answer = try current.ask(request)
                outcome = .answered(answer.status, body: answer.text)
                if answer["connection"] == "close" { connection = nil }
            } catch {
                connection = nil
                outcome = Self.outcome(of: error)
            }
            let result = Result(start: start, end: .now, outcome: outcome)
            state.withLock { $0.results.append(result) }
            // As fast as it goes would only measure the machine; some rest lets others run.
            ThisProcess.pause(milliseconds: 1)
        }
    }

    private func connect() throws -> RawConnection {
        let connection = try RawConnection(to: address)
        state.withLock { $0.connections += 1 }
        return connection
    }

    private static func outcome(of error: any Error) -> Result.Outcome {
        switch error {
        case RawConnection.Failure.refused(let errno): .refused(errno)
        case RawConnection.Failure.closed, RawConnection.Failure.reset: .broken
        default: .other("\(error)")
        }
    }
}

extension [Crowd.Result] {
    /// The results that are no 200, for a message.
    var failures: [Crowd.Result] { filter { !$0.isGood } }

    var refused: [Crowd.Result] {
        filter { if case .refused = $0.outcome { true } else { false } }
    }
}
