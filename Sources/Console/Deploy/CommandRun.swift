internal import Control
internal import Kernel

/// The command of a deploy as the command line runs it: in the operator's terminal and folder, with
/// a word to the controller every second that it is still there.
final class CommandRun {
    /// From TERM to KILL.
    static let killNanoseconds: UInt64 = 5_000_000_000
    /// Between two looks at what the command has left.
    private static let lookNanoseconds: UInt64 = 50_000_000

    /// What we have done to end it.
    private enum Push {
        case none
        /// KILL comes next.
        case asked(kill: Instant)
        case killed
    }

    private let line: LeaseLine
    private let program: ForegroundProgram
    private let guardian: CommandGuard
    private var nextLease = Instant.now
    private var push = Push.none
    /// For the person at the terminal, once each.
    private var said: Set<ForegroundProgram.State> = []

    /// Starts it; where that fails, the controller is told and nil comes back.
    ///
    /// The word that it may run can be old: whoever was stopped meanwhile reads it when nothing is
    /// held any more. So it is asked for again at the last moment.
    init?(
        _ command: [String], operation: String, client: ControlClient, isJSON: Bool
    ) {
        line = LeaseLine(client: client, operation: operation)
        guard line.say(LeaseBody(.running)) == .running else {
            line.refuse("nobody waits for it any more")
            return nil
        }
        do throws(SystemError) {
            guardian = try CommandGuard(line)
            program = try ForegroundProgram("command.start", command, outputIsError: isJSON)
        } catch {
            line.refuse("\(error)")
            return nil
        }
        guardian.begin(program.group)
    }

    /// When `turn` wants to be called again at the latest.
    var nextTurn: Instant {
        switch push {
        case .none, .killed: nextLease
        // What it has started ends without telling us.
        case .asked: min(nextLease, Instant.now.advanced(byNanoseconds: Self.lookNanoseconds))
        }
    }

    /// Whatever is due. Returns true once the command has ended and the controller was told.
    /// `tell`: what whoever is at the terminal has to know.
    func turn(_ tell: (String) -> Void = { _ in }) -> Bool {
        let now = Instant.now
        if case .asked(let kill) = push, now >= kill {
            program.group.send(.kill)
            push = .killed
        }
        let state = program.look()
        if let word = Self.word(of: state), said.insert(state).inserted { tell(word) }
        if case .ended(let ending) = state, !isRestLeft {
            guardian.end()
            var body = LeaseBody(.ended, pid: program.pid)
            switch ending {
            case .exited(let code): body.code = code
            case .killed(let signal): body.signal = signal
            }
            line.say(body)
            return true
        }
        guard now >= nextLease else { return false }
        let answer = line.say(LeaseBody(.running, pid: program.pid))
        nextLease = Instant.now.advanced(byNanoseconds: LeaseLine.pauseNanoseconds)
        if answer == .over { end(.terminate) }
        return false
    }

    /// What it has started was told to end with it, and may take its time: until then it could
    /// still write. What a command leaves that ended by itself is not ours.
    private var isRestLeft: Bool {
        switch push {
        case .asked: program.group.isRunning
        case .none, .killed: false
        }
    }

    private static func word(of state: ForegroundProgram.State) -> String? {
        switch state {
        case .running, .ended: nil
        case .woken:
            "the command cannot be suspended, for others wait for it: it goes on. Ctrl-C ends it"
        case .waiting:
            "the command is stopped: it wants the terminal, and this job is in the background. "
                + "`fg` gives it the terminal"
        }
    }

    /// Asks it to end, all of its group; by force where it takes too long.
    func end(_ signal: Signal) {
        program.group.send(signal)
        guard case .none = push else { return }
        push = .asked(kill: Instant.now.advanced(byNanoseconds: Self.killNanoseconds))
    }
}
