internal import Control
internal import Kernel

/// The command of a deploy as the command line runs it: in the operator's terminal and folder, with
/// a word to the controller every second that it is still there.
final class CommandRun {
    static let leaseNanoseconds: UInt64 = 1_000_000_000
    /// From TERM to KILL.
    static let killNanoseconds: UInt64 = 5_000_000_000
    private static let leaseLimit = TimeSpan.seconds(2)

    private let client: ControlClient
    private let operation: String
    private let program: ForegroundProgram
    private var nextLease = Instant.now
    private var killAt = Instant.never
    /// For the person at the terminal, once each.
    private var said: Set<ForegroundProgram.State> = []

    /// Starts it; where that fails, the controller is told and nil comes back.
    ///
    /// The word that it may run can be old: whoever was stopped meanwhile reads it when nothing is
    /// held any more. So it is asked for again at the last moment.
    init?(
        _ command: [String], operation: String, client: ControlClient, isJSON: Bool
    ) {
        self.client = client
        self.operation = operation
        guard Self.say(LeaseBody(.running), operation, client) == .running else {
            Self.refuse("nobody waits for it any more", operation: operation, client: client)
            return nil
        }
        do throws(SystemError) {
            program = try ForegroundProgram("command.start", command, outputIsError: isJSON)
        } catch {
            var body = LeaseBody(.ended)
            body.reason = "\(error)"
            Self.say(body, operation, client)
            return nil
        }
    }

    /// Nobody shall wait for a command that will not be run.
    static func refuse(_ reason: String, operation: String, client: ControlClient) {
        var body = LeaseBody(.ended)
        body.reason = reason
        say(body, operation, client)
    }

    /// When `turn` wants to be called again at the latest.
    var nextTurn: Instant { min(nextLease, killAt) }

    /// Whatever is due. Returns true once the command has ended and the controller was told.
    /// `tell`: what whoever is at the terminal has to know.
    func turn(_ tell: (String) -> Void = { _ in }) -> Bool {
        let now = Instant.now
        if now >= killAt {
            program.send(.kill)
            killAt = now.advanced(byNanoseconds: Self.killNanoseconds)
        }
        let state = program.look()
        if let word = Self.word(of: state), said.insert(state).inserted { tell(word) }
        if case .ended(let ending) = state {
            var body = LeaseBody(.ended, pid: program.pid)
            switch ending {
            case .exited(let code): body.code = code
            case .killed(let signal): body.signal = signal
            }
            Self.say(body, operation, client)
            return true
        }
        guard now >= nextLease else { return false }
        let answer = Self.say(LeaseBody(.running, pid: program.pid), operation, client)
        nextLease = Instant.now.advanced(byNanoseconds: Self.leaseNanoseconds)
        if answer == .over { end(.terminate) }
        return false
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
        program.send(signal)
        guard killAt == .never else { return }
        killAt = Instant.now.advanced(byNanoseconds: Self.killNanoseconds)
    }

    /// nil where no controller takes it: one that comes later is told the next time.
    @discardableResult
    private static func say(
        _ body: LeaseBody, _ operation: String, _ client: ControlClient
    ) -> LeaseAnswer.State? {
        do {
            let request = ControlRequest(
                .post, Route.lease(operation), body: try ControlClient.body(body))
            return try client.quietDocument(request, limit: leaseLimit)
                .decode(LeaseAnswer.self).state
        } catch {
            return nil
        }
    }
}
