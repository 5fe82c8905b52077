public import Control

/// What an operator asked of a deploy, with the settings filled in.
public struct DeployTerms: Hashable, Sendable {
    public var hold: DeployHold
    /// From the hold to the switch: longest that writes wait. Without a hold it bounds nothing.
    public var holdTimeout: Duration
    /// For the writes in flight when the hold begins.
    public var drainTimeout: Duration
    /// For the command, and the start of the new version behind it.
    public var commandTimeout: Duration
    /// A copy of the database is made before the hold.
    public var backsUp = false
    /// The new version runs once against a copy first.
    public var rehearses = false

    public init(
        hold: DeployHold, holdTimeout: Duration, drainTimeout: Duration, commandTimeout: Duration
    ) {
        self.hold = hold
        self.holdTimeout = holdTimeout
        self.drainTimeout = drainTimeout
        self.commandTimeout = commandTimeout
    }

    var holds: Bool {
        switch hold {
        case .writes, .all: true
        case .none: false
        }
    }
}
