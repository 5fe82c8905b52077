public import Control

/// What an operator asked of a switchover, with the settings filled in.
public struct SwitchTerms: Hashable, Sendable {
    /// What happens when requests of the old color outlast the drain. To cut them off is not
    /// among these: no worker can do that yet.
    public enum OnDrainTimeout: String, Hashable, Sendable, CaseIterable {
        /// Everything is put back as it was.
        case back
        /// The switch goes on, and they finish beside the new color.
        case overlap
    }

    public let mode: SwitchMode
    public let onDrainTimeout: OnDrainTimeout
    /// Longest that requests wait.
    public let holdTimeout: Duration
    /// Longest that the old color's requests are waited for; at most `holdTimeout` in a handover.
    public let drainTimeout: Duration
    /// Longest from the start of the operation to its decision; nil: only the limits above.
    public let timeout: Duration?

    public init(
        mode: SwitchMode, onDrainTimeout: OnDrainTimeout, holdTimeout: Duration,
        drainTimeout: Duration,
        timeout: Duration? = nil
    ) {
        self.mode = mode
        self.onDrainTimeout = onDrainTimeout
        self.holdTimeout = holdTimeout
        self.drainTimeout = drainTimeout
        self.timeout = timeout
    }
}
