public import Board
public import Control

/// One line of the journal.
public struct JournalRecord: Hashable, Sendable {
    /// What happened. Only what names an active color says who serves; the rest is history.
    public enum Entry: Hashable, Sendable {
        /// The service was not known to the journal: `initial` of the configuration counts.
        case initial(Route)
        case started(Start)
        /// Synced before the route is swapped to it.
        case decision(Route)
        /// A decision that did not come about.
        case undone(Route)
        /// The board of a living service said otherwise than the journal.
        case corrected(Route)
        case ended(End)
        /// What is known of the schedule of backups.
        case scheduled(Schedule)
        case schema(SchemaPiece)
        case sighting(Sighting)
        case certificate(Certificate)
        /// From here on the command of a deploy may have run.
        case moment(DeployMoment)
        case restoring(Restoring)
        case closure(Closure)
        /// What an operator has said of maintenance.
        case maintained(Maintenance)
        /// The operations that are too old to be kept.
        case tally(OperationTally)

        /// Who serves from this line on; nil for history.
        public var route: Route? {
            switch self {
            case .initial(let route), .decision(let route), .undone(let route),
                .corrected(let route):
                route
            case .started, .ended, .scheduled, .schema, .sighting, .certificate, .maintained,
                .tally, .moment, .restoring, .closure:
                nil
            }
        }
    }

    /// Who serves, and the epoch of the word that says so.
    public struct Route: Codable, Hashable, Sendable {
        public let active: Color
        public let epoch: UInt64

        public init(active: Color, epoch: UInt64) {
            self.active = active
            self.epoch = epoch
        }
    }

    /// What was asked for, and by whom.
    public struct Start: Codable, Hashable, Sendable {
        public let kind: OperationKind
        public let from: Color
        public let to: Color
        /// nil for a hold by hand.
        public let mode: SwitchMode?
        public let by: Peer
        /// The peer's program and arguments as the kernel shows them; empty where it does not.
        public let command: String
        public let overrides: [CheckName]
        /// Findings of `schema`, by ID; nil where none were accepted.
        public let accepts: [String]?

        public init(
            kind: OperationKind, from: Color, to: Color, mode: SwitchMode?, by: Peer,
            command: String, overrides: [CheckName], accepts: [String]? = nil
        ) {
            self.kind = kind
            self.from = from
            self.to = to
            self.mode = mode
            self.by = by
            self.command = command
            self.overrides = overrides
            self.accepts = accepts?.isEmpty == false ? accepts : nil
        }
    }

    /// How it ended.
    public struct End: Codable, Hashable, Sendable {
        public let outcome: Outcome
        public let message: String
        public let report: Report
        /// All steps, the last event included.
        public let events: [Event]

        public init(outcome: Outcome, message: String, report: Report, events: [Event]) {
            self.outcome = outcome
            self.message = message
            self.report = report
            self.events = events
        }
    }

    /// A schedule of backups or drills, and which of its times are done.
    public struct Schedule: Codable, Hashable, Sendable {
        /// What is done by it.
        public enum Task: String, Codable, Hashable, Sendable, CaseIterable {
            case backup
            case drill
        }

        /// As the configuration writes it: another text is another schedule.
        public let text: String
        /// When it was first known: earlier times are none that were missed.
        public let since: Timestamp
        /// When the last one by it was begun that came to be; nil before the first.
        public var last: Timestamp?
        /// nil for a backup, as journals of before had no drills.
        private let task: Task?

        public var what: Task { task ?? .backup }

        public init(
            _ what: Task = .backup, text: String, since: Timestamp, last: Timestamp?
        ) {
            task = what == .backup ? nil : what
            self.text = text
            self.since = since
            self.last = last
        }
    }

    /// Maintenance as it was turned on or off: it outlives the board.
    public struct Maintenance: Codable, Hashable, Sendable {
        public let isOn: Bool
        /// What clients are told; empty: nothing of one's own.
        public let message: String
        /// When it ends by itself; nil: not before it is turned off.
        public let ends: Timestamp?

        public init(isOn: Bool, message: String = "", ends: Timestamp? = nil) {
            self.isOn = isOn
            self.message = message
            self.ends = ends
        }
    }

