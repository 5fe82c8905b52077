internal import Control

/// The way of a switchover from one color to the other, without doing any of it.
///
/// Every event answers with what is to be done next; the caller does it and reports back with the
/// event that tells how it went. Times are counted from the start of the operation.
///
/// ```
/// handover: preflight, hold, drain (poll ...), verify, commit, switch, finish
/// overlap:  preflight, commit, switch, drain (poll ...), finish
/// ```
///
/// The lock comes before the plan, since who waits for it has none; the release comes with the
/// switch, since the word that opens the new color is the one that lets held requests go. A backup
/// would stand between preflight and hold, a watch between switch and finish.
public struct SwitchPlan: Hashable, Sendable {
    /// What the caller does next.
    public enum Action: Hashable, Sendable {
        /// Runs the named checks; then `preflightPassed` or `refused`.
        case preflight
        /// Writes the deadline, this far from now, and swaps the route to held; then `holdStands`
        /// or `holdLost`.
        case hold(for: Duration)
        /// Waits this long and counts the old color's requests; then `counted`.
        case poll(after: Duration)
        /// Checks health and gate again; then `verified` or `refused`.
        case verify
        /// Writes the decision to the journal, synced; then `committed` or `commitFailed`.
        case commit
        /// Swaps the route to the new color, open; then `switched` or `raceLost`.
        case switchOver
        /// Ends a hold that still stands and, where the decision may be in the journal, writes
        /// that it is undone; then `undone` or `undoFailed`.
        case undo(decided: Bool)
        /// It is over.
        case finish(Ending)
    }

    /// Polls come fast at first, since most drains take a few milliseconds.
    static let pollFirst = Duration.milliseconds(1)
    static let pollLongest = Duration.milliseconds(5)

    private enum State: Hashable, Sendable {
        case ready
        case checking
        case holding
        case draining(Drain)
        case verifying(holdEnds: Duration, leftBehind: Int)
        /// `holdEnds` is nil in an overlap, which holds nothing.
        case committing(holdEnds: Duration?, leftBehind: Int)
        case switching(leftBehind: Int, drainsAfter: Bool)
        case trailing(Drain)
        case undoing(Ending)
        case over
    }

    /// A wait for the old color's requests to end.
    private struct Drain: Hashable, Sendable {
        let ends: Duration
        /// In a handover, when the hold ends by itself.
        let holdEnds: Duration
        var pause = SwitchPlan.pollFirst

        mutating func nextPause(now: Duration) -> Duration {
            let this = min(pause, max(ends - now, .zero))
            pause = min(pause + pause / 2, SwitchPlan.pollLongest)
            return this
        }
    }

    private let terms: SwitchTerms
    private var state = State.ready

    public init(_ terms: SwitchTerms) {
        self.terms = terms
    }

    /// The lock is taken.
    public mutating func start() -> Action {
        precondition(state == .ready, "a plan is started once")
        state = .checking
        return .preflight
    }

    /// All checks passed, or were overridden.
    public mutating func preflightPassed(at now: Duration) -> Action {
        precondition(state == .checking, "no preflight is under way")
        if isOutOfTime(now) { return finish(.outOfTime) }
        switch terms.mode {
        case .handover:
            state = .holding
            return .hold(for: terms.holdTimeout)
        case .overlap:
            state = .committing(holdEnds: nil, leftBehind: 0)
            return .commit
        }
    }

    /// A check of preflight or verify said no.
    public mutating func refused() -> Action {
        switch state {
        case .checking: finish(.refused)
        case .verifying: undo(.refused, decided: false)
        case .ready, .holding, .draining, .committing, .switching, .trailing, .undoing, .over:
            preconditionFailure("no check is under way")
        }
    }

    /// From now on no request starts; `began` is the moment before the deadline was written.
    public mutating func holdStands(since began: Duration) -> Action {
        precondition(state == .holding, "no hold was asked for")
        let holdEnds = began + terms.holdTimeout
        state = .draining(
            Drain(ends: min(began + terms.drainTimeout, holdEnds), holdEnds: holdEnds))
        // Often nothing is in flight, and then nobody waits at all.
        return .poll(after: .zero)
    }

    /// The route did not let itself be held: another has decided meanwhile.
    public mutating func holdLost() -> Action {
        precondition(state == .holding, "no hold was asked for")
        return finish(.holdEnded)
    }

