import Control
import Testing

@testable import Switchover

/// What a caller can tell a plan, so that a path is a list.
enum Event: Sendable {
    case passed, refused, holdStands, holdLost, verified, committed, commitFailed, switched
    case raceLost, undone, undoFailed, backedUp, backupRanOut, toldToEnd, verifyRanOut
    case counted(Int, lost: Int = 0)
    case observed(WatchVerdict)
    case wentBack(Ending)
    /// Preflight passed while the color that serves is not healthy.
    case passedFromSick
    /// Not told: only the time moves on to here.
    case at(Duration)
}

/// A way through a plan: what happens, and which actions it answers with.
struct Path: Sendable, CustomTestStringConvertible {
    let name: String
    var mode = SwitchMode.handover
    var onDrainTimeout = SwitchTerms.OnDrainTimeout.back
    var timeout: Duration?
    /// Further terms.
    var change: @Sendable (inout SwitchTerms) -> Void = { _ in }
    let events: [Event]
    let actions: [SwitchPlan.Action]

    var testDescription: String { name }
}

let hold = SwitchPlan.Action.hold(for: .seconds(10))
let now = SwitchPlan.Action.poll(after: .zero)
let verifying = SwitchPlan.Action.verify(until: .seconds(10))
let look = SwitchPlan.Action.observe(after: .milliseconds(100))
let soon = SwitchPlan.Action.poll(after: .milliseconds(1))

private let handoverPaths = [
    Path(
        name: "a quiet service is switched",
        events: [.passed, .holdStands, .counted(0), .verified, .committed, .switched],
        actions: [hold, now, verifying, .commit, .switchOver, .finish(.switched(leftBehind: 0))]),
    Path(
        name: "requests in flight are waited for",
        events: [.passed, .holdStands, .counted(2), .counted(0), .verified, .committed, .switched],
        actions: [
            hold, now, soon, verifying, .commit, .switchOver, .finish(.switched(leftBehind: 0)),
        ]),
    Path(
        name: "a refused preflight changes nothing",
        events: [.refused], actions: [.finish(.refused)]),
    Path(
        name: "a route that cannot be held ends it",
        events: [.passed, .holdLost], actions: [hold, .finish(.holdEnded)]),
    Path(
        name: "a drain that runs out is undone",
        events: [.passed, .holdStands, .at(.seconds(8)), .counted(1), .undone],
        actions: [hold, now, .undo(decided: false), .finish(.drainTimedOut)]),
    Path(
        name: "a drain goes on until just before its end",
        events: [.passed, .holdStands, .at(.seconds(8) - .nanoseconds(1)), .counted(1)],
        actions: [hold, now, .poll(after: .nanoseconds(1))]),
    Path(
        name: "a drain that runs out goes on as an overlap where asked",
        onDrainTimeout: .overlap,
        events: [
            .passed, .holdStands, .at(.seconds(8)), .counted(3), .verified, .committed, .switched,
        ],
        actions: [hold, now, verifying, .commit, .switchOver, .finish(.switched(leftBehind: 3))]),
    Path(
        name: "a worker that dies with requests undoes the drain, although the count is zero",
        events: [.passed, .holdStands, .counted(0, lost: 2), .undone],
        actions: [hold, now, .undo(decided: false), .finish(.workerDied)]),
    Path(
        name: "a refused verify is undone",
        events: [.passed, .holdStands, .counted(0), .refused, .undone],
        actions: [hold, now, verifying, .undo(decided: false), .finish(.refused)]),
    Path(
        name: "a verify that outlasts the hold is undone",
        events: [.passed, .holdStands, .counted(0), .at(.seconds(10)), .verified, .undone],
        actions: [hold, now, verifying, .undo(decided: false), .finish(.holdEnded)]),
    Path(
        name: "a count after the hold is undone",
        events: [.passed, .holdStands, .at(.seconds(10)), .counted(0), .undone],
        actions: [hold, now, .undo(decided: false), .finish(.holdEnded)]),
    Path(
        name: "a journal that fails is undone, in the journal too",
        events: [.passed, .holdStands, .counted(0), .verified, .commitFailed, .undone],
        actions: [
            hold, now, verifying, .commit, .undo(decided: true), .finish(.journalFailed),
        ]),
    Path(
        name: "a commit that outlasts the hold is undone",
        events: [
            .passed, .holdStands, .counted(0), .verified, .at(.seconds(10)), .committed, .undone,
        ],
        actions: [hold, now, verifying, .commit, .undo(decided: true), .finish(.holdEnded)]),
    Path(
        name: "a swap that a worker's deadline won is undone",
        events: [.passed, .holdStands, .counted(0), .verified, .committed, .raceLost, .undone],
        actions: [
            hold, now, verifying, .commit, .switchOver, .undo(decided: true), .finish(.holdEnded),
        ]),
    Path(
        name: "an undo that the journal does not take is said",
        events: [.passed, .holdStands, .counted(0), .verified, .commitFailed, .undoFailed],
        actions: [hold, now, verifying, .commit, .undo(decided: true), .finish(.undoFailed)]),
    Path(
        name: "an operation that is out of time after preflight changes nothing",
        timeout: .seconds(1), events: [.at(.seconds(1)), .passed], actions: [.finish(.outOfTime)]),
    Path(
        name: "an operation that is out of time in the drain is undone",
        timeout: .seconds(1),
        events: [.passed, .holdStands, .at(.seconds(1)), .counted(1), .undone],
        actions: [hold, now, .undo(decided: false), .finish(.outOfTime)]),
    Path(
        name: "an operation that is out of time in verify is undone",
        timeout: .seconds(1),
        events: [.passed, .holdStands, .counted(0), .at(.seconds(1)), .verified, .undone],
        actions: [
            hold, now, .verify(until: .seconds(1)), .undo(decided: false), .finish(.outOfTime),
        ]),
]

