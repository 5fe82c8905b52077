public import Bytes

/// A valid answer head, without its field lines: plain values, and ranges into the octets that were
/// parsed, good as long as those are.
public struct ResponseHead: BitwiseCopyable, Sendable {
    public var status: Status
    public var version: Version
    /// Content to read, as follows from the request's method, the status and the fields.
    public var framing: BodyFraming
    /// Content-Length as stated, also where no content follows (HEAD, 304).
    public var statedLength: UInt64?
    /// The upstream connection may be used again once this answer was read whole.
    public var keepsConnection: Bool
    /// `text/event-stream`: leaves the count in flight, passes unbuffered.
    public var isEventStream: Bool
    public var hasDate: Bool
    /// It comes in chunks, and trailers may go on with them: Connection names no fields, which
    /// could be theirs (RFC 9110 section 7.6.1).
    public var passesTrailers: Bool
    /// What a 101 goes on with; only `websocket` where its Upgrade field says so.
    public var upgrade: Upgrade
    /// The upstream's words after the code; may be empty.
    public var phrase: ByteRange

    public init() {
        status = .badGateway
        version = .http11
        framing = .none
        statedLength = nil
        keepsConnection = false
        isEventStream = false
        hasDate = false
        passesTrailers = false
        upgrade = .none
        phrase = .empty
    }
}
