/// How an operation ended: the word of its last event.
public enum Outcome: String, Codable, CaseIterable, Hashable, Sendable {
    /// Everything was done and nothing was lost.
    case done
    /// A check, a file or a state refused it; nothing changed.
    case refused
    /// It ran out of time; everything is back as it was, nothing lost.
    case timedOut = "timed_out"
    /// The watch after the switch failed, the color before serves again.
    case rolledBack = "rolled_back"
    /// Requests were lost, whatever else happened.
    case lost
    /// Another operation holds the service.
    case busy
    /// Failed in a way that nobody foresaw, or in a state that a person must end.
    case failed

    public var exit: Exit {
        switch self {
        case .done: .done
        case .refused: .refused
        case .timedOut: .timedOut
        case .rolledBack: .rolledBack
        case .lost: .lost
        case .busy: .busy
        case .failed: .failed
        }
    }
}

/// What the command line's exit code says.
public enum Exit: Int32, CaseIterable, Hashable, Sendable {
    /// Done, nothing lost; also a switch to the color that is active already.
    case done = 0
    case failed = 1
    case refused = 3
    case timedOut = 4
    case rolledBack = 5
    case lost = 6
    case busy = 7
    /// Wrong usage, an unknown service or color included (sysexits: EX_USAGE).
    case usage = 64
    /// No controller answers at the socket (EX_UNAVAILABLE).
    case unavailable = 69
    /// EX_NOPERM.
    case notPermitted = 77
    /// The configuration is not valid (EX_CONFIG).
    case configuration = 78
}