private let overlapPaths = [
    Path(
        name: "an overlap switches first and waits then",
        mode: .overlap,
        events: [.passed, .committed, .switched, .counted(2), .counted(0)],
        actions: [
            .commit, .switchOver, soon, .poll(after: .microseconds(1_500)),
            .finish(.switched(leftBehind: 0)),
        ]),
    Path(
        name: "what an overlap's wait leaves behind is named",
        mode: .overlap,
        events: [.passed, .committed, .switched, .at(.seconds(8)), .counted(2)],
        actions: [.commit, .switchOver, soon, .finish(.switched(leftBehind: 2))]),
    Path(
        name: "a worker that dies after an overlap's switch ends the wait",
        mode: .overlap,
        events: [.passed, .committed, .switched, .counted(1, lost: 1)],
        actions: [.commit, .switchOver, soon, .finish(.switched(leftBehind: 1))]),
    Path(
        name: "an overlap that cannot be journalled is undone",
        mode: .overlap, events: [.passed, .commitFailed, .undone],
        actions: [.commit, .undo(decided: true), .finish(.journalFailed)]),
    Path(
        name: "an overlap that cannot swap is undone",
        mode: .overlap, events: [.passed, .committed, .raceLost, .undone],
        actions: [.commit, .switchOver, .undo(decided: true), .finish(.holdEnded)]),
    Path(
        name: "a refused overlap changes nothing",
        mode: .overlap, events: [.refused], actions: [.finish(.refused)]),
]

@Suite struct SwitchPlanTests {
    @Test("Every path of a handover answers with its actions", arguments: handoverPaths)
    func handover(_ path: Path) { follow(path) }

    @Test("Every path of an overlap answers with its actions", arguments: overlapPaths)
    func overlap(_ path: Path) { follow(path) }

    @Test("Backup, cut, streams and ways back have their places", arguments: furtherPaths)
    func further(_ path: Path) { follow(path) }

    @Test("Every path of a watch answers with its actions", arguments: watchPaths)
    func watch(_ path: Path) { follow(path) }

    @Test("The way back of a failed watch leaves nothing that could keep it there")
    func termsOfWayBack() {
        var terms = terms(.handover, .cut, timeout: .seconds(1))
        terms.watch = .seconds(30)
        terms.backsUp = true
        let back = terms.ofWayBack
        #expect(back.isWayBack)
        #expect(back.onDrainTimeout == .overlap)
        #expect(back.timeout == nil)
        #expect(back.watch == .zero)
        #expect(!back.backsUp)
    }

