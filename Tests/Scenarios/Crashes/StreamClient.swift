import Board
import Foundation
import Kernel
import Synchronization

/// A client that listens to events all the time, as a browser does: when its stream has ended it
/// asks for another.
final class StreamClient: Sendable {
    private struct State {
        var isRunning = true
        /// Where the stream that is open comes from, once an event has come.
        var color: Color?
        /// How streams ended that did not end well.
        var wrong: [String] = []
    }

    private let state = Mutex(State())
    private let stopped = Atomic(false)
    private let address: SocketAddress

    init(to address: SocketAddress) {
        self.address = address
        let thread = Thread {
            while !self.stopped.load(ordering: .relaxed) {
                self.listen()
                ThisProcess.pause(milliseconds: 2)
            }
            self.state.withLock { $0.isRunning = false }
        }
        thread.stackSize = 1 << 19
        thread.start()
    }

    deinit { stopped.store(true, ordering: .relaxed) }

    /// Returns once the open stream comes from this color.
    func waitForEvent(from color: Color) throws {
        try Wait.until("an event from \(color): \(state.withLock { $0.wrong })") {
            state.withLock { $0.color } == color
        }
    }

    /// What was wrong since it was last asked. `isBroken`: a stream may have broken off.
    func wrong(isBroken: Bool) -> [String] {
        let wrong = state.withLock { state in
            defer { state.wrong = [] }
            return state.wrong
        }
        return isBroken ? [] : wrong
    }

    func stop() throws {
        stopped.store(true, ordering: .relaxed)
        try Wait.until("the stream's client ends") { state.withLock { !$0.isRunning } }
    }

    /// One stream, to its end: a last chunk, and before it whole events only.
    private func listen() {
        defer { state.withLock { $0.color = nil } }
        var text = ""
        do {
            let connection = try RawConnection(to: address)
            connection.patience = 8
            try connection.send(RawConnection.request("GET", "/stream"))
            let answer = try connection.readHead()
            guard answer.status == 200 else { return note("answered \(answer.startLine)") }
            while !stopped.load(ordering: .relaxed) {
                let chunk = try connection.readChunk()
                guard !chunk.isEmpty else {
                    if !text.hasSuffix("\n\n") { note("ended within an event: \(text)") }
                    return
                }
                text += String(decoding: chunk, as: UTF8.self)
                see(text)
                text = String(text.suffix(64))
            }
        } catch {
            note("\(error)")
        }
    }

    private func see(_ text: String) {
        guard let name = text.split(separator: "\n\n").last?.dropFirst("data: ".count) else {
            return
        }
        let color = Color.allCases.first { $0.name == name }
        state.withLock { $0.color = color ?? $0.color }
    }

    private func note(_ what: String) {
        guard !stopped.load(ordering: .relaxed) else { return }
        state.withLock { $0.wrong.append("a stream: \(what)") }
    }
}
