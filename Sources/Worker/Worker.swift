public import Board
import Bytes
import HTTP
public import Kernel
import Routing
public import TLS

/// The data plane: one process, one thread, one loop.
///
/// It accepts, reads a head, asks the board whether the request may start, sends it to a target and
/// carries the answer back. It knows no configuration file and no controller: who serves stands on
/// the board. Everything that it waits for is in one poller, under a token that says what it is:
/// a connection's slot and generation, so that an event for one that is gone is dropped.
public struct Worker: ~Copyable {
    /// The tag of a token: what a slot and generation belong to.
    enum Tag {
        static let client: UInt8 = 1
        static let upstream: UInt8 = 2
        static let listener: UInt8 = 3
        static let wake: UInt8 = 4
        static let query: UInt8 = 5
        static let signals: UInt8 = 6
        static let log: UInt8 = 7
        static let credentials: UInt8 = 16
    }

    var core: WorkerCore
    var clients: Slab<ClientConnection>
    var upstreams: Slab<UpstreamConnection>
    /// One a service and color.
    var pools: [TargetPool]
    /// One a service.
    var queues: [HoldQueue]
    /// More of those that waited may start than one turn starts.
    var isReleasing = false
    /// One a service.
    var watches: [StreamWatch]
    /// When the board is looked at again for what has to end.
    var nextLook = Instant(nanoseconds: 0)
    let routes: RouteTable
    var listeners: DescriptorList
    /// One a listener.
    var listenerRules: [SecureListener]
    var credentials: CredentialSource
    /// One a service; nil where no target of it is spoken to over TLS.
    var targetClients: [TLSClient?]
    /// Of the session tickets' keys in use.
    var ticketVersion: UInt64 = 0
    var areListenersWatched = false
    /// After descriptors ran out: not before then.
    var acceptAgain = Instant(nanoseconds: 0)
    /// When a graceful end ends.
    var end = Instant.never
    /// Clients that had sent ahead when their last answer was complete.
    var ready: [Handle] = []
    /// What the connections that speak HTTP/2 share.
    let desk: HTTP2Desk
    /// Connections to targets whose octets were opened, but not read yet.
    var readyUpstreams: [Handle] = []
    private var due: [(Handle, UInt64)] = []
    private let wake: EventCounter
    let query: MessageChannel
    private let signals: SignalReader

    /// Takes over what the process inherited. Throws what the poller could not be given.
    public static func open(
        _ configuration: WorkerConfiguration, board: Board, listeners: consuming DescriptorList,
        _ rules: [SecureListener], targets: [TLSClient?],
        credentials: consuming CredentialSource, wake: consuming EventCounter,
        query: consuming MessageChannel,
        signals: consuming SignalReader, log: consuming AccessLogOutput? = nil
    ) throws(SystemError) -> Worker {
        let poller = try Poller("worker.poll", batch: WorkerCore.eventsAtOnce)
        func token(_ tag: UInt8) -> UInt64 { Handle(index: 0, generation: 0, tag: tag).rawValue }
        let failures = [
            poller.add(wake.descriptor.number, .readable, token: token(Tag.wake)),
            poller.add(query.descriptor.number, .readable, token: token(Tag.query)),
            poller.add(
                credentials.renewals.descriptor.number, .readable, token: token(Tag.credentials)),
            poller.add(signals.descriptor.number, .readable, token: token(Tag.signals)),
        ]
        if let failure = failures.compactMap({ $0 }).first {
            throw SystemError("worker.poll", failure)
        }
        guard let log else {
            return Worker(
                configuration, board, poller, listeners, rules, targets, credentials, wake, query,
                signals, isLogging: false)
        }
        let lines = try AccessLog.open(log, board, slot: configuration.slot)
        if let renewals = lines.renewals,
            let failure = poller.add(renewals, .readable, token: token(Tag.log))
        {
            throw SystemError("worker.poll", failure)
        }
        var worker = Worker(
            configuration, board, poller, listeners, rules, targets, credentials, wake, query,
            signals, isLogging: true)
        worker.core.log = consume lines
        return worker
    }

    private init(
        _ configuration: WorkerConfiguration, _ board: Board, _ poller: consuming Poller,
        _ listeners: consuming DescriptorList, _ rules: [SecureListener],
        _ targets: [TLSClient?], _ credentials: consuming CredentialSource,
        _ wake: consuming EventCounter,
        _ query: consuming MessageChannel, _ signals: consuming SignalReader, isLogging: Bool
    ) {
        core = WorkerCore(configuration, board, poller, isLogging: isLogging)
        clients = Slab(capacityMax: configuration.limits.connections)
        // One for each client, and as many that are kept or abandoned.
        upstreams = Slab(capacityMax: configuration.limits.connections * 2)
        pools = .init(repeating: TargetPool(), count: configuration.services.count * 2)
        queues = .init(repeating: HoldQueue(), count: configuration.services.count)
        watches = .init(repeating: StreamWatch(), count: configuration.services.count)
        routes = RouteTable(configuration.services.map(\.route))
        desk = HTTP2Desk(configuration.limits)
        self.listeners = listeners
        listenerRules = rules
        targetClients = targets
        self.credentials = credentials
        self.wake = wake
        self.query = query
        self.signals = signals
    }

