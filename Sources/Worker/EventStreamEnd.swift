import Board
import Bytes
import Exchange
import HTTP
import HTTP1
import Kernel

/// Ending an answer of type text/event-stream between two of its events, so that the client has
/// all of the last one, its framing is complete, and a browser asks anew.
extension Worker {
    mutating func askEventStreamToEnd(_ client: Handle) {
        guard let upstream = clients[client].upstream else { return }
        if upstreams[upstream].endsEvents() { finishEvents(client, upstream) }
    }

    /// A piece of an event stream: what passes of it. False where the stream is over.
    mutating func passEvents(
        _ upstream: Handle, _ client: Handle, _ range: ByteRange
    ) -> Bool {
        let passed = upstreams[upstream].passedEvents(range)
        let part = ByteRange(range.lowerBound, range.lowerBound + passed.count)
        guard Self.passContent(&upstreams[upstream], &clients[client], part) else {
            clientLeft(client)
            return upstreams.contains(upstream)
        }
        if passed.isOver { finishEvents(client, upstream) }
        return !passed.isOver
    }

    private mutating func finishEvents(_ client: Handle, _ upstream: Handle) {
        switch upstreams[upstream].clientFraming {
        case .chunked: upstreams[upstream].finishChunks(into: &clients[client].output)
        case .untilClose: break
        case .none, .length:
            // Its head has promised more than came: that cannot end well.
            return failed(client, .reset)
        }
        finish(client)
        closeUpstream(of: client)
        let keeps = clients[client].keepsAfterAnswer && clients[client].isRequestRead
        clients[client].stage = .flushing(keeps: keeps)
        finishFlushing(client)
    }
}

extension UpstreamConnection {
    fileprivate mutating func endsEvents() -> Bool { events?.end() ?? true }

    fileprivate mutating func passedEvents(_ range: ByteRange) -> EventStreamDirection.Passed {
        var following = events ?? EventStreamDirection()
        defer { events = following }
        return following.pass(input, range)
    }
}
