internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Logging
internal import Settings
internal import Switchover

/// How a drain is told of, and how an operation ends.
extension SwitchRun {
    var totals: BoardTotals { BoardTotals(parts.board, service: parts.index) }

    /// From here on all is counted. Who waits already, in a hold by hand, waits in this operation's
    /// hold from here on.
    mutating func beginCounting() {
        parts.board.resetLongestHold(service: parts.index)
        let (totals, waiting) = BoardTotals.withWaiting(parts.board, service: parts.index)
        report.held += waiting
        base = (totals, .now)
    }

    /// The drain goes on.
    mutating func progress(_ inFlight: Int) async {
        guard Instant.now >= nextProgress else { return }
        nextProgress = Instant.now.advanced(by: Self.progressInterval)
        let held = parts.board.sum(.heldNow, service: parts.index)
        var message = "\(inFlight) in flight on \(from.name), \(held) held"
        var seen: [String: JSONValue] = ["in_flight": .integer(inFlight), "held": .integer(held)]
        if let holdEnds {
            let left = Instant.now < holdEnds ? holdEnds.duration(since: .now) : .zero
            seen["hold_left_ms"] = .integer(Int(left.milliseconds))
            if left <= Self.holdWarning { message += "; the hold ends in \(left.inMilliseconds)" }
            // Told while there is room: beyond the limit requests are refused.
            let limit = parts.settings.switchover.holdRequests
            if held >= limit - limit / 5 { message += "; at most \(limit) may wait" }
        }
        await events.add(.drain, .progress, message, seen)
    }

    /// The drain's time is over, and what is left is broken off: who that was is told before.
    mutating func cutting(_ inFlight: Int) async {
        let answer = await parts.workers.requests(service: parts.index, name: parts.name)
        let blocking = answer.requests.filter { $0.color == from && $0.state.isInFlight }
        await events.add(
            .drain, .progress,
            "breaks off \(Counting.text(inFlight, "request")) on \(from.name): "
                + Self.names(blocking, silent: answer.silent, inFlight),
            ["requests": .array(blocking.prefix(50).map(EventLog.value))])
    }

    /// The drain is over, one way or the other.
    mutating func drained(_ inFlight: Int, lost: Int, _ action: SwitchPlan.Action) async {
        let totals = totals
        report.finished += totals.finished(since: base?.totals ?? totals)
        let held = parts.board.sum(.heldNow, service: parts.index)
        var seen: [String: JSONValue] = [
            "in_flight": .integer(inFlight), "held": .integer(held),
            "finished": .integer(report.finished),
        ]
        if lost == 0, inFlight == 0, !isUndo(action) {
            await events.add(.drain, .passed, "\(from.name) is quiet", seen)
            return
        }
        if inFlight > 0 {
            // Who blocks is asked before the hold ends: afterwards it is too late to see them.
            let answer = await parts.workers.requests(service: parts.index, name: parts.name)
            // Streams are waited for where they were told to end.
            let blocking = answer.requests.filter {
                $0.color == from
                    && ($0.state.isInFlight || order.terms.closesStreams && $0.state == .streaming)
            }
            seen["requests"] = .array(blocking.prefix(50).map(EventLog.value))
            seen["silent"] = .array(answer.silent.map(EventLog.value))
            reason =
                "\(Counting.text(inFlight, "request")) on \(from.name) did not end: "
                + Self.names(blocking, silent: answer.silent, inFlight)
        } else {
            reason = "the drain of \(from.name) ran out of time"
        }
        if lost > 0 {
            reason = "a worker died with \(Counting.text(lost, "request")) of \(from.name)"
        }
        details = seen
        await events.add(.drain, isUndo(action) ? .failed : .passed, reason, seen)
    }

