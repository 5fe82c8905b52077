public import Control

/// How a plan ended, and why.
public enum Ending: Hashable, Sendable {
    /// The new color serves; so many requests of the old one were still in flight when the wait
    /// for them ended.
    case switched(leftBehind: Int)
    /// The new color serves, and an operator who wants it back has ended the watch.
    case watchEnded
    /// The watch failed, and the old color serves again.
    case rolledBack
    /// The watch failed, and there was no way back: the new color still serves.
    case stranded
    /// A check said no.
    case refused
    /// The old color's requests did not end in time.
    case drainTimedOut
    /// The hold's deadline passed before the switch.
    case holdEnded
    /// The time for the whole operation was over before the decision.
    case outOfTime
    /// A worker died with requests of the old color.
    case workerDied
    /// The decision could not be written.
    case journalFailed
    /// The old color serves but the journal may name the new one.
    case undoFailed

    /// Whether the color that the plan goes to serves.
    public var isSwitched: Bool {
        switch self {
        case .switched, .watchEnded, .stranded: true
        case .rolledBack, .refused, .drainTimedOut, .holdEnded, .outOfTime, .workerDied,
            .journalFailed, .undoFailed:
            false
        }
    }

    /// The operation's outcome, and with it the exit code. Lost requests come before all else.
    public func outcome(lost: Int) -> Outcome {
        if lost > 0 { return .lost }
        switch self {
        case .switched, .watchEnded: return .done
        case .rolledBack: return .rolledBack
        case .refused, .journalFailed: return .refused
        case .drainTimedOut, .holdEnded, .outOfTime: return .timedOut
        case .workerDied: return .lost
        case .undoFailed, .stranded: return .failed
        }
    }
}
