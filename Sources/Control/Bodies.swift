public import Board

/// How a switch treats the two colors.
public enum SwitchMode: String, Word {
    /// Hold, drain, switch, release: never both colors at work.
    case handover
    /// Switch at once, then drain the old color.
    case overlap
}

/// What happens when the old color does not get quiet in time.
public enum DrainTimeoutAction: String, Word {
    /// Everything back as it was, exit 4.
    case back
    /// Go on: what is left finishes on the old color.
    case overlap
    /// End what is left; it counts as lost.
    case cut
}

/// What happens to WebSocket and SSE on the old color.
public enum StreamsAction: String, Word {
    /// They stay for `stream_grace`.
    case keep
    /// They end before the drain.
    case close
}

/// The body of `switch` and `rollback`: the command's flags by name. What is absent is taken from
/// the service's configuration.
public struct SwitchBody: RequestBody, Hashable {
    /// Required for `switch`, refused for `rollback`.
    public var to: Color?
    public var mode: SwitchMode?
    public var holdTimeout: TimeSpan?
    public var drainTimeout: TimeSpan?
    public var onDrainTimeout: DrainTimeoutAction?
    public var streams: StreamsAction?
    public var watch: TimeSpan?
    /// Of the whole operation.
    public var timeout: TimeSpan?
    public var noBackup: Bool?
    /// IDs of `schema` findings.
    public var accept: [String]?
    public var override: [CheckName]?
    /// Answer as soon as the operation has its lock.
    public var detach: Bool?
    /// `rollback` only.
    public var restoreDatabase: Bool?
    /// With `restore_database` only: say what would be lost, and do nothing.
    public var dryRun: Bool?

    public init(to: Color? = nil) { self.to = to }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case to, mode, streams, watch, timeout, accept, override, detach
        case holdTimeout = "hold_timeout"
        case drainTimeout = "drain_timeout"
        case onDrainTimeout = "on_drain_timeout"
        case noBackup = "no_backup"
        case restoreDatabase = "restore_database"
        case dryRun = "dry_run"
    }

    public static var fields: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// The body of `check`.
public struct CheckBody: RequestBody, Hashable {
    public var to: Color

    public init(to: Color) { self.to = to }

    public enum CodingKeys: String, CodingKey, CaseIterable { case to }

    public static var fields: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// The body of `hold`.
public struct HoldBody: RequestBody, Hashable {
    /// nil: `hold_timeout` of the service.
    public var duration: TimeSpan?

    public init(duration: TimeSpan? = nil) { self.duration = duration }

    public enum CodingKeys: String, CodingKey, CaseIterable { case duration = "for" }

    public static var fields: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// The body of `maintenance`.
public struct MaintenanceBody: RequestBody, Hashable {
    public var on: Bool
    /// What clients read; nil: a sentence of Bascule's.
    public var message: String?
    /// nil: until it is turned off.
    public var duration: TimeSpan?

    public init(on: Bool, message: String? = nil, duration: TimeSpan? = nil) {
        self.on = on
        self.message = message
        self.duration = duration
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case on, message
        case duration = "for"
    }

    public static var fields: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// A body without fields: `release`, `reload`, `upgrade`, `stop`.
public struct EmptyBody: RequestBody, Hashable {
    public init() {}

    public static var fields: [String] { [] }
}

/// The answer to `hold`, `release` and `maintenance`.
public struct PhaseAnswer: Hashable, Sendable {
    public var service: String
    public var active: Color
    public var phase: Phase
    public var epoch: UInt64
    /// When the hold ends by itself; nil after a release.
    public var phaseEnds: Timestamp?
    /// How many requests wait, or were let go.
    public var held: Int
    public var message: String

    public init(
        service: String, active: Color, phase: Phase, epoch: UInt64, phaseEnds: Timestamp?,
        held: Int, message: String
    ) {
        self.service = service
        self.active = active
        self.phase = phase
        self.epoch = epoch
        self.phaseEnds = phaseEnds
        self.held = held
        self.message = message
    }
}

extension PhaseAnswer: Codable {
    private enum CodingKeys: String, CodingKey {
        case service, active, phase, epoch, held, message
        case phaseEnds = "phase_ends"
    }
}

/// The answer to `reload`, `upgrade` and `stop`.
public struct MessageAnswer: Codable, Hashable, Sendable {
    public var message: String

    public init(message: String) { self.message = message }
}
