import Kernel

@testable import Board

/// The board's words for one service, shared by everybody in one simulated world.
final class SimulatedBoard {
    static let workers = 2

    var route = RouteWord(epoch: 1, phase: .open, active: .blue)
    var deadline = Instant(nanoseconds: 0)
    /// A worker's requests on blue and on green.
    private var inFlight = [Int](repeating: 0, count: 2 * SimulatedBoard.workers)
    /// Likewise of streams.
    private var streams = [Int](repeating: 0, count: 2 * SimulatedBoard.workers)
    var endOrder: EndOrder?
    /// Of the word that last moved away from a color: what ends a stream of a later one is wrong.
    private(set) var leftEpoch: [UInt64] = [0, 0]
    /// Requests of workers that died; the supervisor counts them before it clears their counts.
    private(set) var lost = 0
    /// A worker's requests that wait.
    private var waiting = [Int](repeating: 0, count: SimulatedBoard.workers)
    /// Requests that waited in workers that died.
    private(set) var heldLost = 0

    func inFlight(_ worker: Int, _ color: Color) -> Int {
        inFlight[2 * worker + Int(color.rawValue)]
    }

    func add(_ amount: Int, _ worker: Int, _ color: Color) {
        inFlight[2 * worker + Int(color.rawValue)] += amount
    }

    func exchange(from old: RouteWord, to new: RouteWord) -> Bool {
        guard route == old else { return false }
        if new.active != old.active { leftEpoch[Int(old.active.rawValue)] = new.epoch }
        route = new
        return true
    }

    func streams(_ worker: Int, _ color: Color) -> Int {
        streams[2 * worker + Int(color.rawValue)]
    }

    func addStream(_ amount: Int, _ worker: Int, _ color: Color) {
        streams[2 * worker + Int(color.rawValue)] += amount
    }

    var heldNow: Int { waiting.reduce(0, +) }

    func addWaiting(_ amount: Int, _ worker: Int) { waiting[worker] += amount }

    /// Before a color may serve (again): nothing of it is to be ended any more.
    func letServe(_ color: Color) {
        if endOrder?.color == color { endOrder = nil }
    }

    /// The supervisor has reaped the worker.
    func clear(_ worker: Int) {
        for color in Color.allCases {
            lost += inFlight(worker, color)
            inFlight[2 * worker + Int(color.rawValue)] = 0
            streams[2 * worker + Int(color.rawValue)] = 0
        }
        heldLost += waiting[worker]
        waiting[worker] = 0
    }

    var isQuiet: Bool { inFlight.allSatisfy { $0 == 0 } && heldNow == 0 }
}

/// What the real steps of an admission see of it.
struct SimulatedSlot: RouteMemory {
    let board: SimulatedBoard
    let worker: Int

    func loadRoute() -> RouteWord { board.route }
    func loadDeadline() -> Instant { board.deadline }
    func exchangeRoute(from old: RouteWord, to new: RouteWord) -> Bool {
        board.exchange(from: old, to: new)
    }
    func announce(_ color: Color) { board.add(1, worker, color) }
    func withdraw(_ color: Color) { board.add(-1, worker, color) }
}
