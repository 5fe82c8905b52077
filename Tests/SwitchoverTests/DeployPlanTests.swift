import Control
import Testing

@testable import Switchover

/// What a caller can tell a plan of a deploy, so that a path is a list.
enum DeployEvent: Sendable {
    case passed, refused, holdStands, holdLost, givenUp, commandFailed, ranOut, letGo
    case counted(Int, lost: Int = 0)
    case handedOver(Ending)
    case settled(Aftermath)
    /// Not told: only the time moves on to here.
    case at(Duration)
}

/// A way through a plan: what happens, and which actions it answers with.
struct DeployPath: Sendable, CustomTestStringConvertible {
    let name: String
    var hold = DeployHold.writes
    var change: @Sendable (inout DeployTerms) -> Void = { _ in }
    let events: [DeployEvent]
    let actions: [DeployPlan.Action]

    var testDescription: String { name }
}

private let holding = DeployPlan.Action.hold(for: .seconds(60))
private let counting = DeployPlan.Action.poll(after: .zero)
private let snapping = DeployPlan.Action.snapshot(until: .seconds(60))
private let running = DeployPlan.Action.command(until: .seconds(60))
private let starting = DeployPlan.Action.start(until: .seconds(60))
/// To the command, and through it.
private let toCommand: [DeployEvent] = [.passed, .holdStands, .counted(0), .passed]
private let toCommandActions = [holding, counting, snapping, running]

private let paths = [
    DeployPath(
        name: "a deploy holds, drains, keeps the moment, runs, starts, and hands over",
        change: { $0.backsUp = true },
        events: [
            .passed, .passed, .holdStands, .counted(2), .at(.seconds(1)), .counted(0), .passed,
            .at(.seconds(20)), .passed, .at(.seconds(30)), .passed,
            .handedOver(.switched(leftBehind: 0)),
        ],
        actions: [
            .backup, holding, counting, .poll(after: .milliseconds(1)), snapping, running,
            starting, .handOver(left: .seconds(30)), .finish(.switched(.switched(leftBehind: 0))),
        ]),
    DeployPath(
        name: "a rehearsal comes after the backup and before the hold",
        change: {
            $0.backsUp = true
            $0.rehearses = true
        },
        events: [.passed, .passed, .passed],
        actions: [.backup, .rehearse, holding]),
    DeployPath(
        name: "a rehearsal that runs on is out of time, with nothing held",
        change: { $0.rehearses = true },
        events: [.passed, .ranOut], actions: [.rehearse, .finish(.stopped(.outOfTime))]),
    DeployPath(
        name: "without a hold only the command's own time counts", hold: .none,
        events: [.passed, .passed, .passed, .at(.seconds(299)), .passed],
        actions: [
            .snapshot(until: nil), .command(until: .seconds(300)), .start(until: .seconds(300)),
            .handOver(left: nil),
        ]),
    DeployPath(
        name: "a refused check ends it", events: [.refused],
        actions: [.finish(.stopped(.refused))]),
    DeployPath(
        name: "a hold that does not come about ends it", events: [.passed, .holdLost],
        actions: [holding, .finish(.stopped(.holdEnded))]),
    DeployPath(
        name: "who gives it up before the hold holds nobody", events: [.passed, .givenUp],
        actions: [holding, .finish(.stopped(.commandFailed))]),
    DeployPath(
        name: "who gives it up in the hold lets go at once",
        events: [.passed, .holdStands, .counted(1), .givenUp, .letGo],
        actions: [
            holding, counting, .poll(after: .milliseconds(1)), .letGo,
            .finish(.stopped(.commandFailed)),
        ]),
    DeployPath(
        name: "writes that do not end let go at the drain's time, not before",
        events: [
            .passed, .holdStands, .at(.milliseconds(7_999)), .counted(1), .at(.seconds(8)),
            .counted(1), .letGo,
        ],
        actions: [
            holding, counting, .poll(after: .milliseconds(1)), .letGo,
            .finish(.stopped(.drainTimedOut)),
        ]),
    DeployPath(
        name: "a worker that dies with writes lets go",
        events: [.passed, .holdStands, .counted(0, lost: 1), .letGo],
        actions: [holding, counting, .letGo, .finish(.stopped(.workerDied))]),
    DeployPath(
        name: "a moment that is not kept lets go before the command",
        events: [.passed, .holdStands, .counted(0), .refused, .letGo],
        actions: [holding, counting, snapping, .letGo, .finish(.stopped(.refused))]),
    DeployPath(
        name: "a moment that took the whole hold lets go before the command",
        events: [.passed, .holdStands, .counted(0), .at(.seconds(60)), .passed, .letGo],
        actions: [holding, counting, snapping, .letGo, .finish(.stopped(.holdEnded))]),
    DeployPath(
        name: "a moment that is not copied when the hold ends lets go as the hold's end",
        events: [.passed, .holdStands, .counted(0), .at(.seconds(60)), .ranOut, .letGo],
        actions: [holding, counting, snapping, .letGo, .finish(.stopped(.holdEnded))]),
    DeployPath(
        name: "a command that fails is settled",
        events: toCommand + [.commandFailed, .settled(.restored)],
        actions: toCommandActions + [.settle, .finish(.failed(.commandFailed, .restored))]),
    DeployPath(
        name: "a command that outlasts the hold is settled as the hold's end",
        events: toCommand + [.at(.seconds(60)), .ranOut, .settled(.closed)],
        actions: toCommandActions + [.settle, .finish(.failed(.holdEnded, .closed))]),
    DeployPath(
        name: "a command that outlasts its own time is settled as that",
        change: { $0.commandTimeout = .seconds(5) },
        events: toCommand + [.at(.seconds(5)), .ranOut, .settled(.asBefore)],
        actions: [
            holding, counting, snapping, .command(until: .seconds(5)), .settle,
            .finish(.failed(.outOfTime, .asBefore)),
        ]),
    DeployPath(
        name: "a version that is ready when the hold ends comes too late",
        events: toCommand + [.passed, .at(.seconds(60)), .passed],
        actions: toCommandActions + [starting, .settle]),
    DeployPath(
        name: "a switch that does not come about is settled",
        events: toCommand + [
            .passed, .passed, .handedOver(.drainTimedOut), .settled(.restored),
        ],
        actions: toCommandActions + [
            starting, .handOver(left: .seconds(60)), .settle,
            .finish(.failed(.drainTimedOut, .restored)),
        ]),
    DeployPath(
        name: "a watch that went back is the switch's to tell",
        events: toCommand + [.passed, .passed, .handedOver(.rolledBack)],
        actions: toCommandActions + [
            starting, .handOver(left: .seconds(60)), .finish(.switched(.rolledBack)),
        ]),
]

