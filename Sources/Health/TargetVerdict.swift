/// Whether a target counts as healthy, by what its probes saw.
///
/// It takes `rise` passes in a row to become healthy and `fall` failures in a row to become
/// unhealthy; one probe that says otherwise starts the count again.
public struct TargetVerdict: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        /// Not probed often enough to say. It takes no part in balancing, as an unhealthy one.
        case unknown
        case healthy
        case unhealthy
    }

    public private(set) var state: State
    private var passes = 0
    private var failures = 0
    private let rise: Int
    private let fall: Int

    /// `state` is what a controller before this one had found out, if any.
    public init(rise: Int, fall: Int, state: State = .unknown) {
        precondition(rise > 0 && fall > 0, "a verdict takes at least one probe")
        self.rise = rise
        self.fall = fall
        self.state = state
    }

    public var isHealthy: Bool { state == .healthy }

    public mutating func passed() {
        failures = 0
        passes = min(passes + 1, rise)
        if passes == rise { state = .healthy }
    }

    public mutating func failed() {
        passes = 0
        failures = min(failures + 1, fall)
        if failures == fall { state = .unhealthy }
    }
}
