public import Control

/// Why a deploy did not come to its switch.
public enum DeployCause: Hashable, Sendable {
    /// A check, the backup, the rehearsal or the snapshot said no.
    case refused
    /// Writes of the old color did not end in time.
    case drainTimedOut
    /// The hold's deadline passed.
    case holdEnded
    /// The command, or the start of the new version, took too long.
    case outOfTime
    /// A worker died with writes of the old color.
    case workerDied
    /// The command failed, was killed, or its command line fell silent.
    case commandFailed
    /// The decision could not be written.
    case journalFailed
    /// The old color serves but the journal may name the new one.
    case undoFailed

    /// Of an operation after which everything is as it was.
    var outcome: Outcome {
        switch self {
        case .refused, .commandFailed, .journalFailed: .refused
        case .drainTimedOut, .holdEnded, .outOfTime: .timedOut
        case .workerDied: .lost
        case .undoFailed: .failed
        }
    }
}

/// What has become of the service after a deploy that failed once its command had begun.
public enum Aftermath: Hashable, Sendable {
    /// The schema is what it was.
    case asBefore
    /// The database is again that of the drained moment, and nothing is lost.
    case restored
    /// The schema has changed, and the old color lives with it: it serves.
    case opened
    /// A person has to end it.
    case closed
}

/// How a deploy ended.
public enum DeployEnding: Hashable, Sendable {
    /// It came to its switch; what then was, the switch says.
    case switched(Ending)
    /// Before the command: nothing has changed.
    case stopped(DeployCause)
    /// After it.
    case failed(DeployCause, Aftermath)

    public var isSwitched: Bool {
        switch self {
        case .switched(let ending): ending.isSwitched
        case .stopped, .failed: false
        }
    }

    /// The operation's outcome, and with it the exit code. Lost requests come before all else.
    public func outcome(lost: Int) -> Outcome {
        if lost > 0 { return .lost }
        switch self {
        case .switched(let ending): return ending.outcome(lost: 0)
        case .stopped(let cause): return cause.outcome
        case .failed(let cause, let aftermath):
            switch aftermath {
            case .asBefore, .restored: return cause.outcome
            case .opened, .closed: return .failed
            }
        }
    }
}

extension Ending {
    /// Why a switch within a deploy did not come about; nil where the new color has served.
    var deployCause: DeployCause? {
        switch self {
        case .switched, .watchEnded, .rolledBack, .stranded: nil
        case .refused: .refused
        case .drainTimedOut: .drainTimedOut
        case .holdEnded: .holdEnded
        case .outOfTime: .outOfTime
        case .workerDied: .workerDied
        case .journalFailed: .journalFailed
        case .undoFailed: .undoFailed
        }
    }
}
