import Kernel

@testable import Board
@testable import Worker

/// A worker: one request asks the board at a time, others wait in its queue or run, and some have
/// become streams.
struct SimulatedWorker {
    enum Life { case running, stopped, dead }

    /// How long streams stay on a color that has left, in nanoseconds.
    static let grace: UInt64 = 15_000_000
    /// Between two looks at the board.
    private static let lookNanoseconds: UInt64 = 2_000_000

    /// A request at its app.
    struct Running {
        let color: Color
        let epoch: UInt64
        let ends: Instant
        /// Its answer turns out to be a stream.
        let becomesStream: Bool
    }

    struct Stream {
        let color: Color
        let epoch: UInt64
    }

    /// What one step did that the world has to judge.
    enum Event {
        case started(Running)
        /// The proxy has ended these.
        case ended([Stream])
    }

    var life = Life.running
    /// What is asking now, and whether it waited before.
    private var asking: AdmissionSteps?
    private var hasWaited = false
    private(set) var waiting = 0
    private(set) var running: [Running] = []
    private(set) var streams: [Stream] = []
    private(set) var started = 0
    private(set) var finished = 0
    /// How many it has still to take from clients.
    var toCome: Int
    /// The queue is looked at again then: it is woken, or looks by itself.
    private var looksAgain = Instant(nanoseconds: 0)
    /// The real memory of what is to end.
    private var watch = StreamWatch()
    private var nextLook = Instant(nanoseconds: 0)
    /// Of a look that has read the word and not yet the order.
    private var isLooking = false
    /// One that is a stream already and still counted as in flight.
    private var becoming: Running?

    init(requests: Int) { toCome = requests }

    var isDone: Bool {
        toCome == 0 && waiting == 0 && asking == nil && running.isEmpty && becoming == nil
    }

    func canStep(now: Instant) -> Bool {
        guard life == .running else { return false }
        return asking != nil || becoming != nil || nextLook <= now
            || running.contains { $0.ends <= now } || (waiting > 0 ? looksAgain <= now : toCome > 0)
    }

    /// One step of one request, or of a look at the board.
    mutating func step(
        _ index: Int, _ board: SimulatedBoard, now: Instant, _ seed: inout Seed
    ) -> Event? {
        if var steps = asking {
            var slot = SimulatedSlot(board: board, worker: index)
            let admission = steps.advance(&slot, now: now)
            asking = admission == nil ? steps : nil
            return admission.flatMap { take($0, index, board, now, &seed) }.map(Event.started)
        }
        if let request = becoming {
            board.add(-1, index, request.color)
            becoming = nil
            finished += 1
            return nil
        }
        if nextLook <= now { return look(index, board, now) }
        if let place = running.firstIndex(where: { $0.ends <= now }) {
            end(place, index, board)
            return nil
        }
        guard waiting > 0 || toCome > 0 else { return nil }
        // Those that waited first; new ones go behind them.
        hasWaited = waiting > 0
        if hasWaited {
            waiting -= 1
        } else {
            toCome -= 1
        }
        asking = AdmissionSteps(.write)
        return nil
    }

    /// The answer's last octet, or a head that says it is a stream: that is counted before the
    /// request leaves the count, so that who looks for both misses neither.
    private mutating func end(_ place: Int, _ index: Int, _ board: SimulatedBoard) {
        let request = running.remove(at: place)
        guard request.becomesStream else {
            board.add(-1, index, request.color)
            finished += 1
            return
        }
        streams.append(Stream(color: request.color, epoch: request.epoch))
        board.addStream(1, index, request.color)
        becoming = request
    }

    private mutating func take(
        _ admission: Admission, _ index: Int, _ board: SimulatedBoard, _ now: Instant,
        _ seed: inout Seed
    ) -> Running? {
        switch admission {
        case .started(let color, let epoch):
            if hasWaited { board.addWaiting(-1, index) }
            // Mostly short, now and then longer than any drain.
            let takes = seed.isOne(in: 24) ? 60_000_000 : seed.below(8_000_000)
            let request = Running(
                color: color, epoch: epoch, ends: now.advanced(byNanoseconds: UInt64(takes)),
                becomesStream: seed.isOne(in: 6))
            running.append(request)
            started += 1
            return request
        case .queued, .maintenance, .closed, .undecided:
            waiting += 1
            if !hasWaited { board.addWaiting(1, index) }
            looksAgain = now.advanced(byNanoseconds: UInt64(1 + seed.below(10_000_000)))
            return nil
        }
    }

    // MARK: What is to end

    /// The word first, then the order: others may act in between.
    private mutating func look(
        _ index: Int, _ board: SimulatedBoard, _ now: Instant
    ) -> Event? {
        guard isLooking else {
            watch.note(board.route, now: now)
            isLooking = true
            return nil
        }
        isLooking = false
        nextLook = now.advanced(byNanoseconds: Self.lookNanoseconds)
        if let cut = watch.takeCut(board.endOrder) { self.cut(cut, index, board) }
        var ended: [Stream] = []
        for color in Color.allCases { ended += endStreams(color, index, board, now) }
        return ended.isEmpty ? nil : .ended(ended)
    }

    private mutating func endStreams(
        _ color: Color, _ index: Int, _ board: SimulatedBoard, _ now: Instant
    ) -> [Stream] {
        guard streams.contains(where: { $0.color == color }) else { return [] }
        let order = board.endOrder
        let epoch = watch.endsBefore(
            color, order, grace: Self.grace, isEnding: false, now: now)
        guard epoch > 0 else { return [] }
        let ended = streams.filter { $0.color == color && $0.epoch < epoch }
        streams.removeAll { $0.color == color && $0.epoch < epoch }
        board.addStream(-ended.count, index, color)
        if ended.isEmpty, let order, order.color == color { watch.settleStreams(order) }
        return ended
    }

    /// It breaks off what it has on a color.
    private mutating func cut(_ order: EndOrder, _ index: Int, _ board: SimulatedBoard) {
        let before = running.count
        running.removeAll { $0.color == order.color && $0.epoch < order.epoch }
        board.add(running.count - before, index, order.color)
    }

    /// How many clients wait in it, the one that asks again included.
    var held: Int { waiting + (asking != nil && hasWaited ? 1 : 0) }

    /// It dies: what it had is gone. The queue is lost with its connections; those clients come
    /// again.
    mutating func die() {
        life = .dead
        running = []
        streams = []
        becoming = nil
        (watch, isLooking) = (StreamWatch(), false)
        toCome += waiting + (asking == nil ? 0 : 1)
        waiting = 0
        (asking, hasWaited) = (nil, false)
    }

    /// The soonest moment at which it may have something to do.
    var next: Instant {
        let ends = running.map(\.ends).min { $0 < $1 } ?? .never
        let soonest = waiting > 0 && looksAgain < ends ? looksAgain : ends
        return streams.isEmpty ? soonest : min(soonest, nextLook)
    }
}
