import Board
import Control
import Kernel
import Switchover

/// What the journal holds that decides: who serves, and which operation was begun and not ended.
struct SimulatedJournal {
    var active = Color.blue
    var isUnfinished = false
}

/// A switch under way: the real plan, and how far its present action is.
struct SimulatedSwitch {
    var from: Color
    var to: Color
    let terms: SwitchTerms
    let began: Instant
    var plan: SwitchPlan
    /// The plan that waits for its way back.
    var outer: SwitchPlan?
    var action: SwitchPlan.Action
    /// Within the action: each access to shared memory is a step of its own.
    var step = 0
    var readyAt: Instant
    var seen = RouteWord.undecided
    var held: RouteWord?
    var holdBegan = Duration.zero
    var lostBefore = 0
    /// Of those that waited, when its first hold began.
    var heldLostBefore: Int?
    /// How many waited in workers that were killed since its hold stands.
    var diedWaiting = 0
    var counted = 0
    /// Drained inside its own hold: nothing of the old color may be at work at the switch.
    var isProven = false
    /// Checked in preflight, and again within the hold.
    var isChecked = false
    var isVerified = false
    /// The copy before the hold stands.
    var hasCopy = false
    /// What the watch saw last.
    var verdict = WatchVerdict.quiet

    init(_ terms: SwitchTerms, from: Color, to: Color, now: Instant) {
        self.from = from
        self.to = to
        self.terms = terms
        began = now
        plan = SwitchPlan(terms)
        action = plan.start()
        readyAt = now
    }

    var isGoingBack: Bool { outer != nil }
    var closesStreams: Bool { terms.closesStreams && !isGoingBack }

    mutating func go(_ next: SwitchPlan.Action) {
        action = next
        step = 0
    }

    /// A plan of its own, the other way.
    mutating func beginWayBack() {
        outer = plan
        (from, to) = (to, from)
        plan = SwitchPlan(terms.ofWayBack)
        held = nil
        (isProven, isChecked, isVerified) = (false, false, false)
        go(plan.start())
    }

    /// The way back has ended.
    mutating func endWayBack(_ ending: Ending, _ outer: SwitchPlan) {
        self.outer = nil
        (from, to) = (to, from)
        plan = outer
        go(plan.wentBack(ending))
    }
}

extension Instant {
    func duration(since earlier: Instant) -> Duration {
        .nanoseconds(Int64(nanoseconds(since: earlier)))
    }

    func advanced(by time: Duration) -> Instant {
        let (seconds, attoseconds) = time.components
        return advanced(
            byNanoseconds: UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000))
    }
}
