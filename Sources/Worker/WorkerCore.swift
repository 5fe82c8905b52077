import Board
import Bytes
import HTTP
import Kernel

/// What all connections of a worker share: the poller, memory, the board, the time of this turn.
struct WorkerCore: ~Copyable {
    let board: Board
    let configuration: WorkerConfiguration
    var poller: Poller
    var pool = BufferPool()
    /// The fields of the head that is being read; nobody keeps it beyond its turn.
    var fields: FieldTable
    var wheel: DeadlineWheel
    var now = Instant.now
    /// Counts the turns of the loop: an event is older than everything that was done in its turn.
    private(set) var turn: UInt64 = 0
    /// More events may be waiting than the last look at the poller could report.
    var isBatchFull = false
    var date: DateStamp
    var wallMilliseconds: UInt64
    /// nil: nobody wants one.
    var log: AccessLog?
    let isLogging: Bool
    /// Octets of memory that answers take which wait for slow clients.
    var answersBuffered = 0
    /// TERM was received: no new connections, and every answer is the last of its connection.
    var isEnding = false
    /// How many events one look at the poller reports at most.
    static let eventsAtOnce = 256
    /// What is written around one piece of content.
    static let framingBytes = 32
    private var random = SystemRandomNumberGenerator()
    private var idHigh: UInt64
    private var idLow: UInt64

    init(
        _ configuration: WorkerConfiguration, _ board: Board, _ poller: consuming Poller,
        isLogging: Bool
    ) {
        self.isLogging = isLogging
        self.configuration = configuration
        self.board = board
        self.poller = poller
        fields = FieldTable(capacity: configuration.limits.headerCount)
        wheel = DeadlineWheel(now: .now)
        wallMilliseconds = WallClock.milliseconds
        date = DateStamp(second: wallMilliseconds / 1_000)
        idHigh = random.next()
        idLow = random.next()
    }

    var slot: Int { configuration.slot }

    var headLimits: HeadLimits {
        HeadLimits(
            headBytesMax: configuration.limits.headerBytes,
            fieldCountMax: configuration.limits.headerCount,
            bodyBytesMax: configuration.limits.bodyBytes)
    }

    /// The limits on heads are those of an answer's too; how much content it has is the app's.
    var answerLimits: HeadLimits {
        HeadLimits(
            headBytesMax: configuration.limits.headerBytes,
            fieldCountMax: configuration.limits.headerCount)
    }

    /// Once a turn: one look at the clocks for all that happens in it.
    mutating func beginTurn(events: Int) {
        turn &+= 1
        isBatchFull = events == Self.eventsAtOnce
        now = .now
        board.noteTurn(slot: slot, at: now)
        wallMilliseconds = WallClock.milliseconds
        if wallMilliseconds / 1_000 != date.second {
            date = DateStamp(second: wallMilliseconds / 1_000)
        }
    }

    /// 128 bits that no other request has: a random beginning, then counted, scattered so that
    /// neighbours do not look alike.
    mutating func nextRequestID() -> (UInt64, UInt64) {
        idLow &+= 0x9e37_79b9_7f4a_7c15
        return (idHigh, idLow)
    }

    /// For a frame toward an app (RFC 6455 section 5.3): not to be foreseen.
    mutating func nextMask() -> UInt32 { random.next() }

    /// Tells the poller only what has changed.
    @inline(__always)
    mutating func watch(
        _ socket: CInt, _ current: inout Poller.Interest, _ wanted: Poller.Interest,
        _ handle: Handle
    ) {
        guard wanted != current else { return }
        current = wanted
        _ = poller.change(socket, wanted, token: handle.rawValue)
    }

    /// What a buffer takes that has held so many octets since it was empty.
    static func memory(of count: Int) -> Int {
        var bytes = BufferPool.blockBytes
        while bytes < count { bytes *= 2 }
        return bytes
    }
}
