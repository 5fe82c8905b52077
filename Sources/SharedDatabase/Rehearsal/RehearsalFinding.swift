/// How long the new version may take, and for whom it is tried.
public struct RehearsalOrder: Codable, Hashable, Sendable {
    public var service: String
    public var milliseconds: Int
    /// The tool that the configuration names; nil: found by itself.
    public var tool: String?

    /// Nobody waits longer for a deploy.
    public static let millisecondsMax = 3_600_000

    public init(service: String, milliseconds: Int, tool: String?) {
        self.service = service
        self.milliseconds = min(max(1, milliseconds), Self.millisecondsMax)
        self.tool = tool
    }
}

/// What the new version did to the clone, and what that does to code of the schema before.
public struct RehearsalFinding: Codable, Hashable, Sendable {
    /// The database before and after.
    public var before: DatabaseFacts
    public var after: DatabaseFacts
    /// The first hundred, the worst first; all three layers together.
    public var findings: [SchemaFinding]
    public var count: Int
    /// How long the program took.
    public var milliseconds: Int
    /// Tables whose older statements were tried, and rows of them.
    public var tablesTried: Int
    public var rowsTried: Int

    public static let findingsMax = 100
}
