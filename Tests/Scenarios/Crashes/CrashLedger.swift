import Board
import Kernel
import Synchronization

/// What both apps of a crash test saw: every request, and whether they were ever at work at once.
final class CrashLedger: Sendable {
    private struct State {
        var seen: [String: Int] = [:]
        var records: [AppRecord] = []
        var busy: [Color: Int] = [:]
        var bothBusy = 0
    }

    private let state = Mutex(State())
    /// What keeps `/slow-N` at work.
    let slow = Steps()

    /// Requests that came more than once: they were sent twice.
    var duplicates: [String] {
        state.withLock { $0.seen.filter { $0.value > 1 }.keys.sorted() }
    }

    /// Every request as its app saw it.
    var records: [AppRecord] { state.withLock { $0.records } }

    /// At how many beginnings of a request the other app was at work.
    var bothBusy: Int { state.withLock { $0.bothBusy } }

    func hasSeen(_ path: String) -> Bool { state.withLock { $0.seen[path] != nil } }

    /// The app of a color: it works a little, or until its step for `/slow-N`.
    func behaviour(_ color: Color) -> ScriptedUpstream.Behaviour {
        { request, connection in
            if request.path.hasPrefix("/stream") { return try self.stream(color, on: connection) }
            let number = self.begin(request.path, color)
            let worked = Result { try self.work(request.path) }
            // What it works ends before the answer is sent, so all that is seen is true.
            self.end(number, color)
            try worked.get()
            try connection.send(ScriptedUpstream.answer(color.name))
            return .keep
        }
    }

    /// A little, or until its step for `/slow-N`.
    private func work(_ path: String) throws {
        if path.hasPrefix("/slow-"), let number = Int(path.dropFirst(6)) {
            try slow.wait(for: number)
        }
        _ = Wait.staysFalse(seconds: 0.002) { false }
    }

    /// Events without an end, until the peer or the app leaves.
    private func stream(
        _ color: Color, on connection: RawConnection
    ) throws -> ScriptedUpstream.Afterwards {
        try connection.send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n")
        let event = "data: \(color.name)\n\n"
        let chunk = "\(String(event.utf8.count, radix: 16))\r\n\(event)\r\n"
        repeat { try connection.send(chunk) } while try !connection.hasMore(within: 0.02)
        return .close
    }

    private func begin(_ path: String, _ color: Color) -> Int {
        state.withLock { state in
            state.seen[path, default: 0] += 1
            state.busy[color, default: 0] += 1
            if state.busy[color.other, default: 0] > 0 { state.bothBusy += 1 }
            state.records.append(AppRecord(id: path, color: color, start: .now))
            return state.records.count - 1
        }
    }

    private func end(_ number: Int, _ color: Color) {
        state.withLock {
            $0.busy[color, default: 0] -= 1
            $0.records[number].end = .now
        }
    }
}
