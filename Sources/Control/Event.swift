public import Board

/// One line of an operation's answer, of `/v1/events` and of the journal.
public struct Event: Hashable, Sendable {
    public var time: Timestamp
    /// The operation's ULID; nil for what happens outside one (a hold by hand).
    public var operation: String?
    public var service: String
    /// Of the last event: the step that ended the operation.
    public var step: Step
    public var state: StepState
    /// One line for a person, without the step's name.
    public var message: String
    /// What differs from step to step: `checks` (a list of `Check`) in preflight and verify,
    /// `in_flight`, `held` and `requests` (a list of `InFlightRequest`) in hold and drain.
    public var details: [String: JSONValue]
    /// Only in an operation's last event.
    public var ending: Ending?

    /// What the last event adds.
    public struct Ending: Hashable, Sendable {
        public var outcome: Outcome
        /// Which color serves now.
        public var active: Color
        /// The epoch of the word that says so.
        public var epoch: UInt64
        public var report: Report

        public init(outcome: Outcome, active: Color, epoch: UInt64, report: Report) {
            self.outcome = outcome
            self.active = active
            self.epoch = epoch
            self.report = report
        }
    }

    public init(
        time: Timestamp, operation: String?, service: String, step: Step, state: StepState,
        message: String, details: [String: JSONValue] = [:], ending: Ending? = nil
    ) {
        self.time = time
        self.operation = operation
        self.service = service
        self.step = step
        self.state = state
        self.message = message
        self.details = details
        self.ending = ending
    }
}

extension Event: Codable {
    private enum CodingKeys: String, CodingKey {
        case time, operation, service, step, state, message, details
        case outcome, active, epoch, report
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        time = try members.decode(Timestamp.self, forKey: .time)
        operation = try members.decodeIfPresent(String.self, forKey: .operation)
        service = try members.decode(String.self, forKey: .service)
        step = try members.decode(Step.self, forKey: .step)
        state = try members.decode(StepState.self, forKey: .state)
        message = try members.decode(String.self, forKey: .message)
        details = try members.decodeIfPresent([String: JSONValue].self, forKey: .details) ?? [:]
        guard let outcome = try members.decodeIfPresent(Outcome.self, forKey: .outcome) else {
            ending = nil
            return
        }
        ending = Ending(
            outcome: outcome,
            active: try members.decode(Color.self, forKey: .active),
            epoch: try members.decode(UInt64.self, forKey: .epoch),
            report: try members.decode(Report.self, forKey: .report))
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(time, forKey: .time)
        try members.encodeIfPresent(operation, forKey: .operation)
        try members.encode(service, forKey: .service)
        try members.encode(step, forKey: .step)
        try members.encode(state, forKey: .state)
        try members.encode(message, forKey: .message)
        try members.encode(details, forKey: .details)
        guard let ending else { return }
        try members.encode(ending.outcome, forKey: .outcome)
        try members.encode(ending.active, forKey: .active)
        try members.encode(ending.epoch, forKey: .epoch)
        try members.encode(ending.report, forKey: .report)
    }
}
