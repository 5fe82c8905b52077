internal import Board
internal import Control
internal import Health
internal import Kernel
internal import Logging
internal import Settings
internal import TLS

/// The targets of one color: where they are, how they are, and what they state.
///
/// Names are resolved at the start, every two seconds, and when a worker could not connect; every
/// address is probed for as long as it belongs to a target. What workers need of it stands on the
/// board, and is written anew whenever it changes.
actor ColorTargets {
    static let resolveInterval = Duration.seconds(2)
    /// How often it is looked whether a connection failed.
    static let lookInterval = Duration.milliseconds(100)
    /// Between the probes of a target of which nothing is known yet.
    static let firstInterval = Duration.milliseconds(100)
    /// How long the start waits for names before the service goes on without them.
    static let firstResolve = Duration.seconds(1)

    /// One address of one configured target.
    struct Place: Hashable, Sendable {
        let target: TargetAddress
        let address: SocketAddress
    }

    private struct Watched {
        var verdict: TargetVerdict
        var last: Seen?
        /// Probes of one target never overlap.
        var probe: Task<ProbeAnswer, Never>?
        var loop: Task<Void, Never>?
    }

    /// What the last probe saw, and when.
    struct Seen: Hashable, Sendable {
        let answer: ProbeAnswer
        let time: Timestamp
        /// What it states, read once.
        let statement: TargetStatement
    }

    let color: Color
    private let index: Int
    private let service: ServiceSettings
    private let targets: [TargetAddress]
    private let board: Board
    private let book: CertificateBook
    private let logger: Logger
    private var addresses: [TargetAddress: [SocketAddress]] = [:]
    /// Why a name is not known now; the addresses of before stay.
    private var unresolved: [TargetAddress: (reason: String, time: Timestamp)] = [:]
    private var tried: Set<TargetAddress> = []
    private var watched: [Place: Watched] = [:]
    /// nil where the targets themselves are asked what they expect.
    private let outside: OutsideStatement?
    private var outsideStated: StatedMigrations?

    init(
        _ settings: ColorSettings, color: Color, of service: ServiceSettings, index: Int,
        board: Board, book: CertificateBook, logger: Logger
    ) {
        self.color = color
        self.index = index
        self.service = service
        self.board = board
        self.book = book
        self.logger = logger
        outside = OutsideStatement(
            service.database?.expect, service: service.name, color: color)
        var targets: [TargetAddress] = []
        for target in settings.targets where !targets.contains(target) { targets.append(target) }
        self.targets = targets
    }

    /// Publishes what is known without asking anybody, and begins to probe it.
    func start() {
        takeOver()
        publish()
    }

    /// Follows names and targets until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for target in targets {
                guard case .name(let name, let port) = target.endpoint else { continue }
                group.addTask { await self.follow(name, port, of: target) }
            }
        }
        while !Task.isCancelled {
            await readOutside()
            await sleep(outside == nil ? .seconds(3_600) : OutsideStatement.interval)
        }
        for place in watched.values { place.loop?.cancel() }
    }

    /// Returns when every name was tried, or a second is over: one that hangs is waited for no
    /// longer.
    func waitForNames() async {
        let end = ContinuousClock.now + Self.firstResolve
        while tried.count < named.count, ContinuousClock.now < end {
            await sleep(Self.lookInterval)
        }
    }

    private var named: [TargetAddress] {
        targets.filter { if case .name = $0.endpoint { true } else { false } }
    }

    // MARK: Where they are

    /// A board that lives has what the controller before this one knew.
    private func takeOver() {
        let before = board.targets(service: index, color: color).map(\.address)
        for target in targets {
            switch target.endpoint {
            case .address(let address): addresses[target] = [address]
            case .name(_, let port):
                let known = before.filter { $0.port == port && !isLiteral($0) }
                if !known.isEmpty { addresses[target] = known }
            }
        }
        watchPlaces()
    }

    private func isLiteral(_ address: SocketAddress) -> Bool {
        targets.contains { $0.endpoint == .address(address) }
    }

    private func follow(_ name: String, _ port: UInt16, of target: TargetAddress) async {
        while !Task.isCancelled {
            let failures = board.connectFailures
            let result = await OwnThread.run {
                Result { () throws(ResolverError) in
                    try Resolver.addresses("controller.resolve", of: name, port: port)
                }
            }
            resolved(target, result)
            let next = ContinuousClock.now + Self.resolveInterval
            repeat {
                await sleep(Self.lookInterval)
            } while !Task.isCancelled && ContinuousClock.now < next
                && board.connectFailures == failures
        }
    }

    private func resolved(
        _ target: TargetAddress, _ result: Result<[SocketAddress], ResolverError>
    ) {
        switch result {
        case .success(let found):
            if addresses[target].map({ Set($0) != Set(found) }) ?? true {
                let list = found.map(\.description).joined(separator: ", ")
                logger.info("\(service.name) \(color.name): \(target) is at \(list)")
                addresses[target] = found
            }
            unresolved[target] = nil
        case .failure(let error):
            if unresolved[target]?.reason != error.reason {
                logger.warning("\(service.name) \(color.name): \(target): \(error.reason)")
            }
            unresolved[target] = (error.reason, .now)
        }
        tried.insert(target)
        watchPlaces()
        publish()
    }

    private var places: [Place] {
        var places: [Place] = []
        for target in targets {
            for address in addresses[target] ?? [] {
                let place = Place(target: target, address: address)
                if !places.contains(where: { $0.address == address }) { places.append(place) }
            }
        }
        return Array(places.prefix(BoardShape.targetsMax))
    }

    /// Begins to probe what is new, ends the probes of what left.
    private func watchPlaces() {
        let present = places
        for (place, gone) in watched where !present.contains(place) {
            gone.loop?.cancel()
            watched[place] = nil
        }
        let before = board.targets(service: index, color: color)
        for place in present where watched[place] == nil {
            let wasHealthy = before.contains { $0.address == place.address && $0.isHealthy }
            watched[place] = Watched(
                verdict: TargetVerdict(
                    rise: service.health.rise, fall: service.health.fall,
                    state: wasHealthy ? .healthy : .unknown))
            watched[place]?.loop = Task { await self.follow(place) }
        }
    }

    private func publish() {
        let list = places.map {
            BoardTarget(
                address: $0.address, isTLS: $0.target.isTLS,
                origin: targets.firstIndex(of: $0.target) ?? 0,
                isHealthy: watched[$0]?.verdict.isHealthy ?? false)
        }
        board.publishTargets(list, service: index, color: color)
    }

    // MARK: How they are

    private func follow(_ place: Place) async {
        while !Task.isCancelled, watched[place] != nil {
            _ = await probe(place)
            let isUnknown = watched[place]?.verdict.state == .unknown
            await sleep(
                isUnknown
                    ? min(Self.firstInterval, service.health.interval.duration)
                    : service.health.interval.duration)
        }
    }

    /// Asks now, after the probe that may be under way. The verdict takes part in it.
    @discardableResult
    private func probe(_ place: Place) async -> ProbeAnswer {
        while let running = watched[place]?.probe { await end(of: running, at: place) }
        let request = ProbeRequest(
            service: service, target: place.target, address: place.address,
            client: place.target.isTLS ? book.client(of: index) : nil)
        let timeout = service.health.timeout.nanoseconds
        let task = Task {
            await OwnThread.run {
                Probe.run(request, deadline: .now.advanced(byNanoseconds: timeout))
            }
        }
        watched[place]?.probe = task
        await end(of: task, at: place)
        let answer = await task.value
        seen(answer, at: place)
        return answer
    }

    /// Whoever comes back from a wait first takes the probe away: the others would find it there
    /// for ever.
    private func end(of probe: Task<ProbeAnswer, Never>, at place: Place) async {
        _ = await probe.value
        if watched[place]?.probe == probe { watched[place]?.probe = nil }
    }

    private func seen(_ answer: ProbeAnswer, at place: Place) {
        guard var entry = watched[place] else { return }
        let before = entry.verdict.state
        if answer.isPassed { entry.verdict.passed() } else { entry.verdict.failed() }
        entry.last = Seen(
            answer: answer, time: .now,
            statement: TargetStatement(answer, expectation: service.database?.expect))
        watched[place] = entry
        guard entry.verdict.state != before else { return }
        let word = entry.verdict.isHealthy ? "healthy" : "unhealthy"
        logger.info(
            "\(service.name) \(color.name): \(place.address) is \(word): \(answer.message)")
        publish()
    }

    // MARK: What is asked of it

    /// Probes all targets anew, until their verdicts have had the chance to turn: a color that has
    /// just come up need not wait out `rise` intervals.
    ///
    /// `asksOutside`: files and commands too, which may take seconds; not inside a hold.
    func probeAll(asksOutside: Bool = true) async -> ColorHealth {
        let rounds = isAllHealthy ? 1 : service.health.rise
        for _ in 0..<rounds {
            await withTaskGroup(of: Void.self) { group in
                for place in places { group.addTask { await self.probe(place) } }
            }
        }
        if asksOutside { await readOutside() }
        return health
    }

    private func readOutside() async {
        if let outside { outsideStated = await outside.read() }
    }

    private var isAllHealthy: Bool {
        places.allSatisfy { watched[$0]?.verdict.isHealthy ?? false }
    }

    var health: ColorHealth {
        ColorHealth(
            color: color,
            targets: places.map { place in
                ColorHealth.Target(
                    address: place.address, configured: place.target,
                    isHealthy: watched[place]?.verdict.isHealthy ?? false,
                    last: watched[place]?.last)
            },
            unresolved: targets.compactMap { target in
                unresolved[target].map {
                    .init(target: target, reason: $0.reason, time: $0.time)
                }
            },
            expectation: service.database?.expect, outside: outsideStated)
    }
}

/// Sleeps, or returns early where the task is cancelled.
func sleep(_ duration: Duration) async {
    do {
        try await Task.sleep(for: duration)
    } catch {
        // Cancelled: whoever sleeps looks at that next.
    }
}
