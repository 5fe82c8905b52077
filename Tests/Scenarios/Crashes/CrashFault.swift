import Control

/// Where a switch is stopped: a step's name at the seam of `Kernel`, in the order of a handover.
enum CrashStep: String, CaseIterable, Sendable {
    case lock, preflight
    /// With a database: before the process of the copy is started, and within that process.
    case backup, copying
    case hold, drain
    /// In the process that pins the moment at which the old color was quiet.
    case pinning
    case verify
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

    /// Of a service without a database.
    static let plain = allCases.filter { !$0.needsDatabase }

    /// At which the controller stops.
    static let controllers = allCases.filter { !$0.isInJob }

    /// At the seam of `Kernel`.
    var name: String {
        switch self {
        case .copying: "backup.copy"
        case .pinning: "backup.pin"
        case .lock, .preflight, .backup, .hold, .drain, .verify, .decision, .swap, .release,
            .watch, .acknowledge:
            "switch.\(rawValue)"
        }
    }

    /// It is not the controller that stops there, but the process that works on the database.
    var isInJob: Bool { self == .copying || self == .pinning }

    var needsDatabase: Bool { isInJob || self == .backup }

    /// The hold stands, and ends by itself at its deadline.
    var isHeld: Bool {
        switch self {
        case .drain, .pinning, .verify, .decision, .swap: true
        case .lock, .preflight, .backup, .copying, .hold, .release, .watch, .acknowledge: false
        }
    }

    /// The new color serves already.
    var isSwitched: Bool {
        switch self {
        case .release, .watch, .acknowledge: true
        case .lock, .preflight, .backup, .copying, .hold, .drain, .pinning, .verify, .decision,
            .swap:
            false
        }
    }

    /// So that what stands still is given up in time: the copy has only that of the operation, the
    /// pinning one second of the hold. A hold is short only where it may run out, and the wait of
    /// an overlap always: nothing depends on its end.
    func limits(_ fault: CrashFault, _ mode: SwitchMode) -> [String] {
        if self == .pinning { return ["--hold-timeout", "6s", "--drain-timeout", "5s"] }
        if fault == .jobStopped { return ["--timeout", "1s"] }
        let mayRunOut = mode == .overlap || fault.codes(at: self).contains(4)
        return mayRunOut ? Self.shortHold : []
    }

    private static let shortHold = ["--hold-timeout", "900ms", "--drain-timeout", "600ms"]
}

/// What goes wrong there.
enum CrashFault: String, CaseIterable, Sendable {
    case workerKilled, workerStopped
    case controllerKilled
    /// Past the deadline of its hold, where one stands.
    case controllerStopped
    case commandKilled
    case oldColorDies, newColorDies
    /// The process that works on the database.
    case jobKilled, jobStopped

    /// How many requests of so many clients it may break: a killed worker's, twice where they were
    /// held and sent again; any number while the color that serves is dead.
    func brokenMax(clients: Int) -> Int {
        switch self {
        case .workerKilled: 2 * clients
        case .oldColorDies, .newColorDies: .max
        case .workerStopped, .controllerKilled, .controllerStopped, .commandKilled, .jobKilled,
            .jobStopped:
            0
        }
    }

    /// It needs a step at which that process is at work.
    var isOfJob: Bool { self == .jobKilled || self == .jobStopped }

    /// Whether a stream may break off in the middle: its worker or its app died.
    var mayBreakStreams: Bool { brokenMax(clients: 1) > 0 }

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
        // A job that stands still is given up after a second; the controller may be that far.
        case .controllerStopped: step == .pinning ? [0, 4] : step.isHeld ? [4] : [0]
        case .commandKilled: [137]
        case .oldColorDies: [0, 3, 6]
        case .newColorDies: step == .watch ? [0, 5, 6] : [0, 3, 6]
        // Without the copy before the hold nothing is switched; without that of the drained moment
        // the switch is no worse.
        case .jobKilled: step == .copying ? [3] : [0]
        case .jobStopped: step == .copying ? [4] : [0]
        }
    }

    private func isDrained(_ step: CrashStep) -> Bool {
        switch step {
        case .lock, .preflight, .backup, .copying, .hold, .drain: false
        case .pinning, .verify, .decision, .swap, .release, .watch, .acknowledge: true
        }
    }
}
