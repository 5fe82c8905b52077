/// What a deploy holds while its command runs.
public enum DeployHold: String, Word {
    /// Reads go on while a migration runs.
    case writes
    case all
    case none
}

/// The body of `deploy`: everything of `switch`, and what goes around the command.
///
/// The command is run by whoever asks, never by the controller. Once the event `command started`
/// has come, it may be run; from then on the client says every second at `Route.lease` that it is
/// there, and in the end how the command ended. Five silent seconds are a failed command. The
/// answer `over` tells it to end the command: nobody waits for it any more.
public struct DeployBody: RequestBody, Hashable {
    /// `timeout` is that of the command and the start behind it here; `hold_timeout` that of the
    /// whole hold.
    public var options: SwitchBody
    /// nil: as the service's settings say.
    public var hold: DeployHold?
    public var rehearse: Bool?
    /// For the journal: what will be run.
    public var command: [String]

    public init(
        _ options: SwitchBody, hold: DeployHold?, rehearse: Bool?, command: [String]
    ) {
        self.options = options
        self.hold = hold
        self.rehearse = rehearse
        self.command = command
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case hold, rehearse, command }

    public init(from decoder: any Decoder) throws {
        options = try SwitchBody(from: decoder)
        let members = try decoder.container(keyedBy: CodingKeys.self)
        hold = try members.decodeIfPresent(DeployHold.self, forKey: .hold)
        rehearse = try members.decodeIfPresent(Bool.self, forKey: .rehearse)
        command = try members.decodeIfPresent([String].self, forKey: .command) ?? []
    }

    public func encode(to encoder: any Encoder) throws {
        try options.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encodeIfPresent(hold, forKey: .hold)
        try members.encodeIfPresent(rehearse, forKey: .rehearse)
        try members.encode(command, forKey: .command)
    }

    public static var fields: [String] {
        SwitchBody.fields + CodingKeys.allCases.map(\.rawValue)
    }
}

/// What the client of a deploy says of its command.
public struct LeaseBody: RequestBody, Hashable {
    public enum State: String, Codable, CaseIterable, Hashable, Sendable {
        case running
        /// With `code` or `signal`; with neither, `reason` says why it never began, or, with `pid`,
        /// why it was ended.
        case ended
    }

    public var state: State
    /// Of the command; the controller sees by it when the command is gone although nobody says so.
    public var pid: Int32?
    /// The process that says so, by its own count: where the kernel tells the controller another
    /// number, `pid` means another process there too, and is not looked at.
    public var client: Int32?
    /// Its exit code.
    public var code: Int32?
    public var signal: Int32?
    public var reason: String?

    public init(_ state: State, pid: Int32? = nil) {
        self.state = state
        self.pid = pid
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case state, pid, client, code, signal, reason
    }

    public static var fields: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// The answer to a `LeaseBody`.
public struct LeaseAnswer: Codable, Hashable, Sendable {
    public enum State: String, Codable, CaseIterable, Hashable, Sendable {
        case running
        /// Nobody waits for the command any more: end it.
        case over
    }

    public var operation: String
    public var state: State

    public init(operation: String, state: State) {
        self.operation = operation
        self.state = state
    }
}
