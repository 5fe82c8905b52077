import Bytes
import Exchange
import HTTP
import HTTP1
import Kernel

/// What a client's connection needs from a request's first octet to its end, and not between two
/// requests: most connections rest most of the time.
struct RequestProgress: ~Copyable, Resting {
    var parser = RequestParser(limits: HeadLimits())
    var body = BodyReader(.none, isAnswer: false)
    var exchange = Exchange()
    /// How much of the request was sent on the present upstream connection.
    var sent = 0
    /// Octets of a body that was not collected have left: it cannot be sent again.
    var hasStreamedBody = false
    /// A 100 was sent by us: the app's own is not passed on.
    var hasContinued = false
    /// A target that could not be reached for this request, by its pool: another one is tried.
    var avoided: (pool: Int, target: Int)?
    /// Octets noted on the board as waiting.
    var heldBytes = 0
    /// Since when the request waits; kept when it waits no more.
    var heldSince = Instant(nanoseconds: 0)
    /// In a tunnel: the frames that come from the client.
    var frames = WebSocketDirection()
    /// When a stream that was asked to end is ended by force; `.never` while it was not asked.
    var endBy = Instant.never

    static let resting = RestingValue<RequestProgress>()
}

/// The same, in the words of the connection.
extension ClientConnection {
    /// Of the request in progress, once it was read.
    var head: RequestHead { progress.value.parser.head }
    /// How the body goes upstream.
    var bodyFraming: BodyFraming { progress.value.parser.head.framing }
    /// Nothing of a next head was seen.
    var isParserIdle: Bool { progress.value.parser.isIdle }
    /// Whether all of the request has been read from the client.
    var isRequestRead: Bool { progress.value.body.isComplete }
    /// What could be sent again in full.
    var isResendable: Bool { !progress.value.hasStreamedBody }

    var body: BodyReader { progress.value.body }

    var exchange: Exchange {
        _read { yield progress.value.exchange }
        _modify { yield &progress.value.exchange }
    }
    var frames: WebSocketDirection {
        _read { yield progress.value.frames }
        _modify { yield &progress.value.frames }
    }
    var requestSent: Int {
        get { progress.value.sent }
        set { progress.value.sent = newValue }
    }
    var hasContinued: Bool {
        get { progress.value.hasContinued }
        set { progress.value.hasContinued = newValue }
    }
    var avoided: (pool: Int, target: Int)? {
        get { progress.value.avoided }
        set { progress.value.avoided = newValue }
    }
    var heldBytes: Int {
        get { progress.value.heldBytes }
        set { progress.value.heldBytes = newValue }
    }
    var heldSince: Instant {
        get { progress.value.heldSince }
        set { progress.value.heldSince = newValue }
    }
    var endBy: Instant {
        get { progress.value.endBy }
        set { progress.value.endBy = newValue }
    }
}
