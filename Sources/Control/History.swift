public import Board

/// The answer to `GET /v1/history`, newest first; `?service=S` and `?limit=N` narrow it.
public struct HistoryAnswer: Codable, Hashable, Sendable {
    public var operations: [HistoryEntry]

    public init(operations: [HistoryEntry]) { self.operations = operations }
}

/// One operation of the journal; with its events the answer to `GET /v1/operations/ID`.
public struct HistoryEntry: Codable, Hashable, Sendable {
    /// A ULID.
    public var operation: String
    public var service: String
    public var kind: OperationKind
    public var from: Color
    public var to: Color
    /// nil for a hold by hand.
    public var mode: SwitchMode?
    public var started: Timestamp
    /// nil while it goes on.
    public var ended: Timestamp?
    public var outcome: Outcome?
    /// The last event's message.
    public var message: String
    public var by: Peer
    /// The checks that were overridden.
    public var overrides: [CheckName]
    /// The findings of `schema` that were accepted; nil where none were.
    public var accepts: [String]?
    /// What was run; nil where the kernel did not tell.
    public var command: String?
    public var report: Report?
    /// Only in the answer for one operation.
    public var events: [Event]?

    public init(
        operation: String, service: String, kind: OperationKind, from: Color, to: Color,
        mode: SwitchMode?, started: Timestamp, ended: Timestamp?, outcome: Outcome?,
        message: String, by: Peer, overrides: [CheckName], report: Report?,
        events: [Event]? = nil, accepts: [String]? = nil, command: String? = nil
    ) {
        self.operation = operation
        self.service = service
        self.kind = kind
        self.from = from
        self.to = to
        self.mode = mode
        self.started = started
        self.ended = ended
        self.outcome = outcome
        self.message = message
        self.by = by
        self.overrides = overrides
        self.report = report
        self.events = events
        self.accepts = accepts
        self.command = command
    }
}

extension HistoryEntry {
    /// `switch blue to green`, `backup of the database`; a hold by hand goes nowhere.
    public var what: String {
        switch kind {
        case .switch, .rollback, .deploy: "\(kind.rawValue) \(from.name) to \(to.name)"
        case .backup, .verify, .restore, .drill, .optimize, .unlock, .rehearse:
            "\(kind.rawValue) of the database"
        case .hold, .release, .maintenance: "\(kind.rawValue), \(to.name) serves"
        }
    }
}