    @Test("Polls grow from one millisecond to five and stay there")
    func polls() {
        var plan = SwitchPlan(terms())
        _ = plan.start()
        _ = plan.preflightPassed(at: .zero)
        _ = plan.holdStands(since: .zero)
        var last = Duration.zero
        for round in 0..<100 {
            let action = plan.counted(inFlight: 1, lostWithWorkers: 0, at: .milliseconds(round))
            guard case .poll(let pause) = action else {
                Issue.record("\(action) is no poll")
                return
            }
            #expect(pause >= last)
            #expect(pause >= .milliseconds(1) && pause <= .milliseconds(5))
            last = pause
        }
        #expect(last == .milliseconds(5))
    }

    @Test("Only a plan that reached its new color says that it switched")
    func switchedEndings() {
        for ending: Ending in [.switched(leftBehind: 1), .watchEnded, .stranded] {
            #expect(ending.isSwitched)
        }
        for ending: Ending in [
            .rolledBack,
            .refused, .drainTimedOut, .holdEnded, .outOfTime, .workerDied, .journalFailed,
            .undoFailed,
        ] {
            #expect(!ending.isSwitched)
        }
    }

    @Test("The outcome follows from the ending, and lost requests come first")
    func outcomes() {
        let expected: [(Ending, Outcome)] = [
            (.switched(leftBehind: 0), .done), (.switched(leftBehind: 2), .done),
            (.refused, .refused), (.journalFailed, .refused), (.drainTimedOut, .timedOut),
            (.holdEnded, .timedOut), (.outOfTime, .timedOut), (.workerDied, .lost),
            (.undoFailed, .failed), (.watchEnded, .done), (.rolledBack, .rolledBack),
            (.stranded, .failed),
        ]
        for (ending, outcome) in expected {
            #expect(ending.outcome(lost: 0) == outcome)
            #expect(ending.outcome(lost: 1) == .lost)
        }
    }

    private func terms(
        _ mode: SwitchMode = .handover, _ onDrainTimeout: SwitchTerms.OnDrainTimeout = .back,
        timeout: Duration? = nil
    ) -> SwitchTerms {
        SwitchTerms(
            mode: mode, onDrainTimeout: onDrainTimeout, holdTimeout: .seconds(10),
            drainTimeout: .seconds(8), timeout: timeout)
    }

    private func follow(_ path: Path) {
        var terms = terms(path.mode, path.onDrainTimeout, timeout: path.timeout)
        path.change(&terms)
        var plan = SwitchPlan(terms)
        #expect(plan.start() == .preflight)
        var now = Duration.zero
        var actions: [SwitchPlan.Action] = []
        for event in path.events {
            if case .at(let moment) = event {
                now = moment
            } else {
                actions.append(tell(&plan, event, now))
            }
        }
        #expect(actions == path.actions)
    }

    private func tell(
        _ plan: inout SwitchPlan, _ event: Event, _ now: Duration
    ) -> SwitchPlan.Action {
        switch event {
        case .passed: plan.preflightPassed(at: now)
        case .passedFromSick: plan.preflightPassed(at: now, isOldHealthy: false)
        case .backedUp: plan.backedUp(at: now)
        case .backupRanOut: plan.backupRanOut()
        case .toldToEnd: plan.toldToEnd()
        case .verifyRanOut: plan.verifyRanOut(at: now)
        case .observed(let verdict): plan.observed(verdict, at: now)
        case .wentBack(let ending): plan.wentBack(ending)
        case .refused: plan.refused()
        case .holdStands: plan.holdStands(since: now)
        case .holdLost: plan.holdLost()
        case .verified: plan.verified(at: now)
        case .committed: plan.committed(at: now)
        case .commitFailed: plan.commitFailed()
        case .switched: plan.switched(at: now)
        case .raceLost: plan.raceLost()
        case .undone: plan.undone()
        case .undoFailed: plan.undoFailed()
        case .counted(let inFlight, let lost):
            plan.counted(inFlight: inFlight, lostWithWorkers: lost, at: now)
        case .at: preconditionFailure("time is not told")
        }
    }
}
