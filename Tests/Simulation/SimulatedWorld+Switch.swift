import Board
import Control
import Kernel
import Switchover

/// The controller of a simulated world: carries the real plan out, one access at a time.
extension SimulatedWorld {
    mutating func stepController() {
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

    /// A new controller: the hold that the one before has left is ended, an operation's or one by
    /// hand, and the journal told who serves.
    private mutating func recover() {
        if journal.isUnfinished, board.endOrder?.color == board.route.active {
            return board.letServe(board.route.active)
        }
        if board.route.phase == .held {
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
        case .preflight: preflight(&current, elapsed)
        case .backup: backup(&current, elapsed)
        case .hold(let time): hold(&current, for: time, elapsed)
        case .endStreams: order(&current, cuts: false)
        case .poll(let pause): poll(&current, pause, elapsed)
        case .verify: verify(&current, elapsed)
        case .commit: commit(&current, elapsed)
        case .cut: order(&current, cuts: true)
        case .switchOver: switchOver(&current, elapsed)
        case .undo(let isDecided): undo(&current, isDecided)
        case .observe(let pause): observe(&current, pause, elapsed)
        case .wayBack: wayBack(&current)
        case .finish(let ending):
            if let outer = current.outer {
                current.endWayBack(ending, outer)
                return true
            }
            // The release: who waited is let through, or was lost with a worker, before it is told.
            guard current.heldLostBefore == nil || board.heldNow == 0 else {
                current.readyAt = now.advanced(byNanoseconds: 1_000_000)
                return true
            }
            acknowledge(current, ending)
            return false
        }
        return true
    }

    // MARK: Checks and copies

    private mutating func preflight(_ current: inout SimulatedSwitch, _ elapsed: Duration) {
        guard outside.passes(current.to) else { return current.go(current.plan.refused()) }
        current.isChecked = outside.fits(current.to)
        let isOldHealthy = outside.isHealthy[Int(current.from.rawValue)]
        current.go(current.plan.preflightPassed(at: elapsed, isOldHealthy: isOldHealthy))
    }

    private mutating func verify(_ current: inout SimulatedSwitch, _ elapsed: Duration) {
        guard outside.passes(current.to) else { return current.go(current.plan.refused()) }
        current.isVerified = outside.fits(current.to)
        current.go(current.plan.verified(at: elapsed))
    }

    private mutating func backup(_ current: inout SimulatedSwitch, _ elapsed: Duration) {
        if current.step == 0 {
            current.readyAt = now.advanced(byNanoseconds: UInt64(seed.below(30_000_000)))
            current.step = 1
            return
        }
        if board.route.phase == .held, current.held != nil { fail("a copy is made in the hold") }
        if let timeout = current.terms.timeout, elapsed >= timeout {
            return current.go(current.plan.backupRanOut())
        }
        if now < Self.calm, seed.isOne(in: 8) { return current.go(current.plan.refused()) }
        current.hasCopy = true
        current.go(current.plan.backedUp(at: elapsed))
    }

    // MARK: Hold and drain

    private mutating func hold(
        _ current: inout SimulatedSwitch, for time: Duration, _ elapsed: Duration
    ) {
        switch current.step {
        case 0:
            current.holdBegan = elapsed
            current.lostBefore = board.lost
            current.heldLostBefore = current.heldLostBefore ?? board.heldLost
            current.isVerified = false
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

    /// What is to end on the old color, for the workers to see when they look.
    private mutating func order(_ current: inout SimulatedSwitch, cuts: Bool) {
        let standing = board.endOrder
        let streamsEnd =
            current.closesStreams
            ? now : standing?.color == current.from ? standing?.streamsEnd ?? .never : .never
        board.endOrder = EndOrder(
            color: current.from, epoch: board.route.epoch, cutsRequests: cuts,
            streamsEnd: streamsEnd)
        current.go(current.plan.toldToEnd())
    }

    /// Every worker's count is read on its own, its streams after what is in flight, and then what
    /// was lost.
    private mutating func poll(
        _ current: inout SimulatedSwitch, _ pause: Duration, _ elapsed: Duration
    ) {
        let count = SimulatedBoard.workers
        switch current.step {
        case 0:
            current.readyAt = now.advanced(by: pause)
            current.counted = 0
            current.step = 1
        case 1...count:
            current.counted += board.inFlight(current.step - 1, current.from)
            current.step += 1
        case count + 1...2 * count where current.closesStreams:
            current.counted += board.streams(current.step - 1 - count, current.from)
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

    // MARK: The decision

    /// A write that fails may have reached the disk all the same.
    private mutating func commit(_ current: inout SimulatedSwitch, _ elapsed: Duration) {
        let isFailing = now < Self.calm && seed.isOne(in: 12)
        if !isFailing || seed.isOne(in: 2) { journal.active = current.to }
        current.go(
            isFailing ? current.plan.commitFailed() : current.plan.committed(at: elapsed))
    }

    private mutating func switchOver(_ current: inout SimulatedSwitch, _ elapsed: Duration) {
        switch current.step {
        case 0:
            board.letServe(current.to)
            current.step = 1
        case 1:
            let old = current.held ?? board.route
            let new = old.next(phase: .open, active: current.to)
            guard old.active == current.from, board.exchange(from: old, to: new) else {
                return current.go(current.plan.raceLost())
            }
            judgeSwitch(current)
            if journal.active == current.to { isJournalKnownWrong = false }
            if current.held == nil { current.lostBefore = board.lost }
            current.seen = new
            current.step = 2
        case _:
            let end =
                current.closesStreams
                ? now : now.advanced(byNanoseconds: SimulatedWorker.grace)
            board.endOrder = EndOrder(
                color: current.from, epoch: current.seen.epoch, cutsRequests: false,
                streamsEnd: end)
            current.go(current.plan.switched(at: elapsed))
        }
    }

    private mutating func judgeSwitch(_ current: SimulatedSwitch) {
        if !current.isChecked { fail("switched to \(current.to), which never fitted") }
        if current.held != nil, !current.isVerified { fail("switched without a look in the hold") }
        if current.terms.backsUp, !current.hasCopy { fail("switched without a copy") }
        if journal.active != current.to { fail("switched without a line in the journal") }
        guard current.isProven else { return }
        let isBusy = workers.contains { $0.running.contains { $0.color == current.from } }
        if isBusy { fail("a request runs on \(current.from) at the switch") }
        let streams = workers.contains { $0.streams.contains { $0.color == current.from } }
        if current.closesStreams, streams { fail("a stream is open on \(current.from)") }
    }

    private mutating func undo(_ current: inout SimulatedSwitch, _ isDecided: Bool) {
        if current.step == 0 {
            if current.held != nil { board.letServe(current.from) }
            current.step = 1
            return
        }
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

    // MARK: The watch

    private mutating func observe(
        _ current: inout SimulatedSwitch, _ pause: Duration, _ elapsed: Duration
    ) {
        if current.step == 0 {
            current.readyAt = now.advanced(by: pause)
            current.step = 1
            return
        }
        let judge = WatchJudge(
            before: AnswerCount(answers: 1_000, failures: 10), maxErrorRate: 0.05)
        let isHealthy = outside.isHealthy[Int(current.to.rawValue)]
        current.verdict =
            seed.isOne(in: 32)
            ? .ended : judge.verdict(outside.answers(current.to, &seed), isHealthy: isHealthy)
        current.go(current.plan.observed(current.verdict, at: elapsed))
    }

    private mutating func wayBack(_ current: inout SimulatedSwitch) {
        let color = Int(current.to.rawValue)
        if current.isGoingBack { fail("a way back has a watch of its own") }
        if outside.isHealthy[color], !outside.isFailing[color], current.verdict != .failing,
            current.verdict != .unhealthy
        {
            fail("a way back from a color that is well")
        }
        current.beginWayBack()
    }

    // MARK: The end

    private mutating func acknowledge(_ current: SimulatedSwitch, _ ending: Ending) {
        let lost = current.heldLostBefore.map { board.heldLost - $0 } ?? 0
        if current.diedWaiting > lost {
            fail("\(current.diedWaiting) waited in workers that died, told were \(lost)")
        }
        let outcome = ending.outcome(lost: lost)
        outcomes[outcome, default: 0] += 1
        journal.isUnfinished = false
        let active = board.route.active
        if ending.isSwitched != (active == current.to) {
            fail("told \(outcome), but \(active) serves")
        }
        if journal.active != active, !isJournalKnownWrong {
            fail("acknowledged with a journal that says \(journal.active)")
        }
        acknowledged = active
    }
}
