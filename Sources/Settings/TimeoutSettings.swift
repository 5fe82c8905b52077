public import Control

/// How long anything is waited for.
public struct TimeoutSettings: Hashable, Sendable {
    /// First octet to end of head: against clients that send a head an octet at a time.
    public var header = TimeSpan.seconds(10)
    /// Between two reads of a request body.
    public var body = TimeSpan.seconds(60)
    /// Between two writes to a client.
    public var send = TimeSpan.seconds(60)
    /// To a target: on one machine or in one rack it stands in milliseconds.
    public var connect = TimeSpan.seconds(2)
    /// Request sent to answer head, then between two reads; nginx has 60 s too.
    public var response = TimeSpan.seconds(60)
    /// A kept client connection; above the 60 s of most load balancers, so that they close first.
    public var idle = TimeSpan.seconds(75)
    /// A kept connection to a target; below the 120 s and more of app servers (Kestrel 130 s), so
    /// that Bascule closes first.
    public var upstreamIdle = TimeSpan.seconds(60)
    /// A WebSocket without an octet; apps ping more often than that.
    public var tunnel = TimeSpan.seconds(3600)

    public init() {}

    public static let range = TimeSpan.milliseconds(1)...TimeSpan.seconds(86_400)
    /// Tunnels may be silent for days.
    public static let tunnelRange = TimeSpan.milliseconds(1)...TimeSpan.seconds(30 * 86_400)
}
