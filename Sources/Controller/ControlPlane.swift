internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Logging
internal import Settings

/// Everything that the API speaks of.
struct ControlPlane: Sendable {
    let settings: Settings
    let book: CertificateBook
    let reloads: ReloadDesk
    let version: String
    let board: Board
    let services: [ServiceControl]
    let workers: WorkerLinks
    let journal: JournalKeeper
    let hub: EventHub
    let counts: OperationCounts
    let supervisor: SupervisorLink
    let started: Timestamp

    func service(_ name: String) throws(Problem) -> ServiceControl {
        guard let (index, _) = settings.service(name) else {
            let known = settings.services.map(\.name).joined(separator: ", ")
            throw Problem(
                .unknownService,
                name.isEmpty ? "found a service without a name" : "there is no service \(name)",
                hint: "there are: \(known)")
        }
        return services[index]
    }

    /// `lookAge`: how old the last look at a database may be, in nanoseconds.
    func status(lookAge: UInt64 = Gatekeeper.cacheNanoseconds) async -> Status {
        var all: [ServiceStatus] = []
        for service in services { all.append(await service.status(lookAge: lookAge)) }
        return Status(
            version: version, services: all, workers: workerStatus,
            controller: ControllerStatus(pid: ThisProcess.identifier, started: started),
            certificates: book.certificates)
    }

    /// One that goes on, or one of the journal.
    func operation(_ identifier: String) async throws(Problem) -> HistoryEntry {
        guard var entry = await journal.state().operation(identifier) else {
            throw Problem(.unknownOperation, "there is no operation \(identifier)")
        }
        for service in services {
            if let events = await service.events(of: identifier) { entry.events = events }
        }
        return entry
    }

    /// Who runs the command of a deploy says how it is.
    func lease(
        _ identifier: String, _ body: LeaseBody, by peer: Peer
    ) async throws(Problem) -> LeaseAnswer {
        for service in services {
            guard let lease = await service.lease(of: identifier) else { continue }
            return LeaseAnswer(operation: identifier, state: await lease.said(body, peer: peer.pid))
        }
        guard let entry = await journal.state().operation(identifier), entry.kind == .deploy
        else {
            throw Problem(.unknownOperation, "there is no deploy \(identifier)")
        }
        return LeaseAnswer(operation: identifier, state: .over)
    }

    /// Whether a worker takes connections: one that has stood still does not.
    var isAccepting: Bool {
        let now = Instant.now
        return (0..<board.shape.slots).contains {
            let slot = board.slot($0)
            return slot.stage == .accepting && !slot.isStalled(at: now)
        }
    }

    private var workerStatus: [WorkerStatus] {
        let now = Instant.now
        return (0..<board.shape.slots).compactMap { index in
            let slot = board.slot(index)
            guard slot.stage != .free else { return nil }
            return WorkerStatus(
                id: index, pid: slot.pid, generation: Int(slot.generation),
                stage: slot.isStalled(at: now) ? "stalled" : Self.name(slot.stage),
                connections: slot.connections)
        }
    }

    private static func name(_ stage: SlotStage) -> String {
        switch stage {
        case .free: "free"
        case .starting: "starting"
        case .accepting: "accepting"
        case .draining: "draining"
        }
    }
}
