/// What a plan makes of the old color's counts.
extension SwitchPlan {
    /// What is in flight on the old color, over all workers, with its streams where these are to
    /// end too; and how many requests were lost with workers that died since the hold began (in an
    /// overlap: since the switch).
    public mutating func counted(inFlight: Int, lostWithWorkers: Int, at now: Duration) -> Action {
        switch state {
        case .draining(let drain):
            if let end = endOfDrain(drain, inFlight, lostWithWorkers, now) { return end }
            guard now >= drain.ends else { return poll(drain, now, State.draining) }
            switch terms.onDrainTimeout {
            case .back: return undo(.drainTimedOut, decided: false)
            case .overlap: return verify(drain, leftBehind: inFlight)
            case .cut:
                let ends = min(now + Self.cutTimeout, drain.holdEnds)
                state = .cutting(Drain(ends: ends, holdEnds: drain.holdEnds))
                return .cut
            }
        case .cutting(let drain):
            if let end = endOfDrain(drain, inFlight, lostWithWorkers, now) { return end }
            guard now >= drain.ends else { return poll(drain, now, State.cutting) }
            return undo(.drainTimedOut, decided: false)
        case .trailing(let drain, let watchEnds):
            return trail(drain, watchEnds, inFlight, lostWithWorkers, now)
        case .trimming(let drain, let watchEnds):
            guard inFlight > 0, lostWithWorkers == 0, now < drain.ends else {
                return watch(to: watchEnds, leftBehind: inFlight, now)
            }
            return poll(drain, now) { .trimming($0, watchEnds: watchEnds) }
        case .ready, .checking, .backingUp, .holding, .endingStreams, .verifying, .committing,
            .switching, .watching, .goingBack, .undoing, .over:
            preconditionFailure("nothing is being counted")
        }
    }

    /// What ends a drain whether or not its own time is over; nil where it goes on.
    private mutating func endOfDrain(
        _ drain: Drain, _ inFlight: Int, _ lostWithWorkers: Int, _ now: Duration
    ) -> Action? {
        // The app may still be at work on what a dead worker had sent it.
        if lostWithWorkers > 0 { return undo(.workerDied, decided: false) }
        if now >= drain.holdEnds { return undo(.holdEnded, decided: false) }
        if isOutOfTime(now) { return undo(.outOfTime, decided: false) }
        return inFlight == 0 ? verify(drain, leftBehind: 0) : nil
    }

    /// The wait after the switch of an overlap.
    private mutating func trail(
        _ drain: Drain, _ watchEnds: Duration, _ inFlight: Int, _ lostWithWorkers: Int,
        _ now: Duration
    ) -> Action {
        guard inFlight > 0, lostWithWorkers == 0 else {
            return watch(to: watchEnds, leftBehind: inFlight, now)
        }
        guard now >= drain.ends else {
            return poll(drain, now) { .trailing($0, watchEnds: watchEnds) }
        }
        switch terms.onDrainTimeout {
        case .back, .overlap: return watch(to: watchEnds, leftBehind: inFlight, now)
        case .cut:
            let ends = now + Self.cutTimeout
            state = .trimming(Drain(ends: ends, holdEnds: ends), watchEnds: watchEnds)
            return .cut
        }
    }

    private mutating func poll(
        _ drain: Drain, _ now: Duration, _ next: (Drain) -> State
    ) -> Action {
        var drain = drain
        let pause = drain.nextPause(now: now)
        state = next(drain)
        return .poll(after: pause)
    }

    private mutating func verify(_ drain: Drain, leftBehind: Int) -> Action {
        state = .verifying(holdEnds: drain.holdEnds, leftBehind: leftBehind)
        return .verify(until: min(drain.holdEnds, terms.timeout ?? drain.holdEnds))
    }
}
