internal import Control

/// The way of a deploy, without doing any of it: a switch around the start of a version that
/// migrates by itself.
///
/// ```
/// preflight, backup, rehearse, hold, drain (poll ...), snapshot, command, start, hand over, finish
/// ```
///
/// What is handed over is a `SwitchPlan` that begins in this hold: hold all, drain reads, verify,
/// switch, release, watch. Until the command begins, a failure lets everything go as it was. From
/// then on the database may have changed, and a failure is settled first: by what it has become,
/// the old color is opened, the drained moment restored, or the service stays closed to writes.
/// Times are counted from the start of the operation.
public struct DeployPlan: Hashable, Sendable {
    /// What the caller does next.
    public enum Action: Hashable, Sendable {
        /// Runs the checks that can be run before the command; then `passed` or `refused`.
        case preflight
        /// Copies the database, verified; then `passed` or `refused`.
        case backup
        /// Runs the new version against a copy; then `passed`, `refused` or `ranOut`.
        case rehearse
        /// Holds writes, or everything, in a hold that ends closed, and ends tunnels; then
        /// `holdStands`, `holdLost` or `givenUp`.
        case hold(for: Duration)
        /// Waits this long and counts what may write; then `counted` or `givenUp`.
        case poll(after: Duration)
        /// Copies the drained moment, verified, looks whether somebody has written since, and
        /// writes to the journal that the command may run; then `passed`, `refused`, `ranOut`
        /// or `givenUp`.
        case snapshot(until: Duration?)
        /// Lets the client run its command, no longer than to this moment; then `passed`,
        /// `commandFailed` or `ranOut`.
        case command(until: Duration)
        /// Waits until the new version is healthy and its migrations match; then `passed` or
        /// `ranOut`.
        case start(until: Duration)
        /// Follows a switch from its hold on. `left`: of our hold; nil: it holds by itself. Then
        /// `handedOver`.
        case handOver(left: Duration?)
        /// Opens the service as it was; then `letGo`.
        case letGo
        /// Finds out what has become of the database and ends our hold accordingly; then
        /// `settled`.
        case settle
        case finish(DeployEnding)
    }

    enum State: Hashable, Sendable {
        case ready
        case checking
        case backingUp
        case rehearsing
        case holding
        case draining(Drain)
        /// `holdEnds`: nil where nothing is held.
        case snapping(holdEnds: Duration?)
        case commanding(holdEnds: Duration?, ends: Duration)
        case starting(holdEnds: Duration?, ends: Duration)
        case switching
        case lettingGo(DeployCause)
        case settling(DeployCause)
        case over
    }

    typealias Drain = SwitchPlan.Drain

    let terms: DeployTerms
    private(set) var state = State.ready

    public init(_ terms: DeployTerms) { self.terms = terms }

    /// The lock is taken.
    public mutating func start() -> Action {
        precondition(state == .ready, "a plan is started once")
        state = .checking
        return .preflight
    }

    /// What was asked for is done.
    public mutating func passed(at now: Duration) -> Action {
        switch state {
        case .checking:
            guard terms.backsUp else { return rehearse(now) }
            state = .backingUp
            return .backup
        case .backingUp: return rehearse(now)
        case .rehearsing: return hold(now)
        case .snapping(let holdEnds):
            if let holdEnds, now >= holdEnds { return letGo(.holdEnded) }
            let own = now + terms.commandTimeout
            let end = holdEnds.map { min($0, own) } ?? own
            state = .commanding(holdEnds: holdEnds, ends: end)
            return .command(until: end)
        case .commanding(let holdEnds, let ends):
            state = .starting(holdEnds: holdEnds, ends: ends)
            return .start(until: ends)
        case .starting(let holdEnds, _):
            if let holdEnds, now >= holdEnds { return settle(.holdEnded) }
            state = .switching
            return .handOver(left: holdEnds.map { $0 - now })
        case .ready, .holding, .draining, .switching, .lettingGo, .settling, .over:
            preconditionFailure("nothing was asked for that could pass")
        }
    }

    /// A check, the backup, the rehearsal or the snapshot said no.
    public mutating func refused() -> Action {
        switch state {
        case .checking, .backingUp, .rehearsing: return finish(.stopped(.refused))
        case .snapping: return letGo(.refused)
        case .ready, .holding, .draining, .commanding, .starting, .switching, .lettingGo,
            .settling, .over:
            preconditionFailure("nothing is under way that could refuse")
        }
    }