    public static let currentVersion = 1

    public let time: Timestamp
    public let service: String
    /// A ULID; nil for what is part of no operation.
    public let operation: String?
    public let entry: Entry

    public init(time: Timestamp, service: String, operation: String?, entry: Entry) {
        self.time = time
        self.service = service
        self.operation = operation
        self.entry = entry
    }
}

extension JournalRecord: Codable {
    private enum Kind: String, Codable {
        case initial, started, decision, undone, corrected, ended, scheduled
        case schema, sighting, certificate, maintained, tally, moment, restoring, closure
    }

    private enum CodingKeys: String, CodingKey {
        case version, kind, time, service, operation, route, start, end, schedule
        case schema, sighting, certificate, maintenance, tally, moment, restoring, closure
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        let version = try members.decode(Int.self, forKey: .version)
        guard version == Self.currentVersion else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: members,
                debugDescription: "found version \(version), expected \(Self.currentVersion)")
        }
        time = try members.decode(Timestamp.self, forKey: .time)
        service = try members.decode(String.self, forKey: .service)
        operation = try members.decodeIfPresent(String.self, forKey: .operation)
        entry =
            switch try members.decode(Kind.self, forKey: .kind) {
            case .initial: .initial(try members.decode(Route.self, forKey: .route))
            case .decision: .decision(try members.decode(Route.self, forKey: .route))
            case .undone: .undone(try members.decode(Route.self, forKey: .route))
            case .corrected: .corrected(try members.decode(Route.self, forKey: .route))
            case .started: .started(try members.decode(Start.self, forKey: .start))
            case .ended: .ended(try members.decode(End.self, forKey: .end))
            case .scheduled: .scheduled(try members.decode(Schedule.self, forKey: .schedule))
            case .schema: .schema(try members.decode(SchemaPiece.self, forKey: .schema))
            case .sighting: .sighting(try members.decode(Sighting.self, forKey: .sighting))
            case .certificate:
                .certificate(try members.decode(Certificate.self, forKey: .certificate))
            case .moment: .moment(try members.decode(DeployMoment.self, forKey: .moment))
            case .restoring: .restoring(try members.decode(Restoring.self, forKey: .restoring))
            case .closure: .closure(try members.decode(Closure.self, forKey: .closure))
            case .maintained:
                .maintained(try members.decode(Maintenance.self, forKey: .maintenance))
            case .tally: .tally(try members.decode(OperationTally.self, forKey: .tally))
            }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(Self.currentVersion, forKey: .version)
        try members.encode(time, forKey: .time)
        try members.encode(service, forKey: .service)
        try members.encodeIfPresent(operation, forKey: .operation)
        try members.encode(kind, forKey: .kind)
        switch entry {
        case .initial(let route), .decision(let route), .undone(let route), .corrected(let route):
            try members.encode(route, forKey: .route)
        case .started(let start): try members.encode(start, forKey: .start)
        case .ended(let end): try members.encode(end, forKey: .end)
        case .scheduled(let schedule): try members.encode(schedule, forKey: .schedule)
        case .schema(let piece): try members.encode(piece, forKey: .schema)
        case .sighting(let sighting): try members.encode(sighting, forKey: .sighting)
        case .certificate(let certificate):
            try members.encode(certificate, forKey: .certificate)
        case .moment(let moment): try members.encode(moment, forKey: .moment)
        case .restoring(let restoring): try members.encode(restoring, forKey: .restoring)
        case .closure(let closure): try members.encode(closure, forKey: .closure)
        case .maintained(let maintenance): try members.encode(maintenance, forKey: .maintenance)
        case .tally(let tally): try members.encode(tally, forKey: .tally)
        }
    }

    private var kind: Kind {
        switch entry {
        case .initial: .initial
        case .started: .started
        case .decision: .decision
        case .undone: .undone
        case .corrected: .corrected
        case .ended: .ended
        case .scheduled: .scheduled
        case .schema: .schema
        case .sighting: .sighting
        case .certificate: .certificate
        case .moment: .moment
        case .restoring: .restoring
        case .closure: .closure
        case .maintained: .maintained
        case .tally: .tally
        }
    }
}
