internal import Control

/// The way of a switchover from one color to the other, without doing any of it.
///
/// Every event answers with what is to be done next; the caller does it and reports back with the
/// event that tells how it went. Times are counted from the start of the operation.
///
/// ```
/// handover: preflight, backup, hold, drain (poll ...), verify, commit, switch, watch, finish
/// overlap:  preflight, backup, commit, switch, drain (poll ...), watch, finish
/// ```
///
/// The lock comes before the plan, since who waits for it has none; the release comes with the
/// switch, since the word that opens the new color is the one that lets held requests go. A watch
/// that fails asks for the way back, which is a plan of its own, inside this operation.
public struct SwitchPlan: Hashable, Sendable {
    /// What the caller does next.
    public enum Action: Hashable, Sendable {
        /// Runs the named checks; then `preflightPassed` or `refused`.
        case preflight
        /// Copies the database, verified; then `backedUp` or `refused`.
        case backup
        /// Writes the deadline, this far from now, and swaps the route to held; then `holdStands`
        /// or `holdLost`.
        case hold(for: Duration)
        /// Tells the workers to end the old color's streams now; then `toldToEnd`.
        case endStreams
        /// Waits this long and counts the old color's requests; then `counted`.
        case poll(after: Duration)
        /// Tells the workers to break off what is in flight on the old color; then `toldToEnd`.
        case cut
        /// Checks health and gate again, no longer than to this moment; then `verified`, `refused`
        /// or `verifyRanOut`.
        case verify(until: Duration)
        /// Writes the decision to the journal, synced; then `committed` or `commitFailed`.
        case commit
        /// Swaps the route to the new color, open; then `switched` or `raceLost`.
        case switchOver
        /// Ends a hold that still stands and, where the decision may be in the journal, writes
        /// that it is undone; then `undone` or `undoFailed`.
        case undo(decided: Bool)
        /// Waits this long and compares the new color with the old one; then `observed`.
        case observe(after: Duration)
        /// Goes back with a plan of its own; then `wentBack`.
        case wayBack
        /// It is over.
        case finish(Ending)
    }

    /// Polls come fast at first, since most drains take a few milliseconds.
    static let pollFirst = Duration.milliseconds(1)
    static let pollLongest = Duration.milliseconds(5)
    /// What was broken off is gone in a turn of a worker's loop; a worker that does not turn has
    /// this long.
    static let cutTimeout = Duration.seconds(1)
    /// Between two looks of the watch: soon enough that a way back saves most requests.
    static let observeInterval = Duration.milliseconds(100)

    enum State: Hashable, Sendable {
        case ready
        case checking
        case backingUp(SwitchMode)
        case holding
        case endingStreams(Drain)
        case draining(Drain)
        /// They were told to break off; what is left counts until it is gone.
        case cutting(Drain)
        case verifying(holdEnds: Duration, leftBehind: Int)
        /// `holdEnds` is nil in an overlap, which holds nothing.
        case committing(holdEnds: Duration?, leftBehind: Int)
        case switching(leftBehind: Int, drainsAfter: Bool)
        case trailing(Drain, watchEnds: Duration)
        case trimming(Drain, watchEnds: Duration)
        case watching(ends: Duration, leftBehind: Int)
        case goingBack
        case undoing(Ending)
        case over
    }

    /// A wait for the old color's requests to end.
    struct Drain: Hashable, Sendable {
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

    let terms: SwitchTerms
    var state = State.ready

    public init(_ terms: SwitchTerms) {
        self.terms = terms
    }

    /// The lock is taken.
    public mutating func start() -> Action {
        precondition(state == .ready, "a plan is started once")
        state = .checking
        return .preflight
    }

    /// The same where somebody else has checked and copied already: a deploy.
    public mutating func startChecked() -> Action {
        precondition(state == .ready, "a plan is started once")
        return begin(terms.mode)
    }

    /// All checks passed, or were overridden. `isOldHealthy`: of the color that serves now.
    public mutating func preflightPassed(
        at now: Duration, isOldHealthy: Bool = true
    ) -> Action {
        precondition(state == .checking, "no preflight is under way")
        if isOutOfTime(now) { return finish(.outOfTime) }
        let mode: SwitchMode = terms.isWayBack && !isOldHealthy ? .overlap : terms.mode
        guard terms.backsUp else { return begin(mode) }
        state = .backingUp(mode)
        return .backup
    }

    /// The copy stands and is verified.
    public mutating func backedUp(at now: Duration) -> Action {
        guard case .backingUp(let mode) = state else {
            preconditionFailure("nothing is being backed up")
        }
        if isOutOfTime(now) { return finish(.outOfTime) }
        return begin(mode)
    }