    private mutating func rehearse(_ now: Duration) -> Action {
        guard terms.rehearses else { return hold(now) }
        state = .rehearsing
        return .rehearse
    }

    private mutating func hold(_ now: Duration) -> Action {
        guard terms.holds else {
            state = .snapping(holdEnds: nil)
            return .snapshot(until: nil)
        }
        state = .holding
        return .hold(for: terms.holdTimeout)
    }

    /// From now on nothing starts that may write; `began` is the moment before the deadline was
    /// written.
    public mutating func holdStands(since began: Duration) -> Action {
        precondition(state == .holding, "no hold was asked for")
        let holdEnds = began + terms.holdTimeout
        state = .draining(
            Drain(ends: min(began + terms.drainTimeout, holdEnds), holdEnds: holdEnds))
        return .poll(after: .zero)
    }

    /// The route did not let itself be held: another has decided meanwhile.
    public mutating func holdLost() -> Action {
        precondition(state == .holding, "no hold was asked for")
        return finish(.stopped(.holdEnded))
    }

    /// What is in flight that may write, tunnels included, and how many requests were lost with
    /// workers that died since the hold began.
    public mutating func counted(writing: Int, lostWithWorkers: Int, at now: Duration) -> Action {
        guard case .draining(var drain) = state else {
            preconditionFailure("nothing is being counted")
        }
        // The app may still be at work on what a dead worker had sent it.
        if lostWithWorkers > 0 { return letGo(.workerDied) }
        if now >= drain.holdEnds { return letGo(.holdEnded) }
        if writing == 0 {
            state = .snapping(holdEnds: drain.holdEnds)
            return .snapshot(until: drain.holdEnds)
        }
        if now >= drain.ends { return letGo(.drainTimedOut) }
        let pause = drain.nextPause(now: now)
        state = .draining(drain)
        return .poll(after: pause)
    }

    /// Whoever was to run the command does not want to any more, before it was asked for.
    public mutating func givenUp() -> Action {
        switch state {
        case .holding: return finish(.stopped(.commandFailed))
        case .draining, .snapping: return letGo(.commandFailed)
        case .ready, .checking, .backingUp, .rehearsing, .commanding, .starting, .switching,
            .lettingGo, .settling, .over:
            preconditionFailure("it is too early, or too late, to give it up")
        }
    }

    /// The command failed, or nobody is there any more to say how it is.
    public mutating func commandFailed() -> Action {
        guard case .commanding = state else { preconditionFailure("no command was asked for") }
        return settle(.commandFailed)
    }

    /// The time for the command or the start behind it is over, or for the rehearsal or the
    /// snapshot before it.
    public mutating func ranOut(at now: Duration) -> Action {
        switch state {
        case .rehearsing: return finish(.stopped(.outOfTime))
        case .snapping: return letGo(.holdEnded)
        case .commanding(let holdEnds, _), .starting(let holdEnds, _):
            return settle(holdEnds.map { now >= $0 } == true ? .holdEnded : .outOfTime)
        case .ready, .checking, .backingUp, .holding, .draining, .switching, .lettingGo,
            .settling, .over:
            preconditionFailure("nothing is under way that could run out of time")
        }
    }

    /// How the switch behind the command ended.
    public mutating func handedOver(_ ending: Ending) -> Action {
        precondition(state == .switching, "nothing was handed over")
        guard let cause = ending.deployCause else { return finish(.switched(ending)) }
        return settle(cause)
    }

    /// The service is open as it was.
    public mutating func letGo() -> Action {
        guard case .lettingGo(let cause) = state else { preconditionFailure("nothing is held") }
        return finish(.stopped(cause))
    }

    public mutating func settled(_ aftermath: Aftermath) -> Action {
        guard case .settling(let cause) = state else {
            preconditionFailure("nothing is being settled")
        }
        return finish(.failed(cause, aftermath))
    }

    // MARK: Ends

    private mutating func letGo(_ cause: DeployCause) -> Action {
        guard terms.holds else { return finish(.stopped(cause)) }
        state = .lettingGo(cause)
        return .letGo
    }

    private mutating func settle(_ cause: DeployCause) -> Action {
        state = .settling(cause)
        return .settle
    }

    private mutating func finish(_ ending: DeployEnding) -> Action {
        state = .over
        return .finish(ending)
    }
}
