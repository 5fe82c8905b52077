public import HTTP
public import Kernel

/// How a request ended that is to be logged.
public enum AccessEnding: Hashable, Sendable {
    case complete
    /// The client went away before it had all of the answer.
    case clientGone
    /// The answer could not be completed; the connection was reset.
    case cut
    /// The worker ended before the request did.
    case stopped

    /// Said where no reason of the answer is.
    var word: StaticString? {
        switch self {
        case .complete: nil
        case .clientGone: "client-gone"
        case .cut: "cut"
        case .stopped: "stopped"
        }
    }
}

/// What the access log says of one request that is over. Times are in nanoseconds, nil where that
/// point was never reached.
public struct AccessRecord: Sendable {
    /// When it was over: milliseconds since 1970.
    public var time: UInt64 = 0
    public var client = PeerAddress.unknown
    public var scheme = Scheme.http
    /// The head came in HTTP/2, whose words say no version.
    public var isHTTP2 = false
    /// Where the words stand that the client sent.
    public var head = AccessHead()
    /// 0: nothing went to the client.
    public var status = 0
    public var requestBytes: UInt64 = 0
    public var responseBytes: UInt64 = 0
    public var duration: UInt64 = 0
    /// nil: the request belonged to none.
    public var service: String?
    public var color: StaticString?
    public var upstream: SocketAddress?
    public var connectTime: UInt64?
    public var headTime: UInt64?
    public var upstreamTime: UInt64?
    public var held: UInt64 = 0
    public var retries = 0
    public var reason: Reason?
    public var ending = AccessEnding.complete

    public init() {}

    /// As nginx and Apache write it, so that readers of their logs know it.
    static let versionOfHTTP2: StaticString = "HTTP/2.0"

    var reasonWord: StaticString? { reason?.word ?? ending.word }
}
