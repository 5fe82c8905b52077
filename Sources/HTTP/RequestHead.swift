public import Bytes

/// A valid request head, without its field lines (those are in a `FieldTable`): plain values, and
/// ranges into the octets that were parsed, good as long as those are.
public struct RequestHead: BitwiseCopyable, Sendable {
    public var method: Method
    public var version: Version
    /// Content of the request; never `untilClose`.
    public var framing: BodyFraming
    public var upgrade: Upgrade
    /// The target was `*`, or an absolute URI without a path in an OPTIONS request: sent on as `*`
    /// (RFC 9112 section 3.2.4). `path` is `*` or empty then.
    public var isAsterisk: Bool
    /// The client may send another request on this connection.
    public var keepsConnection: Bool
    /// The client waits for a 100 before it sends content; never so where there is none, or in
    /// HTTP/1.0 (RFC 9110 section 10.1.1).
    public var expectsContinue: Bool
    /// A browser's request for a page: own answers are HTML.
    public var acceptsHTML: Bool
    /// From Max-Forwards in an OPTIONS or TRACE request, nil elsewhere. 0 in OPTIONS: answer it
    /// here (`OwnAnswer.writeOptions`); 0 in TRACE was refused.
    public var maxForwards: UInt32?
    /// Trailers may go on with the content: Connection names no fields, which could be theirs
    /// (RFC 9110 section 7.6.1).
    public var passesTrailers: Bool
    public var methodName: ByteRange
    /// The path, without the query. Empty for an absolute URI without one: then it is `/`.
    public var path: ByteRange
    /// The query with its question mark; empty where there is none.
    public var query: ByteRange
    /// Host and port as Host carries them on, of an absolute target where one was sent; empty in
    /// HTTP/1.0 without Host.
    public var authority: ByteRange
    /// `authority` without the port; brackets of an IPv6 address included, case as sent.
    public var host: ByteRange
    /// The client's X-Request-ID where it is well formed (1 to 128 of letters, digits and `-_.:/+=`
    /// and not to be replaced); empty where Bascule makes one.
    public var requestID: ByteRange

    public init() {
        method = .other
        version = .http11
        framing = .none
        upgrade = .none
        isAsterisk = false
        keepsConnection = false
        expectsContinue = false
        acceptsHTML = false
        maxForwards = nil
        passesTrailers = false
        methodName = .empty
        path = .empty
        query = .empty
        authority = .empty
        host = .empty
        requestID = .empty
    }

    /// What the board counts as a write: everything but GET, HEAD, OPTIONS, TRACE, and every
    /// tunnel.
    public var isWrite: Bool { !method.isSafe || upgrade == .websocket }
}
