import Control
import Kernel
import Switchover

@testable import Board

/// One world under a seeded scheduler with a clock of its own: workers, a controller that carries
/// out the real plan, operators, a supervisor, and whatever may go wrong. Every choice comes from
/// the seed; every property is looked at as it may break.
struct SimulatedWorld {
    private static let stepsMax = 20_000
    /// From when on nothing new goes wrong, and everything has to come to rest.
    static let calm = Instant(nanoseconds: 80_000_000)

    var seed: Seed
    var now = Instant(nanoseconds: 1)
    let board = SimulatedBoard()
    var workers: [SimulatedWorker]
    var journal = SimulatedJournal()
    var outside = Surroundings()
    var operation: SimulatedSwitch?
    /// The controller is dead until then; `.never` while it lives.
    var returns = Instant.never
    var isRecovering = false
    /// Which color serves since an operator was told so.
    var acknowledged: Color?
    /// The journal could not be corrected, and the operator was told.
    var isJournalKnownWrong = false
    private(set) var violation: String?
    var outcomes: [Outcome: Int] = [:]
    private(set) var steps = 0

    init(seed number: UInt64) {
        seed = Seed(number)
        workers = (0..<SimulatedBoard.workers).map { _ in SimulatedWorker(requests: 8) }
    }

    mutating func run() {
        while violation == nil, !isOver {
            steps += 1
            guard steps < Self.stepsMax else { return fail("it does not come to rest: \(atRest)") }
            if now < Self.calm { disturb() } else { soothe() }
            advanceClock()
            let turn = seed.below(workers.count + 1)
            if turn < workers.count {
                stepWorker(turn)
            } else {
                stepController()
            }
        }
        if violation == nil { judgeRest() }
    }

    private var isOver: Bool {
        now >= Self.calm && operation == nil && returns == .never && !isRecovering
            && holdsNobody && workers.allSatisfy { $0.isDone && $0.life == .running }
            && streams(on: board.route.active.other) == 0
    }

    /// On a color that does not serve they have to end by themselves.
    private func streams(on color: Color) -> Int {
        workers.reduce(0) { $0 + $1.streams.count { $0.color == color } }
    }

    /// A hold by hand whose time is over ends with the next request, and nobody may come any more.
    private var holdsNobody: Bool { board.route.phase == .open || now >= board.deadline }

    /// What still moves.
    private var atRest: String {
        let busy = workers.map { "\($0.life) \($0.toCome) \($0.waiting) \($0.running.count)" }
        return "now \(now.nanoseconds), phase \(board.route.phase), operation "
            + "\(operation.map { "\($0.action)" } ?? "none"), workers \(busy)"
    }

    mutating func fail(_ what: String) { violation = violation ?? what }

    private mutating func judgeRest() {
        if !board.isQuiet { fail("counts are not zero") }
        for color in Color.allCases {
            let counted = (0..<workers.count).reduce(0) { $0 + board.streams($1, color) }
            if counted != streams(on: color) { fail("\(counted) streams are counted") }
        }
        if journal.active != board.route.active, !isJournalKnownWrong {
            fail("the journal says \(journal.active), the board \(board.route.active)")
        }
        if let acknowledged, acknowledged != board.route.active {
            fail("\(acknowledged) was acknowledged, \(board.route.active) serves")
        }
    }

    private mutating func advanceClock() {
        now = now.advanced(byNanoseconds: UInt64(seed.below(200_000)))
        guard seed.isOne(in: 4) else { return }
        // Where nobody has anything to do, on to the next moment at which somebody has.
        var next = min(returns, operation.map(\.readyAt) ?? .never)
        if board.route.phase != .open { next = min(next, board.deadline) }
        for worker in workers where worker.life == .running {
            if worker.canStep(now: now) { return }
            next = min(next, worker.next)
        }
        if next != .never, next > now { now = next }
    }

    // MARK: What may go wrong

    private mutating func disturb() {
        guard seed.isOne(in: 40) else { return }
        switch seed.below(13) {
        case 0, 1, 2, 3: command()
        case 4: hold()
        case 5: release()
        case 6: kill(worker: seed.below(workers.count))
        case 7:
            let worker = seed.below(workers.count)
            if workers[worker].life == .running { workers[worker].life = .stopped }
        case 8: resume()
        case 9: if returns == .never { killController() }
        case 10: outside.isHealthy[seed.below(2)].toggle()
        case 11: outside.isFailing[seed.below(2)].toggle()
        // One of the colors migrates, or is replaced by another version.
        case _: outside.migrate(&seed)
        }
        reap()
    }

    private mutating func soothe() {
        resume()
        reap()
        outside = Surroundings()
    }

    private mutating func resume() {
        for index in workers.indices where workers[index].life == .stopped {
            workers[index].life = .running
        }
    }

    private mutating func kill(worker: Int) {
        guard workers[worker].life != .dead else { return }
        if operation?.held != nil { operation?.diedWaiting += workers[worker].held }
        workers[worker].die()
    }

    /// The supervisor clears the slot of a dead worker and starts another one.
    private mutating func reap() {
        for index in workers.indices where workers[index].life == .dead && seed.isOne(in: 2) {
            board.clear(index)
            workers[index].life = .running
        }
    }

    private mutating func killController() {
        operation = nil
        returns = now.advanced(byNanoseconds: UInt64(seed.below(30_000_000)))
    }

    // MARK: Operators

    private mutating func command() {
        guard operation == nil, returns == .never, !isRecovering else { return }
        let modes: [SwitchMode] = [.handover, .handover, .handover, .overlap]
        var terms = SwitchTerms(
            mode: modes[seed.below(4)],
            onDrainTimeout: SwitchTerms.OnDrainTimeout.allCases[seed.below(3)],
            holdTimeout: .milliseconds(40), drainTimeout: .milliseconds(30),
            timeout: seed.isOne(in: 8) ? .milliseconds(20) : nil)
        terms.backsUp = seed.isOne(in: 2)
        terms.closesStreams = seed.isOne(in: 4) && terms.mode == .handover
        if seed.isOne(in: 2) { terms.watch = .milliseconds(1 + seed.below(150)) }
        journal.isUnfinished = true
        acknowledged = nil
        let from = board.route.active
        operation = SimulatedSwitch(terms, from: from, to: from.other, now: now)
    }

    private mutating func hold() {
        guard operation == nil, returns == .never, board.route.phase == .open else { return }
        board.deadline = now.advanced(byNanoseconds: 25_000_000)
        board.route = board.route.next(phase: .held, active: board.route.active)
    }

    private mutating func release() {
        guard operation == nil, returns == .never, board.route.phase == .held else { return }
        board.route = board.route.next(phase: .open, active: board.route.active)
    }

    // MARK: Workers

    private mutating func stepWorker(_ index: Int) {
        guard workers[index].canStep(now: now) else { return }
        switch workers[index].step(index, board, now: now, &seed) {
        case .started(let request):
            if let acknowledged, request.color != acknowledged {
                fail("a request started on \(request.color), acknowledged was \(acknowledged)")
            }
        case .ended(let streams):
            for stream in streams where stream.epoch >= board.leftEpoch[Int(stream.color.rawValue)]
            {
                // What is to leave in this hold, by `--streams close`.
                if let order = board.endOrder, order.color == stream.color,
                    stream.epoch < order.epoch
                {
                    continue
                }
                fail("a stream of \(stream.color) was ended that began after it had come back")
            }
        case nil: break
        }
    }
}
