public import Board

/// The answer to `GET /v1/status`.
public struct Status: Codable, Hashable, Sendable {
    public var version: String
    public var services: [ServiceStatus]
    public var workers: [WorkerStatus]
    public var controller: ControllerStatus
    /// In the order of the configuration; nil from a controller that does not know of them.
    public var certificates: [CertificateStatus]?

    public init(
        version: String, services: [ServiceStatus], workers: [WorkerStatus],
        controller: ControllerStatus, certificates: [CertificateStatus]? = nil
    ) {
        self.version = version
        self.services = services
        self.workers = workers
        self.controller = controller
        self.certificates = certificates
    }
}

/// One service; also the answer to `GET /v1/services/S`.
public struct ServiceStatus: Hashable, Sendable {
    public var name: String
    public var active: Color
    public var phase: Phase
    /// When the phase ends by itself; nil while open.
    public var phaseEnds: Timestamp?
    /// What clients read during a maintenance, where somebody has said it.
    public var notice: String?
    public var epoch: UInt64
    /// The one that holds the lock now.
    public var operation: OperationStatus?
    /// One or two, blue first.
    public var colors: [ColorStatus]
    /// Requests that wait.
    public var held: Int
    /// nil where none is configured.
    public var database: DatabaseStatus?
    public var rollback: RollbackAdvice

    public init(
        name: String, active: Color, phase: Phase, phaseEnds: Timestamp? = nil,
        notice: String? = nil, epoch: UInt64,
        operation: OperationStatus? = nil, colors: [ColorStatus], held: Int,
        database: DatabaseStatus? = nil, rollback: RollbackAdvice
    ) {
        self.name = name
        self.active = active
        self.phase = phase
        self.phaseEnds = phaseEnds
        self.notice = notice
        self.epoch = epoch
        self.operation = operation
        self.colors = colors
        self.held = held
        self.database = database
        self.rollback = rollback
    }
}

extension ServiceStatus: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, active, phase, notice, epoch, operation, colors, held, database, rollback
        case phaseEnds = "phase_ends"
    }

    /// Written by hand for one reason: `"operation": null` is said, not left out.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(name, forKey: .name)
        try members.encode(active, forKey: .active)
        try members.encode(phase, forKey: .phase)
        try members.encodeIfPresent(phaseEnds, forKey: .phaseEnds)
        try members.encodeIfPresent(notice, forKey: .notice)
        try members.encode(epoch, forKey: .epoch)
        try members.encode(operation, forKey: .operation)
        try members.encode(colors, forKey: .colors)
        try members.encode(held, forKey: .held)
        try members.encodeIfPresent(database, forKey: .database)
        try members.encode(rollback, forKey: .rollback)
    }
}

/// An operation that goes on now.
public struct OperationStatus: Codable, Hashable, Sendable {
    /// A ULID.
    public var id: String
    public var kind: OperationKind
    public var to: Color?
    public var step: Step
    /// When the operation began.
    public var since: Timestamp
    public var by: Peer

    public init(
        id: String, kind: OperationKind, to: Color?, step: Step, since: Timestamp, by: Peer
    ) {
        self.id = id
        self.kind = kind
        self.to = to
        self.step = step
        self.since = since
        self.by = by
    }
}

/// Who asked for something, read from the control socket (SO_PEERCRED), never stated by them.
public struct Peer: Codable, Hashable, Sendable {
    public var uid: UInt32
    public var pid: Int32
    /// The user's name; nil where the system knows none.
    public var user: String?

    public init(uid: UInt32, pid: Int32, user: String?) {
        self.uid = uid
        self.pid = pid
        self.user = user
    }
}

/// One worker process.
public struct WorkerStatus: Codable, Hashable, Sendable {
    /// Its slot on the board.
    public var id: Int
    public var pid: Int32
    /// Which configuration or executable it was started with; the newest accepts.
    public var generation: Int
    /// `starting`, `accepting` or `draining`.
    public var stage: String
    public var connections: Int

    public init(id: Int, pid: Int32, generation: Int, stage: String, connections: Int) {
        self.id = id
        self.pid = pid
        self.generation = generation
        self.stage = stage
        self.connections = connections
    }
}

public struct ControllerStatus: Codable, Hashable, Sendable {
    public var pid: Int32
    public var started: Timestamp

    public init(pid: Int32, started: Timestamp) {
        self.pid = pid
        self.started = started
    }
}
