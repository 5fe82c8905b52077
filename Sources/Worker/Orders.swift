import Board
import Bytes
import Exchange
import HTTP
import Kernel

/// What the board asks of a worker besides starting requests: streams whose color has left end
/// after their grace, or at once by order, and so do requests that are to be cut.
extension Worker {
    /// How often the board is looked at while there is work: finer than the eye, and rare enough
    /// to cost nothing that could be measured.
    private static let lookNanoseconds: UInt64 = 10_000_000
    /// How long a stream that is to end may take to finish the frame or event that is under way.
    static let endNanoseconds: UInt64 = 2_000_000_000

    mutating func lookAtBoard() {
        guard core.now >= nextLook else { return }
        nextLook = core.now.advanced(byNanoseconds: Self.lookNanoseconds)
        for service in watches.indices { look(service) }
    }

    private mutating func look(_ service: Int) {
        let route = core.board.route(service)
        guard route.isDecided else { return }
        watches[service].note(route, now: core.now)
        let isNew = watches[service].isNew(route)
        if isNew, route.holds(.write) {
            queues[service].noteHold(inFlight: inFlight(service))
        }
        if isNew || watches[service].lacksRoom { readAhead(service) }
        let order = core.board.endOrder(service)
        if let cut = watches[service].takeCut(order) { cutRequests(service, cut) }
        for color in Color.allCases { endStreams(service, color, order) }
    }

    /// What this worker has in flight, on both colors.
    func inFlight(_ service: Int) -> Int {
        Color.allCases.reduce(0) {
            $0 + core.board.inFlight(service: service, slot: core.slot, color: $1).total
        }
    }

    // MARK: Streams

    private mutating func endStreams(_ service: Int, _ color: Color, _ order: EndOrder?) {
        guard core.board.streams(service: service, slot: core.slot, color: color) > 0 else {
            return
        }
        let epoch = watches[service].endsBefore(
            color, order, grace: core.configuration.services[service].streamGrace,
            isEnding: core.isEnding, now: core.now)
        guard epoch > 0 else { return }
        var found = 0
        for index in 0..<clients.slotCount {
            guard let plain = clients.handle(at: index) else { continue }
            let exchange = clients[plain].exchange
            guard exchange.service == service, exchange.state == .streaming(color),
                exchange.epoch < epoch
            else { continue }
            if epoch != .max, order?.sparesReads == true, exchange.kind == .read { continue }
            found += 1
            endStream(plain.tagged(Tag.client))
        }
        // An order that found nothing has nothing left to do: later streams are not meant by it.
        if found == 0, let order, order.color == color { watches[service].settleStreams(order) }
    }

    /// Asks it to end, once; ends it by force when it has not done so in time.
    private mutating func endStream(_ client: Handle) {
        var isTunnel = false
        if case .tunnel = clients[client].stage { isTunnel = true }
        guard clients[client].endBy == .never else {
            guard core.now >= clients[client].endBy else { return }
            return isTunnel ? closeTunnel(client) : failed(client, .reset)
        }
        clients[client].endBy = core.now.advanced(byNanoseconds: Self.endNanoseconds)
        if isTunnel { askTunnelToEnd(client) } else { askEventStreamToEnd(client) }
    }

    // MARK: Cutting

    private mutating func cutRequests(_ service: Int, _ order: EndOrder) {
        for index in 0..<clients.slotCount {
            guard let plain = clients.handle(at: index) else { continue }
            let exchange = clients[plain].exchange
            guard exchange.service == service, exchange.color == order.color,
                exchange.epoch < order.epoch
            else { continue }
            cutOff(plain.tagged(Tag.client))
        }
        for index in 0..<upstreams.slotCount {
            guard let plain = upstreams.handle(at: index) else { continue }
            let handle = plain.tagged(Tag.upstream)
            guard upstreams[handle].service == service, upstreams[handle].color == order.color,
                let left = upstreams[handle].abandoned, left.epoch < order.epoch
            else { continue }
            // Its client is gone: nobody loses anything but the app its request.
            giveBack(left.kind, service, upstreams[handle].color)
            discardLinked(handle)
        }
    }

    /// Breaks a request off so that its client sees it: with an answer where none has begun, else
    /// with a reset.
    private mutating func cutOff(_ client: Handle) {
        let exchange = clients[client].exchange
        let action = clients[client].exchange.cutOff()
        switch action {
        case .cut(let color):
            noteCut(client, exchange, color)
            cut(client)
        case .refuse(let reason, let color?):
            noteCut(client, exchange, color)
            answer(client, OwnAnswer(reason), keeps: true)
        case .none, .collect, .ask, .wait, .start, .retry, .refuse, .refuseAndAbandon,
            .cutAndAbandon, .endStream, .leave, .abandon, .finish:
            break
        }
    }

    /// Counted as cut before it leaves the count in flight, so that who sees that gone sees why.
    private mutating func noteCut(_ client: Handle, _ exchange: Exchange, _ color: Color) {
        core.board.count(.cut, service: exchange.service, slot: core.slot)
        closeUpstream(of: client)
        giveBack(exchange.kind, exchange.service, color)
    }
}
