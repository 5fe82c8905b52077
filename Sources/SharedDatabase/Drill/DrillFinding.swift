public import Control

/// Which backup is put to the test.
public struct DrillOrder: Codable, Hashable, Sendable {
    public var service: String
    /// What the color that serves states, for the gate.
    public var gate: GateRequest

    public init(service: String, gate: GateRequest) {
        self.service = service
        self.gate = gate
    }
}

/// What came of it.
public struct DrillFinding: Codable, Hashable, Sendable {
    public var file: String
    /// When the state that it holds was pinned; nil without a manifest.
    public var created: Timestamp?
    public var bytes: Int
    /// Copying it to the place of the live database, and making it safe there.
    public var restoreMilliseconds: Int
    /// Everything, checks included.
    public var milliseconds: Int
    /// Each in one sentence; empty where it could be relied on.
    public var problems: [String]
    /// What the gate would say to the color that serves now.
    public var judgement: GateJudgement?
}
