import Bytes
import HTTP
import HTTP2
import Kernel

/// A client's connection that speaks HTTP/2: its frames, and which clients its streams are.
///
/// A class, as `ClientTLS` is: connections of HTTP/1.1 have none. Each stream is a client of its
/// own, so that hold, drain, retries, limits and the log treat its request as any other. What
/// streams send becomes frames at once, and frames go to the socket when the turn is over.
final class HTTP2Link {
    /// What the connection's deadline is for.
    enum Timed {
        case nothing
        /// The first request, or the rest of one's head.
        case head
        case idle
        case send
        /// Requests that were on their way when the end was announced.
        case end
    }

    /// How far its end is.
    enum Ending { case none, announced, last }

    let session: HTTP2Session
    let desk: HTTP2Desk
    /// The client that is the connection.
    let handle: Handle
    /// nil without TLS.
    let tls: ClientTLS?
    var input = ByteBuffer(bytesMax: 4 * BufferPool.blockBytes)
    var streams: [Int32: Handle] = [:]
    /// Streams that wait for the socket, in the order of their turns.
    var waiting: [Handle] = []
    /// Streams that wait for the client's windows.
    var starved: [Handle] = []
    var budget = FrameBudget()
    var timed = Timed.nothing
    var ending = Ending.none
    var hasBegun = false
    /// It was ended as a flood, and is counted as one.
    var isCalmNoted = false
    /// It is closed: nothing of its streams can be sent.
    var isOver = false
    private var isTouched = false
    private var unearned = 0

    /// Less than this waits for the socket before streams may add to it: enough to fill a socket's
    /// buffer again, little for a connection that nobody reads.
    static let outputHigh = 64 * 1024
    /// What a stream may add at once, however wide its window is: with what waits already and a
    /// head it stays far below what a session's output holds.
    static let pieceMax = 256 * 1024
    /// Octets that are looked at before what came of them is done: heads in them may be
    /// a hundred times as large.
    static let sliceBytes = 4_096

    init(_ session: HTTP2Session, _ desk: HTTP2Desk, _ handle: Handle, _ tls: ClientTLS?) {
        self.session = session
        self.desk = desk
        self.handle = handle
        self.tls = tls
    }

    /// Frames wait for the socket.
    var hasFrames: Bool { !session.output.isEmpty }

    /// So many that nothing is added.
    var isFull: Bool { session.output.count >= Self.outputHigh }

    /// More may come. Nobody would look at it once the session has failed.
    var wantsFrames: Bool { !isFull && !session.hasFailed }

    /// Something is to be sent: looked at when the turn is over.
    func touch() {
        guard !isTouched else { return }
        isTouched = true
        desk.touched.append(handle)
    }

    func beginFlush() { isTouched = false }

    /// Content went to the client, for which it has to open windows.
    func earn(_ count: Int) {
        unearned += count
        guard unearned >= FrameBudget.bytesPerPoint else { return }
        budget.earn(unearned / FrameBudget.bytesPerPoint)
        unearned %= FrameBudget.bytesPerPoint
    }

    /// Streams that wait for a window have their turn again.
    func windowOpened(_ stream: Int32) {
        guard !starved.isEmpty, session.window > 0 else { return }
        if stream == 0 {
            waiting += starved
            starved.removeAll(keepingCapacity: true)
        } else if let handle = streams[stream], let place = starved.firstIndex(of: handle) {
            starved.remove(at: place)
            waiting.append(handle)
        }
        touch()
    }

    /// Nothing more comes now: an idle connection holds no memory but itself.
    func rest(_ pool: inout BufferPool) {
        if input.isEmpty { input.release(to: &pool) }
    }

    func release(_ pool: inout BufferPool) {
        isOver = true
        input.release(to: &pool)
        session.output.release(to: &pool)
    }
}

/// What all connections of a worker that speak HTTP/2 use one after the other.
final class HTTP2Desk {
    /// Fields of an answer's head on its way into frames.
    var fields: FieldTable
    let pairs: HTTP2Pairs
    let answerLimits: HeadLimits
    /// Connections that something is to be done for when the turn is over.
    var touched: [Handle] = []

    /// What Bascule adds to an answer's head: a handful of fields.
    private static let ownFields = 8
    private static let ownBytes = 4_096

    init(_ limits: WorkerConfiguration.Limits) {
        let count = limits.headerCount + Self.ownFields
        fields = FieldTable(capacity: count)
        pairs = HTTP2Pairs(fieldCountMax: count)
        answerLimits = HeadLimits(
            headBytesMax: limits.headerBytes + Self.ownBytes, fieldCountMax: count)
    }
}
