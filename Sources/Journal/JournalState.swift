public import Board
public import Control

/// What all lines of a journal say together.
public struct JournalState: Hashable, Sendable {
    /// Older operations are left out when the file is written anew.
    public static let operationsMax = 1_000

    /// By service: the last line that names an active color.
    private var routes: [String: JournalRecord] = [:]
    /// The last line about each schedule.
    private var schedules: [ScheduleKey: JournalRecord] = [:]
    /// By service: the first line that made a color active, at most one a color.
    private var served: [String: [JournalRecord]] = [:]
    /// By service: the last line about its maintenance.
    private var maintenances: [String: JournalRecord] = [:]
    /// By service: of the operations that are not kept any more.
    private var tallies: [String: JournalRecord] = [:]
    /// By service.
    private var schemas: [String: SchemaRecords] = [:]
    /// Oldest first.
    private var operations: [Operation] = []

    private struct ScheduleKey: Hashable, Sendable {
        let service: String
        let what: JournalRecord.Schedule.Task

        /// As in a file: one order.
        var text: String { service + " " + what.rawValue }
    }

    private struct Operation: Hashable, Sendable {
        let started: JournalRecord
        /// Of a deploy.
        var moment: JournalRecord?
        var ended: JournalRecord?

        func add(to tally: inout OperationTally) {
            guard case .started(let start) = started.entry, OperationTally.counts(start.kind),
                case .ended(let end) = ended?.entry
            else { return }
            tally.add(end.outcome, lost: end.report.lost)
        }
    }

    public init() {}

    /// Who serves by the last decision; nil for a service that the journal does not know.
    public func route(of service: String) -> JournalRecord.Route? {
        routes[service]?.entry.route
    }

    /// nil for a service without one.
    public func schedule(
        _ what: JournalRecord.Schedule.Task = .backup, of service: String
    ) -> JournalRecord.Schedule? {
        let key = ScheduleKey(service: service, what: what)
        guard case .scheduled(let schedule) = schedules[key]?.entry else { return nil }
        return schedule
    }

    /// When an operation of this kind last ended well; nil where none is known (any more).
    public func lastDone(_ kind: OperationKind, of service: String) -> Timestamp? {
        let found = operations.last { operation in
            guard operation.started.service == service,
                case .started(let start) = operation.started.entry, start.kind == kind,
                case .ended(let end) = operation.ended?.entry
            else { return false }
            return end.outcome == .done
        }
        return found?.ended?.time
    }

    /// What an operator has last said of maintenance; nil where nobody has.
    public func maintenance(of service: String) -> JournalRecord.Maintenance? {
        guard case .maintained(let maintenance) = maintenances[service]?.entry else { return nil }
        return maintenance
    }

    /// Of all switches and rollbacks that have ended, those that are not kept any more included.
    public func tally(of service: String) -> OperationTally {
        var tally = tallies[service]?.entry.tally ?? OperationTally()
        for operation in operations where operation.started.service == service {
            operation.add(to: &tally)
        }
        return tally
    }

    /// The operation whose line made the present color active; nil where none did.
    public func operationBehindRoute(of service: String) -> String? {
        routes[service]?.operation
    }

    /// The moment before the command of a deploy; nil where it was not reached.
    public func moment(of operation: String) -> DeployMoment? {
        let known = operations.last { $0.started.operation == operation }
        guard case .moment(let moment) = known?.moment?.entry else { return nil }
        return moment
    }

    /// The newest deploy of a service; nil where there was none.
    public func lastDeploy(of service: String) -> HistoryEntry? {
        operations.last {
            guard case .started(let start) = $0.started.entry else { return false }
            return $0.started.service == service && start.kind == .deploy
        }.flatMap { entry($0, withEvents: false) }
    }

    /// What is kept of a service's schema.
    public func schemas(of service: String) -> SchemaRecords {
        schemas[service] ?? SchemaRecords()
    }

