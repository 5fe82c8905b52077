import Board
import Bytes
import Exchange
import HTTP
import Kernel

/// Requests that wait.
extension Worker {
    /// At the end of its service's queue, where the bounds over all workers leave room.
    mutating func enqueue(_ handle: Handle) {
        let exchange = clients[handle].exchange
        let service = core.configuration.services[exchange.service]
        let bytes = clients[handle].request.count + clients[handle].input.count
        guard core.board.sum(.heldNow, service: exchange.service) < service.holdRequests,
            core.board.sum(.heldBytes, service: exchange.service) + bytes <= service.holdBytes
        else {
            core.board.count(.refused, service: exchange.service, slot: core.slot)
            let action = clients[handle].exchange.refuse(.queueFull)
            return perform(action, handle)
        }
        queues[exchange.service].append(
            handle, exchange.kind, inFlight: inFlight(exchange.service))
        clients[handle].heldBytes = bytes
        clients[handle].heldSince = core.now
        core.board.count(.held, service: exchange.service, slot: core.slot)
        core.board.adjust(.heldNow, service: exchange.service, slot: core.slot, by: 1)
        core.board.adjust(.heldBytes, service: exchange.service, slot: core.slot, by: bytes)
        watchClient(handle)
    }

    /// What a client sends while it waits counts too.
    mutating func noteHeldOctets(_ handle: Handle) {
        let service = clients[handle].exchange.service
        let bytes = clients[handle].request.count + clients[handle].input.count
        let more = bytes - clients[handle].heldBytes
        guard more > 0 else { return }
        clients[handle].heldBytes = bytes
        core.board.adjust(.heldBytes, service: service, slot: core.slot, by: more)
        guard
            core.board.sum(.heldBytes, service: service)
                > core.configuration.services[service].holdBytes
        else { return }
        noteWaited(handle)
        queues[service].remove(handle)
        core.board.count(.refused, service: service, slot: core.slot)
        let action = clients[handle].exchange.refuse(.queueFull)
        perform(action, handle)
    }

    /// The client left while it waited: its request is never sent.
    mutating func leaveQueue(_ handle: Handle) {
        let service = clients[handle].exchange.service
        queues[service].remove(handle)
        noteWaited(handle)
        core.board.count(.gone, service: service, slot: core.slot)
    }

    /// It waits no more, for whatever reason.
    private mutating func noteWaited(_ handle: Handle) {
        let exchange = clients[handle].exchange
        core.board.adjust(.heldNow, service: exchange.service, slot: core.slot, by: -1)
        core.board.adjust(
            .heldBytes, service: exchange.service, slot: core.slot,
            by: -clients[handle].heldBytes)
        let waited = core.now.nanoseconds(since: clients[handle].heldSince)
        clients[handle].note?.held &+= waited
        core.board.noteHold(nanoseconds: waited, service: exchange.service, slot: core.slot)
    }

    /// In a turn so many of a service are started: who waited does not make others wait, whose
    /// events come in meanwhile.
    private static let releasesAtOnce = 8

    /// Starts those who may, in the order in which they came; then ends those who waited too long.
    mutating func releaseHeld() {
        isReleasing = false
        for service in queues.indices where !queues[service].isEmpty {
            release(service)
            expire(service)
        }
    }

    private mutating func release(_ service: Int) {
        var left = Self.releasesAtOnce
        while queues[service].budget > 0, let handle = queues[service].front {
            guard left > 0 else {
                isReleasing = true
                return
            }
            left -= 1
            guard !admit(waiting: handle, service) else { continue }
            // Where only writes are held, a read behind them goes on.
            guard core.board.route(service).phase == .heldWrites,
                let read = queues[service].frontRead, read != handle,
                admit(waiting: read, service)
            else { return }
        }
    }

    /// Asks the board again for one that waits. False where it has to wait on.
    private mutating func admit(waiting handle: Handle, _ service: Int) -> Bool {
        let kind = clients[handle].exchange.kind
        let admission = core.board.admit(kind, service: service, slot: core.slot, now: core.now)
        switch admission {
        case .queued: return false
        case .started:
            noteWaited(handle)
            queues[service].start(handle)
            core.board.count(.released, service: service, slot: core.slot)
        // It is answered, and nothing of it finishes later that could make room for another.
        case .closed, .maintenance, .undecided:
            noteWaited(handle)
            queues[service].remove(handle)
        }
        let action = clients[handle].exchange.admitted(admission, now: core.now)
        perform(action, handle)
        return true
    }

    /// A longer hold by hand goes on, but this one has waited as long as anybody should.
    private mutating func expire(_ service: Int) {
        // The hold of a deploy is as long as its migration, and says itself when it is too long;
        // that of a switch or a restore is as long as its command was told.
        guard !core.board.route(service).endsClosed, !core.board.isWaitedToItsEnd(service)
        else { return }
        let limit = core.configuration.services[service].holdTimeout
        while let handle = queues[service].front,
            core.board.route(service).phase != .open,
            core.now.nanoseconds(since: clients[handle].heldSince) >= limit
        {
            refuseHeld(handle, service)
        }
    }

    /// This process ends while a hold goes on: who waits is told so, and not left with a connection
    /// that only closes.
    mutating func refuseAllHeld() {
        for service in queues.indices {
            while let handle = queues[service].front { refuseHeld(handle, service) }
        }
        flushLinks()
    }

    private mutating func refuseHeld(_ handle: Handle, _ service: Int) {
        noteWaited(handle)
        queues[service].remove(handle)
        core.board.count(.expired, service: service, slot: core.slot)
        let action = clients[handle].exchange.refuse(.heldTooLong)
        perform(action, handle)
    }
}
