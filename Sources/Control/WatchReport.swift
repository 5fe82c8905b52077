/// What the watch after a switch saw: the new color since the switch, and the old one in the same
/// time before it.
public struct WatchReport: Hashable, Sendable {
    /// One color in one stretch of time.
    public struct Figures: Hashable, Sendable {
        public var answers: Int
        /// 5xx of the app, resets, and what Bascule had to answer in the app's place.
        public var failures: Int
        /// Of the answers; 0 to 1.
        public var share: Double
        /// Of an answer, on average, in milliseconds; 0 without any.
        public var meanMilliseconds: Double

        public init(answers: Int, failures: Int, share: Double, meanMilliseconds: Double) {
            self.answers = answers
            self.failures = failures
            self.share = share
            self.meanMilliseconds = meanMilliseconds
        }
    }

    /// `quiet`, `failing`, `unhealthy`, or `ended` by an operator.
    public var verdict: String
    /// How long was watched, in milliseconds.
    public var milliseconds: Double
    public var before: Figures
    public var after: Figures

    public init(verdict: String, milliseconds: Double, before: Figures, after: Figures) {
        self.verdict = verdict
        self.milliseconds = milliseconds
        self.before = before
        self.after = after
    }
}

extension WatchReport: Codable {
    private enum CodingKeys: String, CodingKey {
        case verdict, before, after
        case milliseconds = "watch_ms"
    }
}

extension WatchReport.Figures: Codable {
    private enum CodingKeys: String, CodingKey {
        case answers, failures, share
        case meanMilliseconds = "mean_ms"
    }
}
