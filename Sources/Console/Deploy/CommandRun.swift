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

    /// Starts it; where that fails, the controller is told and nil comes back.
    init?(
        _ command: [String], operation: String, client: ControlClient, isJSON: Bool
    ) {
        self.client = client
        self.operation = operation
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
    func turn() -> Bool {
        let now = Instant.now
        if now >= killAt {
            program.send(.kill)
            killAt = now.advanced(byNanoseconds: Self.killNanoseconds)
        }
        if let ending = program.ending() {
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
