public import Control

/// How targets are probed.
public struct HealthSettings: Hashable, Sendable {
    /// Where a GET answers 2xx while the app is well.
    public var path = "/health"
    /// From the start of one probe to the start of the next; probes never overlap.
    public var interval = TimeSpan.seconds(2)
    /// Of a whole probe; may exceed the interval.
    public var timeout = TimeSpan.seconds(1)
    /// Probes that must pass in a row before a target is healthy: one may be luck.
    public var rise = 2
    /// Probes that must fail in a row before it is not: one may be a pause of its collector.
    public var fall = 3
    /// The Host that is sent; empty: the first exact name of `hosts`, else the target's address.
    public var host = ""
    /// Where the probe goes; 0: the target's own port.
    public var port: UInt16 = 0

    public init() {}

    /// Faster than ten a second is load, not health.
    public static let intervalRange = TimeSpan.milliseconds(100)...TimeSpan.seconds(3600)
    public static let timeoutRange = TimeSpan.milliseconds(10)...TimeSpan.seconds(60)
    public static let countRange = 1...100
}