    /// The copy was not ready in the time for the whole operation.
    public mutating func backupRanOut() -> Action {
        guard case .backingUp = state else { preconditionFailure("nothing is being backed up") }
        return finish(.outOfTime)
    }

    private mutating func begin(_ mode: SwitchMode) -> Action {
        switch mode {
        case .handover:
            state = .holding
            return .hold(for: terms.holdTimeout)
        case .overlap:
            state = .committing(holdEnds: nil, leftBehind: 0)
            return .commit
        }
    }

    /// A check of preflight or verify, or the backup, said no.
    public mutating func refused() -> Action {
        switch state {
        case .checking, .backingUp: finish(.refused)
        case .verifying: undo(.refused, decided: false)
        case .ready, .holding, .endingStreams, .draining, .cutting, .committing, .switching,
            .trailing, .trimming, .watching, .goingBack, .undoing, .over:
            preconditionFailure("no check is under way")
        }
    }

    /// From now on no request starts; `began` is the moment before the deadline was written.
    public mutating func holdStands(since began: Duration) -> Action {
        precondition(state == .holding, "no hold was asked for")
        let holdEnds = began + terms.holdTimeout
        let drain = Drain(ends: min(began + terms.drainTimeout, holdEnds), holdEnds: holdEnds)
        if terms.closesStreams {
            state = .endingStreams(drain)
            return .endStreams
        }
        state = .draining(drain)
        // Often nothing is in flight, and then nobody waits at all.
        return .poll(after: .zero)
    }

    /// The route did not let itself be held: another has decided meanwhile.
    public mutating func holdLost() -> Action {
        precondition(state == .holding, "no hold was asked for")
        return finish(.holdEnded)
    }

    /// The workers can see what they are to end: `endStreams` or `cut`.
    public mutating func toldToEnd() -> Action {
        switch state {
        case .endingStreams(let drain):
            state = .draining(drain)
        case .cutting, .trimming: break
        case .ready, .checking, .backingUp, .holding, .draining, .verifying, .committing,
            .switching, .trailing, .watching, .goingBack, .undoing, .over:
            preconditionFailure("nothing was told to end")
        }
        return .poll(after: .zero)
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

    /// No answer of health and gate came in time: the requests that wait come first.
    public mutating func verifyRanOut(at now: Duration) -> Action {
        guard case .verifying(let holdEnds, _) = state else {
            preconditionFailure("nothing is being verified")
        }
        return undo(now < holdEnds && isOutOfTime(now) ? .outOfTime : .holdEnded, decided: false)
    }

    /// The decision is on the disk.
    public mutating func committed(at now: Duration) -> Action {
        guard case .committing(let holdEnds, let leftBehind) = state else {
            preconditionFailure("nothing is being committed")
        }
        if let holdEnds, now >= holdEnds { return undo(.holdEnded, decided: true) }
        state = .switching(leftBehind: leftBehind, drainsAfter: holdEnds == nil)
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
        let watchEnds = now + terms.watch
        guard drainsAfter else { return watch(to: watchEnds, leftBehind: leftBehind, now) }
        let ends = now + terms.drainTimeout
        var drain = Drain(ends: ends, holdEnds: ends)
        let pause = drain.nextPause(now: now)
        state = .trailing(drain, watchEnds: watchEnds)
        return .poll(after: pause)
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

    // MARK: The watch

    /// What the watch sees of the new color.
    public mutating func observed(_ verdict: WatchVerdict, at now: Duration) -> Action {
        guard case .watching(let ends, let leftBehind) = state else {
            preconditionFailure("nothing is being watched")
        }
        switch verdict {
        case .ended: return finish(.watchEnded)
        case .failing, .unhealthy:
            state = .goingBack
            return .wayBack
        case .quiet: return watch(to: ends, leftBehind: leftBehind, now)
        }
    }

    /// How the way back ended.
    public mutating func wentBack(_ ending: Ending) -> Action {
        precondition(state == .goingBack, "no way back was asked for")
        return finish(ending.isSwitched ? .rolledBack : .stranded)
    }

    mutating func watch(to ends: Duration, leftBehind: Int, _ now: Duration) -> Action {
        guard now < ends else { return finish(.switched(leftBehind: leftBehind)) }
        state = .watching(ends: ends, leftBehind: leftBehind)
        return .observe(after: min(Self.observeInterval, ends - now))
    }

    // MARK: Ends

    func isOutOfTime(_ now: Duration) -> Bool {
        terms.timeout.map { now >= $0 } ?? false
    }

    mutating func undo(_ ending: Ending, decided: Bool) -> Action {
        state = .undoing(ending)
        return .undo(decided: decided)
    }

    mutating func finish(_ ending: Ending) -> Action {
        state = .over
        return .finish(ending)
    }
}
