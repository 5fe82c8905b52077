import Board
import Bytes
import Exchange
import Kernel

/// How far an answer is read before its client takes it.
extension Worker {
    /// How much memory an answer may take for its client before no more of it is read. With many
    /// slow clients at once each gets a part of what is left of the first half of the bound, so
    /// that they never reach it; the second half is for those that get no more than one read.
    ///
    /// One that a drain waits for may take all that is left of that half: the app has done its
    /// part, and how fast somebody reads is not to veto a switch.
    func answerMax(_ client: Handle) -> Int {
        let limits = core.configuration.limits
        let left = limits.responseBuffers / 2 - core.answersBuffered
        guard isDrained(client) else { return min(limits.responseBuffer, left / 8) }
        return min(clients[client].outputNoted + left, WorkerConfiguration.Limits.drainedMax)
    }

    /// Whether an answer is to be read on, although its client has not taken all of it yet: one
    /// more read fits in the memory it has, or in twice as much, which is how a buffer grows.
    func hasRoom(_ client: Handle, isReading: Bool) -> Bool {
        let count = clients[client].output.count
        guard count > 0 else { return true }
        let memory = clients[client].outputNoted
        // What is left in a large buffer is moved to its front before more fits: worth it once
        // half of it is free, not for each octet that was taken.
        if !isReading, memory > core.configuration.limits.responseBuffer, count > memory / 2 {
            return memory * 2 <= answerMax(client)
        }
        let most = memory * 2 <= answerMax(client) ? memory * 2 : memory
        return count + BufferPool.blockBytes + WorkerCore.framingBytes <= most
    }

    /// An answer is not read on: where a drain waits for it, the service is looked at again, for
    /// others may leave room.
    mutating func noteStandstill(_ client: Handle) {
        guard isDrained(client) else { return }
        watches[clients[client].exchange.service].lacksRoom = true
    }

    /// Requests of a service wait for others to end, or it is served by the other color: answers
    /// that stand still, their clients being slow, are read on as far as there is room.
    mutating func readAhead(_ service: Int) {
        watches[service].lacksRoom = false
        for index in 0..<upstreams.slotCount {
            guard let plain = upstreams.handle(at: index) else { continue }
            let handle = plain.tagged(Tag.upstream)
            guard upstreams[handle].service == service, let client = upstreams[handle].client,
                isDrained(client), !upstreams[handle].interest.contains(.readable)
            else { continue }
            watchUpstream(handle)
        }
    }

    /// Whether somebody waits for the end of this answer.
    private func isDrained(_ client: Handle) -> Bool {
        let exchange = clients[client].exchange
        guard case .answering(let color) = exchange.state else { return false }
        let route = core.board.route(exchange.service)
        return color != route.active || route.holds(exchange.kind)
    }
}
