public import Control

/// What an operator asked of a switchover, with the settings filled in.
public struct SwitchTerms: Hashable, Sendable {
    /// What happens when requests of the old color outlast the drain.
    public enum OnDrainTimeout: String, Hashable, Sendable, CaseIterable {
        /// Everything is put back as it was.
        case back
        /// The switch goes on, and they finish beside the new color.
        case overlap
        /// They are broken off, and count as lost.
        case cut
    }

    public var mode: SwitchMode
    public var onDrainTimeout: OnDrainTimeout
    /// Longest that requests wait.
    public var holdTimeout: Duration
    /// Longest that the old color's requests are waited for; at most `holdTimeout` in a handover.
    public var drainTimeout: Duration
    /// Longest from the start of the operation to its decision; nil: only the limits above.
    public var timeout: Duration?
    /// A copy of the database is made before the hold.
    public var backsUp = false
    /// WebSocket and SSE of the old color are ended before the drain, which waits for them too.
    public var closesStreams = false
    /// How long the new color is compared with the old one, from the switch on; zero: not at all.
    public var watch = Duration.zero
    /// It goes back to a color that served before, away from one that may be at fault: where that
    /// one is not healthy nobody waits for it, for it may never get quiet.
    public var isWayBack = false

    public init(
        mode: SwitchMode, onDrainTimeout: OnDrainTimeout, holdTimeout: Duration,
        drainTimeout: Duration, timeout: Duration? = nil
    ) {
        self.mode = mode
        self.onDrainTimeout = onDrainTimeout
        self.holdTimeout = holdTimeout
        self.drainTimeout = drainTimeout
        self.timeout = timeout
    }

    /// Of the way back that a failed watch takes. It has no time limit of its own beyond the
    /// hold's: what it leaves behind finishes beside the color that serves again.
    public var ofWayBack: SwitchTerms {
        var terms = SwitchTerms(
            mode: mode, onDrainTimeout: .overlap, holdTimeout: holdTimeout,
            drainTimeout: drainTimeout)
        terms.isWayBack = true
        return terms
    }
}