    /// Adds what was counted since the hold began, once its requests are let through: what the new
    /// color does after that is for the watch to see.
    mutating func settle() {
        guard let before = base else { return }
        let sums = totals.report(since: before.totals)
        report.held += sums.held
        report.released += sums.released
        report.expired += sums.expired
        report.cut += sums.cut
        report.gone += sums.gone
        report.retried += sums.retried
        report.upstreamFailures += sums.upstreamFailures
        report.lostWithWorker += sums.lostWithWorker
        if held != nil { didHold = true }
        report.longestHoldMilliseconds = max(
            report.longestHoldMilliseconds,
            Double(parts.board.longestHold(service: parts.index)) / 1_000_000)
        base = nil
        drainBase = nil
        held = nil
    }

    /// The outcome is synced to the journal, then told.
    mutating func finish(_ ending: Ending) async {
        // Whoever has ended the watch wants the color before at once.
        if ending == .watchEnded { await copies?.leave() } else { await tellOfSnapshot() }
        settle()
        await conclude(
            ending.outcome(lost: report.lost), message(ending),
            isGood: ending.isSwitched && ending != .stranded)
    }

    /// The same of an operation that a switch is a part of.
    mutating func conclude(_ outcome: Outcome, _ text: String, isGood: Bool) async {
        var message = text
        let word = parts.route
        let last = Event.Ending(
            outcome: outcome, active: word.active, epoch: word.epoch, report: report)
        var event = await events.event(
            step, isGood ? .passed : .failed, message, details, last)
        do {
            try await parts.record(
                order.identifier,
                .ended(
                    JournalRecord.End(
                        outcome: outcome, message: message, report: report,
                        events: await events.all + [event])))
        } catch {
            // The decision itself is synced; only the history lacks an end.
            message += " (this end could not be written to the journal: \(error))"
            event.message = message
        }
        parts.counts.add(outcome, report, didHold: didHold, service: parts.name)
        parts.logger.info("\(parts.name): \(order.kind.rawValue) \(outcome.rawValue): \(message)")
        // All is done and in the journal, and nobody was told.
        Faults.reach("switch.acknowledge")
        await service.unlock()
        await events.end(event)
    }

    func message(_ ending: Ending) -> String {
        let lost = report.lost > 0 ? "; lost: \(Counting.text(report.lost, "request"))" : ""
        switch ending {
        case .switched(leftBehind: 0):
            return "\(to.name) serves\(lost)"
        case .switched(let left):
            let others = Counting.text(left, "request")
            return "\(to.name) serves; \(others) of \(from.name) may finish there\(lost)"
        case .watchEnded:
            return "\(to.name) serves; the watch was ended by \(watchEnder)\(lost)"
        case .rolledBack:
            return "\(reason); \(from.name) serves again\(lost)"
        case .stranded:
            return "\(to.name) still serves, although the watch failed: \(reason)\(lost)"
        case .refused, .drainTimedOut, .workerDied, .journalFailed, .undoFailed:
            return "\(reason)\(stays)\(lost)"
        case .holdEnded:
            return (reason.isEmpty ? "the hold ended before the switch" : reason) + stays + lost
        case .outOfTime:
            return "the time for the whole operation was over\(stays)\(lost)"
        }
    }

    private var stays: String {
        let word = parts.route
        let hold = word.phase == .held ? ", and the hold by hand goes on" : ""
        return "; \(word.active.name) serves as before\(hold)"
    }

    private func isUndo(_ action: SwitchPlan.Action) -> Bool {
        switch action {
        case .undo: true
        case .preflight, .backup, .hold, .endStreams, .poll, .cut, .verify, .commit, .switchOver,
            .observe, .wayBack, .finish:
            false
        }
    }

    /// The requests that block, as many as a line takes.
    static func names(
        _ requests: [InFlightRequest], silent: [SilentWorker], _ inFlight: Int
    ) -> String {
        let shown = requests.prefix(3).map {
            "\($0.method) \($0.path) (\($0.ageMilliseconds) ms)"
        }
        let workers = silent.map { "\($0.inFlight) in worker \($0.worker), which does not answer" }
        let rest = requests.count > 3 ? ["\(requests.count - 3) more"] : []
        let all = shown + rest + workers
        return all.isEmpty ? "\(inFlight) that no worker names" : all.joined(separator: ", ")
    }
}
