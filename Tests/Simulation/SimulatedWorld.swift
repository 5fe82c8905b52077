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
    private static let calm = Instant(nanoseconds: 80_000_000)

    private var seed: Seed
    private var now = Instant(nanoseconds: 1)
    private let board = SimulatedBoard()
    private var workers: [SimulatedWorker]
    private var journal = SimulatedJournal()
    private var outside = Surroundings()
    private var operation: SimulatedSwitch?
    /// The controller is dead until then; `.never` while it lives.
    private var returns = Instant.never
    private var isRecovering = false
    /// Which color serves since an operator was told so.
    private var acknowledged: Color?
    /// The journal could not be corrected, and the operator was told.
    private var isJournalKnownWrong = false
    private(set) var violation: String?
    private(set) var outcomes: [Outcome: Int] = [:]
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
    }

    /// A hold by hand whose time is over ends with the next request, and nobody may come any more.
    private var holdsNobody: Bool { board.route.phase == .open || now >= board.deadline }

    /// What still moves.
    private var atRest: String {
        let busy = workers.map { "\($0.life) \($0.toCome) \($0.waiting) \($0.running.count)" }
        return "now \(now.nanoseconds), phase \(board.route.phase), operation "
            + "\(operation.map { "\($0.action)" } ?? "none"), workers \(busy)"
    }

    private mutating func fail(_ what: String) { violation = violation ?? what }

    private mutating func judgeRest() {
        if !board.isQuiet { fail("counts are not zero") }
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
        switch seed.below(12) {
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
        case _:
            // One of the colors migrates, or is replaced by a newer version.
            outside.known[seed.below(2)] = seed.isOne(in: 2) ? 0b011 : 0b111
            if seed.isOne(in: 2) { outside.applied = 0b111 }
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
        if workers[worker].life != .dead { workers[worker].die() }
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
        let terms = SwitchTerms(
            mode: modes[seed.below(4)],
            onDrainTimeout: SwitchTerms.OnDrainTimeout.allCases[seed.below(3)],
            holdTimeout: .milliseconds(40), drainTimeout: .milliseconds(30),
            timeout: seed.isOne(in: 8) ? .milliseconds(20) : nil)
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
        guard let started = workers[index].step(index, board, now: now, &seed) else { return }
        if let acknowledged, started.color != acknowledged {
            fail("a request started on \(started.color), acknowledged was \(acknowledged)")
        }
    }

    // MARK: The controller

    private mutating func stepController() {
        if returns != .never {
            guard now >= returns else { return }
            returns = .never
            isRecovering = true
        }
        if isRecovering { return recover() }
        guard var current = operation, now >= current.readyAt else { return }
        operation = nil
        if perform(&current) { operation = current }
    }

    /// A new controller: the hold that an operation left is ended, the journal told who serves.
    private mutating func recover() {
        if journal.isUnfinished, board.route.phase == .held {
            board.route = board.route.next(phase: .open, active: board.route.active)
            return
        }
        journal = SimulatedJournal(active: board.route.active)
        isJournalKnownWrong = false
        isRecovering = false
    }

    /// One step of the plan's present action. False: the operation is over.
    private mutating func perform(_ current: inout SimulatedSwitch) -> Bool {
        let elapsed = now.duration(since: current.began)
        switch current.action {
        case .preflight:
            let passes = outside.passes(current.to)
            current.go(passes ? current.plan.preflightPassed(at: elapsed) : current.plan.refused())
        case .hold(let time): hold(&current, for: time, elapsed)
        case .poll(let pause): poll(&current, pause, elapsed)
        case .verify:
            let passes = outside.passes(current.to)
            current.go(passes ? current.plan.verified(at: elapsed) : current.plan.refused())
        case .commit: commit(&current, elapsed)
        case .cut:
            for index in workers.indices where workers[index].life == .running {
                workers[index].cut(current.from, index, board)
            }
            current.go(current.plan.toldToEnd())
        case .switchOver: switchOver(&current, elapsed)
        case .undo(let isDecided): undo(&current, isDecided)
        case .finish(let ending):
            acknowledge(current, ending)
            return false
        case _: fail("an action that no term asked for: \(current.action)")
        }
        return true
    }

    private mutating func hold(
        _ current: inout SimulatedSwitch, for time: Duration, _ elapsed: Duration
    ) {
        switch current.step {
        case 0:
            current.holdBegan = elapsed
            current.lostBefore = board.lost
            current.step = 1
        case 1:
            current.seen = board.route
            guard current.seen.active == current.from, current.seen.phase != .maintenance else {
                return current.go(current.plan.holdLost())
            }
            current.step = 2
        case 2:
            board.deadline = current.began.advanced(by: current.holdBegan).advanced(by: time)
            current.step = 3
        case _:
            let new = current.seen.next(phase: .held, active: current.from)
            guard board.exchange(from: current.seen, to: new) else {
                current.step = 1
                return
            }
            current.held = new
            current.go(current.plan.holdStands(since: current.holdBegan))
        }
    }

    /// Every worker's count is read on its own, and then what was lost.
    private mutating func poll(
        _ current: inout SimulatedSwitch, _ pause: Duration, _ elapsed: Duration
    ) {
        switch current.step {
        case 0:
            current.readyAt = now.advanced(by: pause)
            current.counted = 0
            current.step = 1
        case 1...SimulatedBoard.workers:
            current.counted += board.inFlight(current.step - 1, current.from)
            current.step += 1
        case _:
            let isProven = current.counted == 0 && board.lost == current.lostBefore
            current.isProven = isProven && current.held != nil
            current.go(
                current.plan.counted(
                    inFlight: current.counted, lostWithWorkers: board.lost - current.lostBefore,
                    at: elapsed))
        }
    }

    /// A write that fails may have reached the disk all the same.
    private mutating func commit(_ current: inout SimulatedSwitch, _ elapsed: Duration) {
        let isFailing = now < Self.calm && seed.isOne(in: 12)
        if !isFailing || seed.isOne(in: 2) { journal.active = current.to }
        current.go(
            isFailing ? current.plan.commitFailed() : current.plan.committed(at: elapsed))
    }

    private mutating func switchOver(_ current: inout SimulatedSwitch, _ elapsed: Duration) {
        let old = current.held ?? board.route
        guard old.active == current.from,
            board.exchange(from: old, to: old.next(phase: .open, active: current.to))
        else {
            return current.go(current.plan.raceLost())
        }
        if current.isProven { judgeQuiet(current) }
        if current.held == nil { current.lostBefore = board.lost }
        current.go(current.plan.switched(at: elapsed))
    }

    private mutating func judgeQuiet(_ current: SimulatedSwitch) {
        let isBusy = workers.contains { $0.running.contains { $0.color == current.from } }
        if isBusy { fail("a request runs on \(current.from) at the switch") }
    }

    private mutating func undo(_ current: inout SimulatedSwitch, _ isDecided: Bool) {
        if let held = current.held {
            _ = board.exchange(from: held, to: held.next(phase: .open, active: current.from))
        }
        guard isDecided else { return current.go(current.plan.undone()) }
        guard now >= Self.calm || !seed.isOne(in: 12) else {
            isJournalKnownWrong = true
            return current.go(current.plan.undoFailed())
        }
        journal.active = board.route.active
        current.go(current.plan.undone())
    }

    private mutating func acknowledge(_ current: SimulatedSwitch, _ ending: Ending) {
        let outcome = ending.outcome(lost: 0)
        outcomes[outcome, default: 0] += 1
        journal.isUnfinished = false
        let active = board.route.active
        if ending.isSwitched != (active == current.to) {
            fail("told \(outcome), but \(active) serves")
        }
        if journal.active != active, !isJournalKnownWrong {
            fail("acknowledged with a journal that says \(journal.active)")
        }
        if ending.isSwitched { isJournalKnownWrong = false }
        acknowledged = active
    }
}

extension SimulatedSwitch {
    fileprivate mutating func go(_ next: SwitchPlan.Action) {
        action = next
        step = 0
    }
}
