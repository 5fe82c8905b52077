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
    let from: Color
    let to: Color
    let mode: SwitchMode
    let allowsLeftBehind: Bool
    let began: Instant
    var plan: SwitchPlan
    var action: SwitchPlan.Action
    /// Within the action: each access to shared memory is a step of its own.
    var step = 0
    var readyAt: Instant
    var seen = RouteWord.undecided
    var held: RouteWord?
    var holdBegan = Duration.zero
    var lostBefore = 0
    var counted = 0
    /// Drained inside its own hold: nothing of the old color may be at work at the switch.
    var isProven = false

    init(_ terms: SwitchTerms, from: Color, to: Color, now: Instant) {
        self.from = from
        self.to = to
        mode = terms.mode
        allowsLeftBehind = terms.onDrainTimeout != .back
        began = now
        plan = SwitchPlan(terms)
        action = plan.start()
        readyAt = now
    }
}

/// What the world outside says when it is asked, and how it fails.
struct Surroundings {
    var isHealthy = [true, true]
    /// Sets of migrations: in the database, and known to each color.
    var applied: UInt8 = 0b011
    var known: [UInt8] = [0b011, 0b011]

    /// The gate compares sets.
    func passes(_ color: Color) -> Bool {
        let index = Int(color.rawValue)
        return isHealthy[index] && known[index] == applied
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