    /// What is in flight on the old color, over all workers, and how many requests were lost with
    /// workers that died since the hold began (in an overlap: since the switch).
    public mutating func counted(inFlight: Int, lostWithWorkers: Int, at now: Duration) -> Action {
        switch state {
        case .draining(var drain):
            // The app may still be at work on what a dead worker had sent it.
            if lostWithWorkers > 0 { return undo(.workerDied, decided: false) }
            if now >= drain.holdEnds { return undo(.holdEnded, decided: false) }
            if isOutOfTime(now) { return undo(.outOfTime, decided: false) }
            if inFlight == 0 { return verify(drain, leftBehind: 0) }
            guard now >= drain.ends else { return poll(&drain, now, State.draining) }
            switch terms.onDrainTimeout {
            case .back: return undo(.drainTimedOut, decided: false)
            case .overlap: return verify(drain, leftBehind: inFlight)
            }
        case .trailing(var drain):
            if lostWithWorkers > 0 { return finish(.switched(leftBehind: inFlight)) }
            if inFlight == 0 { return finish(.switched(leftBehind: 0)) }
            guard now >= drain.ends else { return poll(&drain, now, State.trailing) }
            return finish(.switched(leftBehind: inFlight))
        case .ready, .checking, .holding, .verifying, .committing, .switching, .undoing, .over:
            preconditionFailure("nothing is being counted")
        }
    }

    /// Health and gate are as they were in preflight.
    public mutating func verified(at now: Duration) -> Action {
        guard case .verifying(let holdEnds, let leftBehind) = state else {
            preconditionFailure("nothing is being verified")
        }
        if now >= holdEnds { return undo(.holdEnded, decided: false) }
        if isOutOfTime(now) { return undo(.outOfTime, decided: false) }
        state = .committing(holdEnds: holdEnds, leftBehind: leftBehind)
        return .commit
    }

    /// The decision is on the disk.
    public mutating func committed(at now: Duration) -> Action {
        guard case .committing(let holdEnds, let leftBehind) = state else {
            preconditionFailure("nothing is being committed")
        }
        if let holdEnds, now >= holdEnds { return undo(.holdEnded, decided: true) }
        state = .switching(leftBehind: leftBehind, drainsAfter: terms.mode == .overlap)
        return .switchOver
    }

    /// The journal could not be written. The line may have reached the disk all the same.
    public mutating func commitFailed() -> Action {
        guard case .committing = state else { preconditionFailure("nothing is being committed") }
        return undo(.journalFailed, decided: true)
    }

    /// The route was swapped: the new color serves.
    public mutating func switched(at now: Duration) -> Action {
        guard case .switching(let leftBehind, let drainsAfter) = state else {
            preconditionFailure("no switch was asked for")
        }
        guard drainsAfter else { return finish(.switched(leftBehind: leftBehind)) }
        let ends = now + terms.drainTimeout
        var drain = Drain(ends: ends, holdEnds: ends)
        return poll(&drain, now, State.trailing)
    }

    /// A worker ended the hold first, for its deadline had passed.
    public mutating func raceLost() -> Action {
        guard case .switching = state else { preconditionFailure("no switch was asked for") }
        return undo(.holdEnded, decided: true)
    }

    /// The old color serves, and the journal says so.
    public mutating func undone() -> Action {
        guard case .undoing(let ending) = state else { preconditionFailure("nothing is undone") }
        return finish(ending)
    }

    /// The old color serves, and the journal could not be told.
    public mutating func undoFailed() -> Action {
        guard case .undoing = state else { preconditionFailure("nothing is undone") }
        return finish(.undoFailed)
    }

    private func isOutOfTime(_ now: Duration) -> Bool {
        terms.timeout.map { now >= $0 } ?? false
    }

    private mutating func poll(
        _ drain: inout Drain, _ now: Duration, _ next: (Drain) -> State
    ) -> Action {
        let pause = drain.nextPause(now: now)
        state = next(drain)
        return .poll(after: pause)
    }

    private mutating func verify(_ drain: Drain, leftBehind: Int) -> Action {
        state = .verifying(holdEnds: drain.holdEnds, leftBehind: leftBehind)
        return .verify
    }

    private mutating func undo(_ ending: Ending, decided: Bool) -> Action {
        state = .undoing(ending)
        return .undo(decided: decided)
    }

    private mutating func finish(_ ending: Ending) -> Action {
        state = .over
        return .finish(ending)
    }
}
