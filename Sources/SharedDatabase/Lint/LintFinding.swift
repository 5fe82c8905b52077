public import Control

/// What statements are tried, and for how long.
public struct LintOrder: Codable, Hashable, Sendable {
    public var sql: String
    public var milliseconds: Int

    /// Longest that statements run: the command line waits half a minute for the whole answer.
    public static let millisecondsMax = 20_000

    public init(sql: String, milliseconds: Int = millisecondsMax) {
        self.sql = sql
        self.milliseconds = min(max(1, milliseconds), Self.millisecondsMax)
    }
}

/// What the statements did to the copy.
public struct LintFinding: Codable, Hashable, Sendable {
    public var copy: LintAnswer.Copy
    public var statements: Int
    /// The first hundred, the worst first.
    public var findings: [SchemaFinding]
    /// How many there are in all.
    public var count: Int
    public var problem: LintProblem?

    public static let findingsMax = 100
}