    /// Whether a color has ever been the active one.
    public func hasServed(_ color: Color, of service: String) -> Bool {
        if served[service]?.contains(where: { $0.entry.route?.active == color }) == true {
            return true
        }
        // In journals that were written anew before `served` was kept, operations tell.
        return operations.contains { operation in
            guard operation.started.service == service,
                case .started(let start) = operation.started.entry
            else { return false }
            return start.from == color
        }
    }

    /// Operations that were started and of which no end is written, oldest first.
    public var unfinished: [HistoryEntry] {
        operations.filter { $0.ended == nil }.compactMap { entry($0, withEvents: false) }
    }

    /// Newest first.
    public func history(service: String?, limit: Int) -> [HistoryEntry] {
        operations.reversed().lazy
            .filter { service == nil || $0.started.service == service }
            .prefix(limit)
            .compactMap { entry($0, withEvents: false) }
    }

    /// One operation with its events; nil where it is not known (any more).
    public func operation(_ identifier: String) -> HistoryEntry? {
        operations.last { $0.started.operation == identifier }
            .flatMap { entry($0, withEvents: true) }
    }

    mutating func apply(_ record: JournalRecord) {
        switch record.entry {
        case .initial(let route), .decision(let route), .corrected(let route):
            routes[record.service] = record
            if !hasServed(route.active, of: record.service) {
                served[record.service, default: []].append(record)
            }
        case .undone(let route):
            routes[record.service] = record
            // The color that this operation decided for never served by it.
            served[record.service]?.removeAll {
                $0.operation == record.operation && record.operation != nil
                    && $0.entry.route?.active != route.active
            }
        case .scheduled(let schedule):
            schedules[ScheduleKey(service: record.service, what: schedule.what)] = record
        case .started:
            operations.append(Operation(started: record))
            if operations.count > Self.operationsMax { forget(operations.removeFirst()) }
        case .ended:
            guard
                let index = operations.lastIndex(where: {
                    $0.started.operation == record.operation
                })
            else { return }
            operations[index].ended = record
        case .moment:
            guard
                let index = operations.lastIndex(where: {
                    $0.started.operation == record.operation
                })
            else { return }
            operations[index].moment = record
        case .schema, .sighting, .certificate:
            schemas[record.service, default: SchemaRecords()].apply(record)
        case .maintained:
            maintenances[record.service] = record
        case .tally:
            tallies[record.service] = record
        }
    }

    private mutating func forget(_ operation: Operation) {
        let service = operation.started.service
        var tally = tallies[service]?.entry.tally ?? OperationTally()
        operation.add(to: &tally)
        tallies[service] = JournalRecord(
            time: operation.started.time, service: service, operation: nil, entry: .tally(tally))
    }

    /// The lines that say the same, for a new file.
    var records: [JournalRecord] {
        let history = operations.flatMap {
            [$0.started] + [$0.moment, $0.ended].compactMap { $0 }
        }
        let colors = served.keys.sorted().flatMap { served[$0] ?? [] }
        let seen = schemas.keys.sorted().flatMap { schemas[$0]?.records ?? [] }
        let last = [routes, maintenances, tallies].flatMap { lines in
            lines.keys.sorted().compactMap { lines[$0] }
        }
        let clocks = schedules.keys.sorted { $0.text < $1.text }.compactMap { schedules[$0] }
        return seen + history + colors + last + clocks
    }

    private func entry(_ operation: Operation, withEvents: Bool) -> HistoryEntry? {
        guard case .started(let start) = operation.started.entry,
            let identifier = operation.started.operation
        else { return nil }
        var entry = HistoryEntry(
            operation: identifier, service: operation.started.service, kind: start.kind,
            from: start.from, to: start.to, mode: start.mode, started: operation.started.time,
            ended: operation.ended?.time, outcome: nil, message: "", by: start.by,
            overrides: start.overrides, report: nil, accepts: start.accepts,
            command: start.command.isEmpty ? nil : start.command)
        if case .ended(let end) = operation.ended?.entry {
            entry.outcome = end.outcome
            entry.message = end.message
            entry.report = end.report
            entry.events = withEvents ? end.events : nil
        }
        return entry
    }
}
