import Board
import Bytes
import HTTP
import Kernel
import TLS

/// Taking connections from the listeners that all workers share.
extension Worker {
    /// Enough to keep up, few enough that the connections one has are not kept waiting.
    private static let acceptsAtOnce = 64
    /// How long no connection is taken after descriptors ran out: others may be closed meanwhile.
    private static let pauseNanoseconds: UInt64 = 100_000_000

    /// Nothing is taken before everybody knows who serves, while there is no room, and while there
    /// are no descriptors; the kernel's queue keeps what comes, for any worker.
    mutating func watchListeners() {
        let mayAccept =
            !core.isEnding && !clients.isFull && core.now >= acceptAgain && isDecided
        guard mayAccept != areListenersWatched else { return }
        areListenersWatched = mayAccept
        for (index, listener) in listeners.numbers.enumerated() {
            if mayAccept {
                let token = Handle(index: index, generation: 0, tag: Tag.listener).rawValue
                _ = core.poller.add(listener, [.readable, .exclusive], token: token)
            } else {
                core.poller.remove(listener)
            }
        }
        if mayAccept, core.board.slot(core.slot).stage == .starting {
            core.board.setStage(slot: core.slot, .accepting)
        }
    }

    private var isDecided: Bool {
        let board = core.board
        return (0..<board.shape.services).allSatisfy { board.route($0).isDecided }
    }

    mutating func accept(listener: Int) {
        guard listener < listeners.count else { return }
        for _ in 0..<Self.acceptsAtOnce where !clients.isFull {
            guard acceptOne(listener) else { return }
        }
    }

    /// False where nothing more is to be taken now.
    private mutating func acceptOne(_ listener: Int) -> Bool {
        switch Socket.accept("worker.accept", from: listeners.numbers[listener]) {
        case .connection(let socket, let peer):
            add(socket, peer, listener)
            return true
        case .wouldBlock:
            return false
        case .failed(let code):
            // A client that left while it was queued is nobody's fault; try the next one.
            if code == .connectionAborted { return true }
            acceptAgain = core.now.advanced(byNanoseconds: Self.pauseNanoseconds)
            return false
        }
    }

    private mutating func add(
        _ socket: consuming Descriptor, _ peer: SocketAddress, _ listener: Int
    ) {
        Socket.setNoDelay(socket.number)
        let number = socket.number
        let limits = core.configuration.limits
        var tls: ClientTLS?
        if let server = listenerRules[listener].server {
            refreshTickets()
            guard let made = ClientTLS(server) else { return }
            tls = made
        }
        let rule = listenerRules[listener]
        let connection = ClientConnection(
            socket: socket, tls: tls, strictTransportSeconds: rule.strictTransportSeconds,
            listener: listener, peer: PeerAddress(peer),
            isTrusted: core.configuration.trusted.contains { $0.contains(peer) },
            outputMax: limits.outputMax,
            requestMax: limits.requestBuffer + 2 * limits.headerBytes + 4_096)
        let handle = clients.insert(connection).tagged(Tag.client)
        clients[handle].awaitsProxyHeader = rule.takesProxyHeader && clients[handle].isTrusted
        guard core.poller.add(number, .readable, token: handle.rawValue) == nil else {
            _ = clients.remove(handle)
            return
        }
        core.board.adjustConnections(slot: core.slot, listener: listener, by: 1)
        // A handshake, or an introduction, is a part of the first head's time.
        let timeouts = core.configuration.timeouts
        let isPlain = tls == nil && !clients[handle].awaitsProxyHeader
        let first = isPlain ? timeouts.idle : timeouts.header
        core.wheel.set(
            &clients[handle].timer, to: core.now.advanced(byNanoseconds: first), for: handle)
    }

    /// One load, and more only when the keys were rotated.
    private mutating func refreshTickets() {
        let version = core.board.ticketVersion
        guard version != ticketVersion else { return }
        let keys = core.board.ticketKeys.compactMap { TicketKey($0) }
        // Being written just now: those of before are good for one more connection.
        guard !keys.isEmpty else { return }
        ticketVersion = version
        for rule in listenerRules { rule.server?.use(ticketKeys: keys) }
    }

    // MARK: The end

    /// How long a connection that was just taken may be silent after TERM.
    private static let firstRequestNanoseconds: UInt64 = 1_000_000_000
    /// The same for one that was kept alive: a client at work asks again within it, and is told
    /// in the answer that the connection ends. One that rests sees its end instead.
    static let nextRequestNanoseconds: UInt64 = 300_000_000

    /// Takes what waits in the queues, then closes the listeners, and lets requests finish.
    mutating func beginEnding() {
        guard !core.isEnding else { return }
        let wasDecided = isDecided
        for listener in listeners.numbers.indices where wasDecided {
            while !clients.isFull, acceptOne(listener) {}
        }
        core.isEnding = true
        end = core.now.advanced(byNanoseconds: core.configuration.timeouts.drain)
        for listener in listeners.numbers where areListenersWatched {
            core.poller.remove(listener)
        }
        areListenersWatched = false
        listeners.closeAll()
        core.board.setStage(slot: core.slot, .draining)
        closeIdleClients()
    }

    /// A connection between two requests gets a moment for the next: it may be on its way, and
    /// closing now would lose it.
    private mutating func closeIdleClients() {
        for index in 0..<clients.slotCount {
            guard let plain = clients.handle(at: index) else { continue }
            let handle = plain.tagged(Tag.client)
            if case .multiplex = clients[handle].stage { announceEnd(handle) }
            guard case .idle = clients[handle].stage else { continue }
            clientReadable(handle)
            guard clients.contains(handle), case .idle = clients[handle].stage else { continue }
            arm(
                client: handle,
                clients[handle].hasServed
                    ? Self.nextRequestNanoseconds : Self.firstRequestNanoseconds)
        }
    }

    var isOver: Bool {
        core.isEnding && (clients.count == 0 || core.now >= end)
    }
}

extension PeerAddress {
    init(_ address: SocketAddress) {
        switch address {
        case .ipv4(let number, _): self = .ipv4(number)
        case .ipv6(let high, let low, _): self = .ipv6(high, low)
        case .unix: self = .unknown
        }
    }
}
