import Synchronization

/// An app that is at work on every request until the test lets it answer that one.
final class BlockingApp: Sendable {
    private struct State {
        var arrived: [String] = []
        var mayAnswer: Set<String> = []
        var answersAll = false
    }

    private let state = Mutex(State())

    /// The paths, in the order in which they came.
    var arrived: [String] { state.withLock { $0.arrived } }

    func letAnswer(_ path: String) { state.withLock { _ = $0.mayAnswer.insert(path) } }

    func letAnswerAll() { state.withLock { $0.answersAll = true } }

    func behaviour(_ name: String) -> ScriptedUpstream.Behaviour {
        { request, connection in
            self.state.withLock { $0.arrived.append(request.path) }
            // The test may wait for several things before.
            try Wait.until("the test lets \(request.path) answer", seconds: 60) {
                self.state.withLock { $0.answersAll || $0.mayAnswer.contains(request.path) }
            }
            try connection.send(ScriptedUpstream.answer(name))
            return .keep
        }
    }
}
