/// How large a board is: fixed when it is made.
public struct BoardShape: Hashable, Sendable {
    /// Enough for the one server that this is for, and a bound for the memory that a board takes.
    public static let servicesMax = 64
    /// More than the workers of the largest machine in two generations that drain.
    public static let slotsMax = 256
    /// Addresses that one color may have.
    public static let targetsMax = 16
    public static let listenersMax = 64
    /// Octets of what a maintenance says to clients: a few sentences.
    public static let noticeBytesMax = 1_024

    public let services: Int
    /// One a worker process, with more than there are workers, so that an old generation stays
    /// visible while it drains.
    public let slots: Int

    public init(services: Int, slots: Int) {
        precondition(1...Self.servicesMax ~= services, "1 to 64 services")
        precondition(1...Self.slotsMax ~= slots, "1 to 256 slots")
        self.services = services
        self.slots = slots
    }
}

/// Where each word of the board lies, in 64-bit words from its start.
///
/// Words that different processes write lie on different cache lines (8 words).
struct Layout: Sendable {
    /// "bascule" and the layout's version: a board of another version is not mapped.
    static let magic: UInt64 = 0x6261_7363_756c_6505

    // The head.
    static let magicWord = 0
    static let servicesWord = 1
    static let slotsWord = 2
    static let workerRestarts = 8
    static let connectFailures = 9
    static let controllerProcess = 10
    static let calmed = 11
    static let ticketVersion = 16
    static let ticketCount = 17
    static let ticketKeys = 18  // two of ten words
    private static let headWords = 40

    // One service: the route word alone on its line, then the deadline, then the targets.
    static let route = 0
    static let deadline = 8
    static let endOrder = 9
    static let streamsEnd = 10
    static let step = 11
    static let stepTime = 12
    static let waitsToItsEnd = 13
    static let targets = 16
    static let targetWords = 16
    /// Version and count, then the entries.
    static let targetTableWords = 8 + BoardShape.targetsMax * targetWords
    /// Version and length, then the text of a maintenance.
    static let notice = targets + 2 * targetTableWords
    static let noticeWords = 8 + BoardShape.noticeBytesMax / 8
    private static let serviceWords = notice + noticeWords

    // One slot.
    static let process = 0
    static let stage = 1
    static let connections = 2
    static let logLinesDropped = 3
    static let credentials = 4
    static let turn = 5
    static let listenerConnections = 8
    private static let slotWords = 8 + BoardShape.listenersMax

    // One row: a service in a slot.
    static let inFlight = 0  // color x kind
    static let streams = 4  // color
    static let tunnels = 6  // color; counted among the streams too
    static let gauges = 8
    static let longestHold = 15
    static let counters = 16
    static let durations = 32  // color x (buckets, sum)
    static let durationWords = 24
    static let codes = 80  // color x 500
    static let codeCount = 500
    private static let rowWords = 1080

    let shape: BoardShape
    private let slotsStart: Int
    private let rowsStart: Int

    init(_ shape: BoardShape) {
        self.shape = shape
        slotsStart = Self.headWords + shape.services * Self.serviceWords
        rowsStart = slotsStart + shape.slots * Self.slotWords
    }

    /// In octets. Pages that nobody writes cost nothing.
    var bytes: Int { (rowsStart + (shape.slots + 1) * rowsOfSlot * Self.rowWords) * 8 }

    /// The row behind the last service counts what belongs to none.
    var unrouted: Int { shape.services }
    private var rowsOfSlot: Int { shape.services + 1 }

    /// What dead workers had counted is kept in a row behind the last slot.
    var retired: Int { shape.slots }

    @inline(__always)
    func service(_ service: Int) -> Int {
        precondition(service >= 0 && service < shape.services, "no such service on this board")
        return Self.headWords + service * Self.serviceWords
    }

    @inline(__always)
    func slot(_ slot: Int) -> Int {
        precondition(slot >= 0 && slot < shape.slots, "no such slot on this board")
        return slotsStart + slot * Self.slotWords
    }

    @inline(__always)
    func row(service: Int, slot: Int) -> Int {
        precondition(service >= 0 && service <= unrouted, "no such service on this board")
        precondition(slot >= 0 && slot <= shape.slots, "no such slot on this board")
        return rowsStart + (slot * rowsOfSlot + service) * Self.rowWords
    }
}
