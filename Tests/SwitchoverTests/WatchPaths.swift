import Control

@testable import Switchover

/// Backup, cut, streams and ways back.
let furtherPaths = [
    Path(
        name: "a backup stands before the hold",
        change: { $0.backsUp = true }, events: [.passed, .backedUp], actions: [.backup, hold]),
    Path(
        name: "a backup that is not ready in time ends it, and nothing was held",
        timeout: .seconds(5),
        change: { $0.backsUp = true }, events: [.passed, .at(.seconds(5)), .backupRanOut],
        actions: [.backup, .finish(.outOfTime)]),
    Path(
        name: "a backup that fails refuses, and nothing was held",
        change: { $0.backsUp = true }, events: [.passed, .refused],
        actions: [.backup, .finish(.refused)]),
    Path(
        name: "a backup that takes all the time changes nothing",
        timeout: .seconds(1), change: { $0.backsUp = true },
        events: [.passed, .at(.seconds(1)), .backedUp], actions: [.backup, .finish(.outOfTime)]),
    Path(
        name: "a backup stands before the switch of an overlap",
        mode: .overlap, change: { $0.backsUp = true }, events: [.passed, .backedUp, .committed],
        actions: [.backup, .commit, .switchOver]),
    Path(
        name: "streams are told to end before the drain",
        change: { $0.closesStreams = true },
        events: [.passed, .holdStands, .toldToEnd, .counted(1), .counted(0)],
        actions: [hold, .endStreams, now, soon, verifying]),
    Path(
        name: "what outlasts the drain is cut where asked, and the switch goes on",
        onDrainTimeout: .cut,
        events: [
            .passed, .holdStands, .at(.seconds(8)), .counted(2), .toldToEnd, .counted(1),
            .counted(0), .verified, .committed, .switched,
        ],
        actions: [
            hold, now, .cut, now, soon, verifying, .commit, .switchOver,
            .finish(.switched(leftBehind: 0)),
        ]),
    Path(
        name: "a cut that nobody carries out is undone",
        onDrainTimeout: .cut,
        events: [
            .passed, .holdStands, .at(.seconds(8)), .counted(2), .toldToEnd, .at(.seconds(9)),
            .counted(2), .undone,
        ],
        actions: [
            hold, now, .cut, now, .undo(decided: false), .finish(.drainTimedOut),
        ]),
    Path(
        name: "what an overlap leaves behind is cut where asked",
        mode: .overlap, onDrainTimeout: .cut,
        events: [
            .passed, .committed, .switched, .at(.seconds(8)), .counted(2), .toldToEnd, .counted(0),
        ],
        actions: [.commit, .switchOver, soon, .cut, now, .finish(.switched(leftBehind: 0))]),
    Path(
        name: "a verify that gives no answer is undone at the hold's end",
        events: [.passed, .holdStands, .counted(0), .at(.seconds(10)), .verifyRanOut, .undone],
        actions: [hold, now, verifying, .undo(decided: false), .finish(.holdEnded)]),
    Path(
        name: "a verify that gives no answer is undone when the operation's time is over",
        timeout: .seconds(1),
        events: [.passed, .holdStands, .counted(0), .at(.seconds(1)), .verifyRanOut, .undone],
        actions: [
            hold, now, .verify(until: .seconds(1)), .undo(decided: false), .finish(.outOfTime),
        ]),
    Path(
        name: "a way back from a color that is not healthy is an overlap",
        change: { $0.isWayBack = true }, events: [.passedFromSick], actions: [.commit]),
    Path(
        name: "a way back from a healthy color holds and drains",
        change: { $0.isWayBack = true }, events: [.passed], actions: [hold]),
]

/// From the switch to the end of a watch.
let watchPaths = [
    Path(
        name: "a quiet watch ends at its end",
        change: { $0.watch = .seconds(30) },
        events: [
            .passed, .holdStands, .counted(0), .verified, .committed, .switched,
            .observed(.quiet), .at(.seconds(30) - .milliseconds(40)), .observed(.quiet),
            .at(.seconds(30)), .observed(.quiet),
        ],
        actions: [
            hold, now, verifying, .commit, .switchOver, look, look,
            .observe(after: .milliseconds(40)), .finish(.switched(leftBehind: 0)),
        ]),
    Path(
        name: "a watch that fails goes back",
        change: { $0.watch = .seconds(30) },
        events: [
            .passed, .holdStands, .counted(0), .verified, .committed, .switched,
            .observed(.failing), .wentBack(.switched(leftBehind: 0)),
        ],
        actions: [
            hold, now, verifying, .commit, .switchOver, look, .wayBack, .finish(.rolledBack),
        ]),
    Path(
        name: "a color that is not healthy any more is left",
        mode: .overlap, change: { $0.watch = .seconds(30) },
        events: [
            .passed, .committed, .switched, .counted(0), .observed(.unhealthy),
            .wentBack(.switched(leftBehind: 1)),
        ],
        actions: [.commit, .switchOver, soon, look, .wayBack, .finish(.rolledBack)]),
    Path(
        name: "a way back that is refused leaves the new color, and says so",
        mode: .overlap, change: { $0.watch = .seconds(30) },
        events: [
            .passed, .committed, .switched, .counted(0), .observed(.failing), .wentBack(.refused),
        ],
        actions: [.commit, .switchOver, soon, look, .wayBack, .finish(.stranded)]),
    Path(
        name: "an operator's rollback ends the watch",
        mode: .overlap, change: { $0.watch = .seconds(30) },
        events: [.passed, .committed, .switched, .counted(0), .observed(.ended)],
        actions: [.commit, .switchOver, soon, look, .finish(.watchEnded)]),
    Path(
        name: "an overlap that drained longer than its watch is over at once",
        mode: .overlap, change: { $0.watch = .seconds(5) },
        events: [.passed, .committed, .switched, .at(.seconds(6)), .counted(0)],
        actions: [.commit, .switchOver, soon, .finish(.switched(leftBehind: 0))]),
]
