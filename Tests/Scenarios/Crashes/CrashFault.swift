/// Where a switch is stopped: a step's name at the seam of `Kernel`, in the order of a handover.
enum CrashStep: String, CaseIterable, Sendable {
    case lock, preflight, hold, drain, verify
    /// Drained and verified; the decision is not written.
    case decision = "switch"
    /// The decision is synced; the board is as before.
    case swap
    /// The board says so; what waited is let go.
    case release
    /// The new color is compared with the old one.
    case watch
    /// All is done and in the journal; nobody was told.
    case acknowledge

    var name: String { "switch.\(rawValue)" }

    /// The hold stands, and ends by itself at its deadline.
    var isHeld: Bool {
        switch self {
        case .drain, .verify, .decision, .swap: true
        case .lock, .preflight, .hold, .release, .watch, .acknowledge: false
        }
    }

    /// The new color serves already.
    var isSwitched: Bool {
        switch self {
        case .release, .watch, .acknowledge: true
        case .lock, .preflight, .hold, .drain, .verify, .decision, .swap: false
        }
    }
}

/// What goes wrong there.
enum CrashFault: String, CaseIterable, Sendable {
    case workerKilled, workerStopped
    case controllerKilled
    /// Past the deadline of its hold, where one stands.
    case controllerStopped
    case commandKilled
    case oldColorDies, newColorDies

    /// How many requests of so many clients it may break: a killed worker's, twice where they were
    /// held and sent again; any number while the color that serves is dead.
    func brokenMax(clients: Int) -> Int {
        switch self {
        case .workerKilled: 2 * clients
        case .oldColorDies, .newColorDies: .max
        case .workerStopped, .controllerKilled, .controllerStopped, .commandKilled: 0
        }
    }

    /// A dead worker's last request may go on in its app unseen, for the moment that it takes.
    var mayLeaveWorkBehind: Bool { self == .workerKilled }

    /// The exit codes that are right for a handover that is stopped at this step.
    func codes(at step: CrashStep) -> Set<Int32> {
        switch self {
        // Whether the dead worker had requests of the old color in the hold decides.
        case .workerKilled: [0, 6]
        // Its requests do not end: unless it had none, the drain runs out.
        case .workerStopped: isDrained(step) ? [0] : [0, 4]
        // Nobody is there to answer the command, or the answer broke off.
        case .controllerKilled: [1, 69]
        case .controllerStopped: step.isHeld ? [4] : [0]
        case .commandKilled: [137]
        case .oldColorDies: [0, 3, 6]
        case .newColorDies: [0, 3, 6]
        }
    }

    private func isDrained(_ step: CrashStep) -> Bool {
        switch step {
        case .lock, .preflight, .hold, .drain: false
        case .verify, .decision, .swap, .release, .watch, .acknowledge: true
        }
    }
}
