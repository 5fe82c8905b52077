public import Kernel

/// What a load consists of.
public struct LoadPlan: Sendable {
    /// Where the requests go.
    public var address: SocketAddress
    /// The `Host` field.
    public var host: String
    /// Keep-alive connections, each with one request at a time.
    public var connections: Int
    /// Milliseconds that a connection rests between two requests.
    public var restMilliseconds: UInt64
    /// The load ends after so many requests; 0: only `Load.finish` ends it.
    public var requestsMax: Int
    /// What ids begin with: unique among all loads on one database, letters, digits and `-` only.
    public var prefix: String
    /// The category of the transactions, which exists.
    public var category: Int
    /// A request without an answer after this time has failed; its connection is closed.
    public var answerMilliseconds: UInt64

    public init(
        to address: SocketAddress, prefix: String, connections: Int = 8,
        restMilliseconds: UInt64 = 5, requestsMax: Int = 0, category: Int = 1
    ) {
        self.address = address
        self.prefix = prefix
        self.connections = connections
        self.restMilliseconds = restMilliseconds
        self.requestsMax = requestsMax
        self.category = category
        host = "\(address)"
        answerMilliseconds = 30_000
    }
}
