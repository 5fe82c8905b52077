import Synchronization

/// Sees whether two apps are ever at work at the same moment.
final class BusyMeter: Sendable {
    private struct State {
        var busy: [String: Int] = [:]
        var bothBusy = 0
    }

    private let state = Mutex(State())

    /// At how many beginnings of a request the other app was at work.
    var bothBusy: Int { state.withLock { $0.bothBusy } }

    /// An app that works for some milliseconds before it answers with its name.
    func app(_ name: String, milliseconds: Double) throws -> ScriptedUpstream {
        try app(name) { _ = Wait.staysFalse(seconds: milliseconds / 1_000) { false } }
    }

    /// One that does this before it answers with its name. What it works is counted from the
    /// request read to just before the answer, so all that is seen is true.
    func app(
        _ name: String, working work: @escaping @Sendable () throws -> Void
    ) throws -> ScriptedUpstream {
        try ScriptedUpstream { _, connection in
            self.begin(name)
            let worked = Result { try work() }
            self.end(name)
            try worked.get()
            try connection.send(ScriptedUpstream.answer(name))
            return .keep
        }
    }

    private func begin(_ name: String) {
        state.withLock { state in
            state.busy[name, default: 0] += 1
            if state.busy.contains(where: { $0.key != name && $0.value > 0 }) {
                state.bothBusy += 1
            }
        }
    }

    private func end(_ name: String) {
        state.withLock { $0.busy[name, default: 0] -= 1 }
    }
}