@Suite("The plan of a deploy")
struct DeployPlanTests {
    @Test("Every event is answered with the next action", arguments: paths)
    func path(_ path: DeployPath) {
        var terms = DeployTerms(
            hold: path.hold, holdTimeout: .seconds(60), drainTimeout: .seconds(8),
            commandTimeout: .seconds(300))
        path.change(&terms)
        var plan = DeployPlan(terms)
        #expect(plan.start() == .preflight)
        var now = Duration.zero
        var actions: [DeployPlan.Action] = []
        for event in path.events {
            if case .at(let moment) = event {
                now = moment
            } else if let action = Self.tell(&plan, event, now) {
                actions.append(action)
            }
        }
        #expect(actions == path.actions)
    }

    private static func tell(
        _ plan: inout DeployPlan, _ event: DeployEvent, _ now: Duration
    ) -> DeployPlan.Action? {
        switch event {
        case .passed: plan.passed(at: now)
        case .refused: plan.refused()
        case .holdStands: plan.holdStands(since: now)
        case .holdLost: plan.holdLost()
        case .givenUp: plan.givenUp()
        case .commandFailed: plan.commandFailed()
        case .ranOut: plan.ranOut(at: now)
        case .letGo: plan.letGo()
        case .counted(let writing, let lost):
            plan.counted(writing: writing, lostWithWorkers: lost, at: now)
        case .handedOver(let ending): plan.handedOver(ending)
        case .settled(let aftermath): plan.settled(aftermath)
        case .at: nil
        }
    }

    @Test("What is back as it was says why it stopped; what is left to a person has failed")
    func outcomes() {
        let causes: [(DeployCause, Outcome)] = [
            (.refused, .refused), (.commandFailed, .refused), (.journalFailed, .refused),
            (.drainTimedOut, .timedOut), (.holdEnded, .timedOut), (.outOfTime, .timedOut),
            (.workerDied, .lost), (.undoFailed, .failed),
        ]
        for (cause, outcome) in causes {
            #expect(DeployEnding.stopped(cause).outcome(lost: 0) == outcome)
            #expect(DeployEnding.failed(cause, .asBefore).outcome(lost: 0) == outcome)
            #expect(DeployEnding.failed(cause, .restored).outcome(lost: 0) == outcome)
            #expect(DeployEnding.failed(cause, .opened).outcome(lost: 0) == .failed)
            #expect(DeployEnding.failed(cause, .closed).outcome(lost: 0) == .failed)
            #expect(DeployEnding.failed(cause, .asBefore).outcome(lost: 1) == .lost)
        }
        #expect(DeployEnding.switched(.rolledBack).outcome(lost: 0) == .rolledBack)
        #expect(DeployEnding.switched(.switched(leftBehind: 0)).outcome(lost: 0) == .done)
    }
}
