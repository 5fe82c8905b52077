public import Board

/// One change of the schema, and what it does to code of the color that last served before it.
public struct CheckFinding: Codable, Hashable, Sendable {
    /// Whose code meets the change.
    public var color: Color
    /// What `--accept` takes: `column-dropped:transactions.note`.
    public var id: String
    /// `safe`, `warn` or `break`.
    public var verdict: String
    /// What changed, and what that does.
    public var message: String
    /// How the same is done so that both versions live with it; nil where all is well.
    public var remedy: String?
    /// The operator has accepted it; nil where it was not asked for.
    public var accepted: Bool?

    public init(
        color: Color, id: String, verdict: String, message: String, remedy: String? = nil,
        accepted: Bool? = nil
    ) {
        self.color = color
        self.id = id
        self.verdict = verdict
        self.message = message
        self.remedy = remedy
        self.accepted = accepted
    }
}
