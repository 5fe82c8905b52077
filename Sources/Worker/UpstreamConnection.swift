import Board
import Bytes
import HTTP
import HTTP1
import Kernel

/// A connection to a target.
struct UpstreamConnection: ~Copyable {
    enum Stage {
        case connecting
        /// Kept for the next request.
        case idle
        /// A request is being sent or was sent; no complete head of a final answer yet.
        case awaitingHead
        case body
        case tunnel
    }

    /// A request that nobody waits for: it counts until the app has answered or closed.
    struct Abandoned {
        let kind: RequestKind
        /// Under which it started.
        let epoch: UInt64
        let begin: Instant
        /// What there is to say of it when somebody asks: an object without its age and end.
        let words: [UInt8]
    }

    let socket: Descriptor
    /// nil where the target is spoken to without TLS.
    let tls: UpstreamTLS?
    let service: Int
    let color: Color
    /// In the color's `TargetPool`.
    let target: Int
    var stage = Stage.connecting
    /// The client that is served; nil while idle or abandoned.
    var client: Handle?
    var abandoned: Abandoned?
    var input = ByteBuffer(bytesMax: UpstreamConnection.bufferMax)
    var output = ByteBuffer(bytesMax: UpstreamConnection.bufferMax)
    var parser: ResponseParser
    var body = BodyReader(.none, isAnswer: true)
    var method = Method.get
    /// In a tunnel: the frames that come from the app.
    var frames = WebSocketDirection()
    /// Where the answer is an event stream: how far its events are.
    var events: EventStreamDirection?
    /// How the answer goes to the client.
    var clientFraming = BodyFraming.none
    var keepsConnection = false
    /// The last read filled its room: the next one offers more.
    var readsMuch = false
    /// All of the request was handed to the kernel.
    var isRequestSent = false
    /// It was used before: what fails on it may be because the app closed it meanwhile.
    var isReused = false
    /// It was looked at when it was taken: what came before that is known, and was nothing.
    var wasSilent = false
    /// The turn in which it was taken for its request.
    var takenInTurn: UInt64 = 0
    /// Interim answers to the present request.
    var interims = 0
    /// Trailers of the answer go on to the client.
    var passesTrailers = false
    /// The app takes no more of the request; what it has answered is still read.
    var isDeaf = false
    /// The deadline that stands is for the app to take what was written.
    var isSendTimed = false
    /// Something of the output left since that deadline was set.
    var hasTaken = false
    /// Both its sides have ended, which the poller would tell for ever: it is asked again when
    /// there is room for what is left to be read.
    var isSetAside = false
    var interest = Poller.Interest.writable
    var timer = DeadlineWheel.Timer()

    static let bufferMax = 1_100_000
    /// A body is read from the client while less than this waits for the app.
    static let outputHigh = 64 * 1024

    init(
        socket: consuming Descriptor, tls: UpstreamTLS?, service: Int, color: Color, target: Int,
        limits: HeadLimits
    ) {
        self.socket = socket
        self.tls = tls
        self.service = service
        self.color = color
        self.target = target
        parser = ResponseParser(limits: limits)
    }

    /// Where it belongs in `Worker.pools`.
    var place: (pool: Int, target: Int) { (service * 2 + Int(color.rawValue), target) }

    /// Made ready for a request of this client.
    mutating func take(_ client: Handle, method: Method, turn: UInt64) {
        self.client = client
        self.method = method
        takenInTurn = turn
        parser.reset()
        isRequestSent = false
        keepsConnection = false
        events = nil
        readsMuch = false
        interims = 0
        passesTrailers = false
        isSendTimed = false
        hasTaken = false
    }

    /// What is to be read now came before its request was sent, and answers nothing (RFC 9112
    /// section 9.2): an event is older than what was done in its turn.
    func isStale(turn: UInt64) -> Bool {
        if case .awaitingHead = stage { return isReused && !wasSilent && takenInTurn == turn }
        return false
    }
}
