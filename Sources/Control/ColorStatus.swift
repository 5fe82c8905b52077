public import Board

/// One color of a service.
public struct ColorStatus: Hashable, Sendable {
    public var name: Color
    /// At least one target is healthy.
    public var healthy: Bool
    public var targets: [TargetStatus]
    public var inFlight: Int
    /// WebSocket and SSE.
    public var streams: Int
    /// The latest migration that its targets state; nil where they are not asked or say nothing.
    public var expects: String?

    public init(
        name: Color, healthy: Bool, targets: [TargetStatus], inFlight: Int, streams: Int,
        expects: String?
    ) {
        self.name = name
        self.healthy = healthy
        self.targets = targets
        self.inFlight = inFlight
        self.streams = streams
        self.expects = expects
    }
}

extension ColorStatus: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, healthy, targets, streams, expects
        case inFlight = "in_flight"
    }
}

/// One address of a color.
public struct TargetStatus: Hashable, Sendable {
    public var address: String
    public var healthy: Bool
    /// nil before the first probe is done.
    public var lastCheck: ProbeReport?

    public init(address: String, healthy: Bool, lastCheck: ProbeReport?) {
        self.address = address
        self.healthy = healthy
        self.lastCheck = lastCheck
    }
}

extension TargetStatus: Codable {
    private enum CodingKeys: String, CodingKey {
        case address, healthy
        case lastCheck = "last_check"
    }
}

/// What the last probe of a target saw.
public struct ProbeReport: Hashable, Sendable {
    public var time: Timestamp
    public var passed: Bool
    /// The answer's status code; nil where none came.
    public var status: Int?
    /// What happened, for a person: `200 in 3 ms`, `connection refused`.
    public var message: String
    public var milliseconds: Double

    public init(
        time: Timestamp, passed: Bool, status: Int?, message: String, milliseconds: Double
    ) {
        self.time = time
        self.passed = passed
        self.status = status
        self.message = message
        self.milliseconds = milliseconds
    }
}

extension ProbeReport: Codable {
    private enum CodingKeys: String, CodingKey {
        case time, passed, status, message
        case milliseconds = "took_ms"
    }
}

/// The shared database as `status` shows it.
public struct DatabaseStatus: Codable, Hashable, Sendable {
    /// The file.
    public var path: String
    /// nil where none were found or the file cannot be read.
    public var migrations: MigrationStatus?
    /// Of the whole file, without the WAL.
    public var bytes: Int?
    /// Why nothing can be said; nil where all is well.
    public var problem: String?
    /// What may be seen to later; nil where there is nothing.
    public var warnings: [DatabaseWarning]?
    /// Whether targets state what they expect; false: the gate looks at the database alone.
    public var asksTargets: Bool?

    public init(path: String, migrations: MigrationStatus?, bytes: Int?, problem: String?) {
        self.path = path
        self.migrations = migrations
        self.bytes = bytes
        self.problem = problem
    }

    private enum CodingKeys: String, CodingKey {
        case path, migrations, bytes, problem, warnings
        case asksTargets = "asks_targets"
    }
}

/// What the history table says.
public struct MigrationStatus: Codable, Hashable, Sendable {
    /// Whose table it is: `efcore`.
    public var tool: String
    /// nil while none is applied.
    public var latest: String?
    public var count: Int

    public init(tool: String, latest: String?, count: Int) {
        self.tool = tool
        self.latest = latest
        self.count = count
    }
}