    /// Serves until TERM, and then until what is in progress is done or the bound has passed.
    public consuming func run() {
        core.board.setCredentials(slot: core.slot, version: credentials.version)
        while !isOver {
            watchListeners()
            let count = core.poller.wait(milliseconds: patience)
            core.beginTurn(events: count)
            for index in 0..<count {
                handle(core.poller[index])
            }
            driveReady()
            readReadyUpstreams()
            lookAtBoard()
            releaseHeld()
            meetDeadlines()
            flushLinks()
            core.log?.giveAway(now: core.now)
        }
        refuseAllHeld()
        logUnfinished()
        core.log?.end(core.board)
        core.board.setStage(slot: core.slot, .draining)
    }

    private mutating func handle(_ event: Poller.Event) {
        let handle = Handle(rawValue: event.token)
        switch handle.tag {
        case Tag.client: if clients.contains(handle) { clientEvent(handle, event) }
        case Tag.upstream: if upstreams.contains(handle) { upstreamEvent(handle, event) }
        case Tag.listener: accept(listener: handle.index)
        case Tag.wake:
            wake.drain()
            nextLook = core.now
            closeIdleUpstreams()
        case Tag.query:
            answerQueries()
            forget(query.descriptor.number, event)
        case Tag.log:
            core.log?.renew()
            if let channel = core.log?.renewals { forget(channel, event) }
        case Tag.credentials:
            renewCredentials()
            forget(credentials.renewals.descriptor.number, event)
        case _: while let signal = signals.next() { heard(signal) }
        }
    }

    /// A channel whose other end is gone would be told of in every turn.
    private mutating func forget(_ channel: CInt, _ event: Poller.Event) {
        if event.isBroken { core.poller.remove(channel) }
    }

    private mutating func driveReady() {
        // Those that become ready meanwhile have their turn next time.
        let now = ready
        ready.removeAll(keepingCapacity: true)
        for handle in now where clients.contains(handle) {
            drive(handle)
            // Opened, but not yet read.
            if clients.contains(handle), clients[handle].tls?.hasUnread ?? false,
                clients[handle].interest.contains(.readable)
            {
                clientReadable(handle)
            }
        }
    }

    private mutating func heard(_ signal: Signal) {
        switch signal {
        case .terminate, .interrupt: beginEnding()
        case .hangup, .user1, .user2, .child, .kill, .stop, .resume, .pipe: break
        }
    }

    /// Until something has to be done without an event: a held request looks at the board every
    /// 10 ms, whether or not anybody wakes it; and the board says that this worker runs.
    private var patience: Int {
        if !ready.isEmpty || !readyUpstreams.isEmpty || !desk.touched.isEmpty || isReleasing {
            return 0
        }
        for queue in queues where !queue.isEmpty { return 10 }
        if core.isEnding { return 10 }
        // A listener that waits for a descriptor or for room, and the deadlines.
        return core.wheel.count > 0 || !areListenersWatched || core.hasLines ? 64 : 1_000
    }

    // MARK: Deadlines

    private mutating func meetDeadlines() {
        var due = self.due
        core.wheel.advance(to: core.now, into: &due)
        for (handle, tick) in due {
            if handle.tag == Tag.client, clients.contains(handle) {
                meet(client: handle, tick)
            } else if handle.tag == Tag.upstream, upstreams.contains(handle) {
                meet(upstream: handle, tick)
            }
        }
        due.removeAll(keepingCapacity: true)
        self.due = due
    }

    private mutating func meet(client handle: Handle, _ tick: UInt64) {
        guard clients[handle].timer.tick == tick else { return }
        guard clients[handle].timer.deadline <= core.now else {
            return core.wheel.enter(&clients[handle].timer, handle)
        }
        clients[handle].timer.tick = .max
        clientTimedOut(handle)
    }

    private mutating func meet(upstream handle: Handle, _ tick: UInt64) {
        guard upstreams[handle].timer.tick == tick else { return }
        guard upstreams[handle].timer.deadline <= core.now else {
            return core.wheel.enter(&upstreams[handle].timer, handle)
        }
        upstreams[handle].timer.tick = .max
        upstreamTimedOut(handle)
    }
}
