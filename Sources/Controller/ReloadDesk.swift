internal import Board
internal import Control
internal import Foundation
internal import Logging

/// Passes `reload` to the supervisor, and waits until every worker uses what was read.
actor ReloadDesk {
    /// More than the supervisor gives a reader, so that its word comes first.
    private static let answerDeadline = Duration.seconds(15)
    /// A worker takes new certificates between two events of its loop.
    private static let workersDeadline = Duration.seconds(10)
    private static let lookInterval = Duration.milliseconds(5)

    /// What the supervisor said to one question.
    enum Answer: Hashable, Sendable {
        /// Under this version on the board.
        case reloaded(version: UInt64)
        /// A `Problem` as JSON.
        case refused(String)
        case failed(String)
    }

    private let supervisor: SupervisorLink
    private let board: Board
    private var asked = 0
    private var answers: [Int: Answer] = [:]

    init(supervisor: SupervisorLink, board: Board) {
        self.supervisor = supervisor
        self.board = board
    }

    func heard(_ answer: Answer, to question: Int) { answers[question] = answer }

    func reload() async throws(Problem) -> MessageAnswer {
        asked += 1
        let question = asked
        supervisor.reload(question)
        let end = ContinuousClock.now + Self.answerDeadline
        while answers[question] == nil, ContinuousClock.now < end { await pause() }
        switch answers.removeValue(forKey: question) {
        case .reloaded(let version): return try await waitForWorkers(version)
        case .refused(let text): throw Self.problem(text)
        case .failed(let reason):
            throw Problem(.failed, "nothing was read: \(reason)", hint: "what is in use stays")
        case nil: throw Problem(.failed, "the supervisor has not answered")
        }
    }

    private func waitForWorkers(_ version: UInt64) async throws(Problem) -> MessageAnswer {
        let end = ContinuousClock.now + Self.workersDeadline
        var late = behind(version)
        while !late.isEmpty, ContinuousClock.now < end {
            await pause()
            late = behind(version)
        }
        guard late.isEmpty else {
            let names = late.map { "worker \($0) (pid \(board.slot($0).pid))" }
            throw Problem(
                .failed,
                "read, but not used after \(Self.workersDeadline.components.seconds) s by "
                    + names.joined(separator: ", "),
                hint: "it uses them as soon as it goes on")
        }
        return MessageAnswer(
            message: "every worker uses certificates and keys as they are now (version \(version))")
    }

    /// Those that take connections, or will, with what was read before.
    private func behind(_ version: UInt64) -> [Int] {
        (0..<board.shape.slots).filter { slot in
            switch board.slot(slot).stage {
            case .starting, .accepting: board.credentials(slot: slot) < version
            case .free, .draining: false
            }
        }
    }

    private func pause() async {
        do {
            try await Task.sleep(for: Self.lookInterval, clock: .suspending)
        } catch {
            // Cancelled: the deadline ends the loop, and others have their turn meanwhile.
            await Task.yield()
        }
    }

    private static func problem(_ text: String) -> Problem {
        do {
            return try ControlJSON.decode(Problem.self, from: Data(text.utf8))
        } catch {
            return Problem(.failed, "the reader said something unknown: \(error)")
        }
    }
}
