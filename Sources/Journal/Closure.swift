public import Board
internal import Control

/// What a service's door and database are left as in the middle of something.
extension JournalRecord {
    /// A service that stays closed to writes until its database fits again: it outlives the board.
    public struct Closure: Codable, Hashable, Sendable {
        public let isClosed: Bool
        /// Who served then: once the other color has served, it is over.
        public let active: Color

        public init(isClosed: Bool, active: Color) {
            self.isClosed = isClosed
            self.active = active
        }
    }

    /// A restore that may be committed from here on.
    public struct Restoring: Codable, Hashable, Sendable {
        /// What goes into the live database.
        public let file: String
        /// What the live database was.
        public let safety: String

        public init(file: String, safety: String) {
            self.file = file
            self.safety = safety
        }
    }
}

extension JournalRecord.Entry {
    /// What has become true whether or not it could be written: a later line brings it along.
    var isOwed: Bool {
        switch self {
        case .ended, .closure: true
        case .initial, .started, .decision, .undone, .corrected, .scheduled, .schema, .sighting,
            .certificate, .moment, .restoring, .maintained, .tally:
            false
        }
    }

    /// The same with another route; only what names one can.
    func with(_ route: JournalRecord.Route) -> Self {
        switch self {
        case .initial: .initial(route)
        case .decision: .decision(route)
        case .undone: .undone(route)
        case .corrected: .corrected(route)
        case .started, .ended, .scheduled, .schema, .sighting, .certificate, .moment, .restoring,
            .closure, .maintained, .tally:
            self
        }
    }
}

extension JournalRecord {
    /// Shorter and shorter tellings of the same, this one first. Only how an operation ended can be
    /// long, by its events: that it ended matters more than all of them.
    var tellings: [JournalRecord] {
        guard case .ended(let end) = entry else { return [self] }
        let steps = end.events.filter { $0.state != .progress }
        let bare = steps.map { event in
            var event = event
            event.details = [:]
            return event
        }
        return [self]
            + [steps, bare, []].map { events in
                JournalRecord(
                    time: time, service: service, operation: operation,
                    entry: .ended(
                        End(
                            outcome: end.outcome, message: end.message, report: end.report,
                            events: events)))
            }
    }
}
