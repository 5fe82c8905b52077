public import Board
public import Control

/// What all lines of a journal say together.
public struct JournalState: Hashable, Sendable {
    /// Older operations are left out when the file is written anew.
    public static let operationsMax = 1_000

    /// By service: the last line that names an active color.
    private var routes: [String: JournalRecord] = [:]
    /// By service: the line before that, which counts again where that decision is undone.
    private var before: [String: JournalRecord] = [:]
    /// The last line about each schedule.
    private var schedules: [ScheduleKey: JournalRecord] = [:]
    /// By service: the first line that made a color active, at most one a color.
    private var served: [String: [JournalRecord]] = [:]
    /// By service: the last line about its maintenance.
    private var maintenances: [String: JournalRecord] = [:]
    /// By service: the last line about being closed to writes.
    private var closures: [String: JournalRecord] = [:]
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
        /// Of a restore.
        var restoring: JournalRecord?
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

    /// When an operation of this kind last did not end well, and what it said; nil where one has
    /// ended well since, or nothing is known (any more).
    public func lastFailure(
        _ kind: OperationKind, of service: String
    ) -> (time: Timestamp, message: String)? {
        for operation in operations.reversed() where operation.started.service == service {
            guard case .started(let start) = operation.started.entry, start.kind == kind,
                let record = operation.ended, case .ended(let end) = record.entry
            else { continue }
            return end.outcome == .done ? nil : (record.time, end.message)
        }
        return nil
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

    /// The newest operation of a service that could change who serves; nil where there was none.
    public func lastSwitch(of service: String) -> HistoryEntry? {
        operations.last {
            guard case .started(let start) = $0.started.entry else { return false }
            return $0.started.service == service
                && [.switch, .rollback, .deploy].contains(start.kind)
        }.flatMap { entry($0, withEvents: false) }
    }

    /// What is kept of a service's schema.
    public func schemas(of service: String) -> SchemaRecords {
        schemas[service] ?? SchemaRecords()
    }

    /// The restore that an operation may have committed; nil where it did not come so far.
    public func restoring(of operation: String) -> JournalRecord.Restoring? {
        let known = operations.last { $0.started.operation == operation }
        guard case .restoring(let restoring) = known?.restoring?.entry else { return nil }
        return restoring
    }

    /// The newest operation of a service; nil where there was none. Whatever began after another
    /// found the service free: only the newest can be in the middle of something.
    public func newest(of service: String) -> HistoryEntry? {
        operations.last { $0.started.service == service }
            .flatMap { entry($0, withEvents: false) }
    }

    /// Whether a decision of this operation stands.
    public func isDecided(by operation: String, of service: String) -> Bool {
        guard let route = routes[service], route.operation == operation else { return false }
        if case .undone = route.entry { return false }
        return true
    }

    /// Whether a service stays closed to writes.
    public func isClosed(_ service: String) -> Bool {
        guard case .closure(let closure) = closures[service]?.entry else { return false }
        return closure.isClosed && (route(of: service).map { $0.active == closure.active } ?? true)
    }

    /// Whether this operation has closed the service to writes, or opened it again; nil where it
    /// did neither, or another did so after it.
    public func hasClosed(_ operation: String, _ service: String) -> Bool? {
        guard let line = closures[service], line.operation == operation,
            case .closure(let closure) = line.entry
        else { return nil }
        return closure.isClosed
    }

    /// What has closed a service to writes; nil where it is not closed or nobody knows.
    public func closing(of service: String) -> HistoryEntry? {
        guard isClosed(service), let operation = closures[service]?.operation else { return nil }
        return self.operation(operation)
    }

    /// Operations whose backups may be needed to go back: that which made the present color active,
    /// and that which has left the service closed.
    public func needed(of service: String) -> [String] {
        let closing = isClosed(service) ? closures[service]?.operation : nil
        return [operationBehindRoute(of: service), closing].compactMap { $0 }
    }

    private func isServedKnown(_ color: Color, of service: String) -> Bool {
        served[service]?.contains { $0.entry.route?.active == color } == true
    }

    /// Whether a color has ever been the active one.
    public func hasServed(_ color: Color, of service: String) -> Bool {
        if isServedKnown(color, of: service) { return true }
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
        case .initial(let route), .decision(let route):
            decide(record, route)
        case .corrected(let route):
            if record.operation == nil { forgetUnmade(record.service, servedBy: route.active) }
            decide(record, route)
        case .undone(let route):
            undo(record, route)
            // The color that this operation decided for never served by it.
            served[record.service]?.removeAll {
                $0.operation == record.operation && record.operation != nil
                    && $0.entry.route?.active != route.active
            }
        case .scheduled(let schedule):
            schedules[ScheduleKey(service: record.service, what: schedule.what)] = record
        case .started(let start):
            // A person has opened it as it was.
            if start.kind == .release { closures[record.service] = nil }
            operations.append(Operation(started: record))
            if operations.count > Self.operationsMax { forget(operations.removeFirst()) }
        case .ended(let end):
            guard
                let index = operations.lastIndex(where: {
                    $0.started.operation == record.operation
                })
            else { return }
            operations[index].ended = record
            attest(record, end, of: operations[index].started)
        case .moment:
            guard
                let index = operations.lastIndex(where: {
                    $0.started.operation == record.operation
                })
            else { return }
            operations[index].moment = record
        case .restoring:
            guard
                let index = operations.lastIndex(where: {
                    $0.started.operation == record.operation
                })
            else { return }
            operations[index].restoring = record
        case .closure:
            closures[record.service] = record
        case .schema, .sighting, .certificate:
            schemas[record.service, default: SchemaRecords()].apply(record)
        case .maintained:
            maintenances[record.service] = record
        case .tally:
            tallies[record.service] = record
        }
    }

