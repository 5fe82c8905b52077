/// What a color answered in a stretch of time.
public struct AnswerCount: Hashable, Sendable {
    public let answers: Int
    /// 5xx of the app, resets in an answer, and what Bascule had to answer in the app's place.
    public let failures: Int

    public init(answers: Int, failures: Int) {
        self.answers = answers
        self.failures = failures
    }

    /// 0 to 1; 0 without any answer.
    public var share: Double { answers == 0 ? 0 : Double(failures) / Double(answers) }
}

/// What the watch sees of the new color at one moment.
public enum WatchVerdict: Hashable, Sendable {
    case quiet
    /// Its share of failures is above what is allowed.
    case failing
    /// None of its targets is healthy any more.
    case unhealthy
    /// An operator has asked for the color before.
    case ended

    /// Whether the way back is to be taken.
    public var isBad: Bool {
        switch self {
        case .failing, .unhealthy: true
        case .quiet, .ended: false
        }
    }
}

/// Compares the new color with the old one. Shares are compared, not numbers: traffic changes with
/// the hour, and a color that always failed a little is no reason to go back.
public struct WatchJudge: Hashable, Sendable {
    /// Fewer answers say nothing: one error in three would be 33 %.
    public static let answersMin = 20

    /// Of the old color, in the time before the switch.
    public let before: AnswerCount
    /// By how much the share may exceed that of the old color; 0 to 1.
    public let maxErrorRate: Double

    public init(before: AnswerCount, maxErrorRate: Double) {
        self.before = before
        self.maxErrorRate = maxErrorRate
    }

    /// `since`: of the new color, since the switch.
    public func verdict(_ since: AnswerCount, isHealthy: Bool) -> WatchVerdict {
        if !isHealthy { return .unhealthy }
        guard since.answers >= Self.answersMin else { return .quiet }
        return since.share > before.share + maxErrorRate + Self.rounding ? .failing : .quiet
    }

    /// 6 % and 1 % are less than 7 % as doubles. More than those lack, and less than one answer of
    /// any number that there may be.
    private static let rounding = 1e-12
}
