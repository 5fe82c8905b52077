internal import Board
internal import Control
internal import Kernel
internal import Settings
internal import Switchover

/// What the new color is compared with.
struct WatchRun: Sendable {
    let began: Instant
    let before: WatchReport.Figures
    let judge: WatchJudge
    /// Of the new color at the switch.
    let start: ColorTraffic
    /// One that was switched to against its health, by an override, is not taken back for it.
    var wasHealthy = false
    var nextProgress = Instant.now
}

/// The time after the switch: the new color is compared with the old one, and left again where it
/// is worse.
extension SwitchRun {
    /// Between two `progress` events of a watch.
    private static let watchProgressInterval = Duration.seconds(5)

    var isGoingBack: Bool { from != order.from }

    /// Tells the workers to end what the old color still has: what is in flight, now; its streams,
    /// at once or when they were to end anyway.
    mutating func endOld(requests: Bool) -> SwitchPlan.Action {
        let standing = parts.board.endOrder(parts.index)
        let streamsEnd =
            order.terms.closesStreams
            ? Instant.now : standing?.color == from ? standing?.streamsEnd ?? .never : .never
        parts.order(
            EndOrder(
                color: from, epoch: parts.route.epoch, cutsRequests: requests,
                streamsEnd: streamsEnd))
        return plan.toldToEnd()
    }

    /// Streams stay on the old color for a while; nobody waits for them.
    func endStreamsLater(_ word: RouteWord) {
        let grace = parts.settings.switchover.streamGrace.nanoseconds
        let isNow = order.terms.closesStreams && !isGoingBack
        let end = Instant.now.advanced(byNanoseconds: isNow ? 0 : grace)
        parts.order(
            EndOrder(color: from, epoch: word.epoch, cutsRequests: false, streamsEnd: end))
    }

    /// At the switch: from here on the new color counts.
    mutating func beginComparing() async {
        let time = order.terms.watch
        guard time > .zero else { return }
        let before = parts.traffic.recent(from, time)
        var watch = WatchRun(
            began: .now, before: before,
            judge: WatchJudge(
                before: AnswerCount(answers: before.answers, failures: before.failures),
                maxErrorRate: parts.settings.switchover.maxErrorRate.share),
            start: ColorTraffic(parts.board, service: parts.index, to))
        watch.wasHealthy = await isHealthy(to)
        self.watch = watch
    }

    private func isHealthy(_ color: Color) async -> Bool {
        await parts.targets(color)?.health.isHealthy ?? false
    }

    mutating func observe(after pause: Duration) async -> SwitchPlan.Action {
        guard var watch else { preconditionFailure("a watch has something to compare with") }
        if step != .watch {
            await begin(.watch, "compares \(to.name) with \(from.name)")
            watch.nextProgress = Instant.now.advanced(by: Self.watchProgressInterval)
        }
        await sleep(pause)
        let after = ColorTraffic(parts.board, service: parts.index, to).since(watch.start)
        let isHealthy = await isHealthy(to)
        watch.wasHealthy = watch.wasHealthy || isHealthy
        let verdict =
            await service.isWatchEnded(order.identifier)
            ? .ended
            : watch.judge.verdict(
                AnswerCount(answers: after.answers, failures: after.failures),
                isHealthy: isHealthy || !watch.wasHealthy)
        if verdict == .ended, await service.isEnding { watchEnder = "the end of bascule" }
        let seen = WatchReport(
            verdict: "\(verdict)",
            milliseconds: Instant.now.duration(since: watch.began).milliseconds,
            before: watch.before, after: after)
        report.watch = seen
        self.watch = watch
        let action = plan.observed(verdict, at: elapsed)
        await tell(seen, verdict, action)
        return action
    }

    private mutating func tell(
        _ seen: WatchReport, _ verdict: WatchVerdict, _ action: SwitchPlan.Action
    ) async {
        let figures = Self.sentence(seen, from: from.name, to: to.name)
        let details = ["watch": EventLog.value(seen)]
        switch action {
        case .observe:
            guard let next = watch?.nextProgress, Instant.now >= next else { return }
            watch?.nextProgress = Instant.now.advanced(by: Self.watchProgressInterval)
            await events.add(.watch, .progress, figures, details)
        case .wayBack:
            reason =
                verdict == .unhealthy
                ? "\(to.name) is not healthy any more (\(figures))" : "too many errors: \(figures)"
            self.details = details
            await events.add(.watch, .failed, reason, details)
        case .finish:
            await events.add(.watch, .passed, figures, details)
        case .preflight, .backup, .hold, .endStreams, .poll, .cut, .verify, .commit, .switchOver,
            .undo:
            break
        }
    }

    /// Back to the color before, by a plan of its own: the same steps, and no step that could keep
    /// it on a color that fails.
    mutating func wayBack() async -> SwitchPlan.Action {
        let (outer, why) = (plan, reason)
        plan = SwitchPlan(order.terms.ofWayBack)
        (from, to) = (to, from)
        reason = ""
        let ending = await follow()
        settle()
        (from, to) = (to, from)
        plan = outer
        step = .watch
        guard !ending.isSwitched else {
            reason = why
            return plan.wentBack(ending)
        }
        let because = reason.isEmpty ? "it ran out of time" : reason
        reason =
            "\(why). There is no way back to \(from.name): \(because). Mend one of the two; "
            + "`bascule rollback \(parts.name)` goes back, with --override where it has to"
        // The step that found it has told them.
        details = [:]
        return plan.wentBack(ending)
    }

    /// `green 120 answers, 3.3 % failed, 4.1 ms on average; blue before: 4000 answers, ...`.
    private static func sentence(_ seen: WatchReport, from: String, to: String) -> String {
        "\(to) \(sentence(seen.after)); \(from) before: \(sentence(seen.before))"
    }

    private static func sentence(_ figures: WatchReport.Figures) -> String {
        guard figures.answers > 0 else { return "no answers" }
        let percent = tenths(figures.share * 100)
        return "\(Counting.text(figures.answers, "answer")), \(percent) % failed, "
            + "\(tenths(figures.meanMilliseconds)) ms on average"
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// The answer, where it comes before a moment that is counted from the start of the operation;
    /// else nil, and it is left to end by itself.
    func inTime<Value: Sendable>(
        until end: Duration, _ work: @escaping @Sendable () async -> Value
    ) async -> Value? {
        let left = end - elapsed
        guard left > .zero else { return nil }
        let (stream, continuation) = AsyncStream.makeStream(of: Value?.self)
        let working = Task { continuation.yield(await work()) }
        let clock = Task {
            await sleep(left)
            continuation.yield(nil)
        }
        defer {
            working.cancel()
            clock.cancel()
        }
        for await first in stream { return first }
        return nil
    }
}