    private mutating func decide(_ record: JournalRecord, _ route: JournalRecord.Route) {
        let service = record.service
        // The other color has served since: what closed the service is over.
        if case .closure(let closure) = closures[service]?.entry,
            let known = self.route(of: service), known.active != closure.active
        {
            closures[service] = nil
        }
        before[service] = routes[service] ?? record
        routes[service] = record
        if !isServedKnown(route.active, of: service) {
            served[service, default: []].append(record)
        }
    }

    /// By a living board another color serves than the last decision says: it was written, and
    /// nothing was switched, so that its color has not served by it.
    private mutating func forgetUnmade(_ service: String, servedBy active: Color) {
        guard let last = routes[service], case .decision(let route) = last.entry,
            route.active != active
        else { return }
        served[service]?.removeAll { $0 == last }
    }

    /// What made the color active that serves on is what did before.
    private mutating func undo(_ record: JournalRecord, _ route: JournalRecord.Route) {
        let service = record.service
        routes[service] = record
        if let known = before[service], known.entry.route?.active == route.active {
            routes[service] = JournalRecord(
                time: record.time, service: service, operation: known.operation,
                entry: known.entry.with(route))
        }
        before[service] = routes[service]
    }

    /// An operation that has the service's lock says in its last event who serves. Where the lines
    /// before say otherwise, its own was damaged or could not be written: its end is the witness.
    private mutating func attest(
        _ record: JournalRecord, _ end: JournalRecord.End, of started: JournalRecord
    ) {
        guard case .started(let start) = started.entry, OperationTally.counts(start.kind),
            let told = end.events.last?.ending, let known = routes[record.service],
            known.entry.route?.active != told.active
        else { return }
        let route = JournalRecord.Route(active: told.active, epoch: told.epoch)
        // A decision of its own that did not come about; one that a failed watch took back did.
        let isUndone = known.operation == record.operation && told.outcome != .rolledBack
        apply(
            JournalRecord(
                time: record.time, service: record.service, operation: record.operation,
                entry: isUndone ? .undone(route) : .corrected(route)))
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
            [$0.started] + [$0.moment, $0.restoring, $0.ended].compactMap { $0 }
        }
        let colors = served.keys.sorted().flatMap { served[$0] ?? [] }
        let seen = schemas.keys.sorted().flatMap { schemas[$0]?.records ?? [] }
        let last = [before, routes, maintenances, closures, tallies].flatMap { lines in
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
