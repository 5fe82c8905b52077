internal import Board
internal import Control
internal import Kernel
internal import SharedDatabase

/// Looks at the schema now and then, so that every change is recorded with the migrations and the
/// color of its time, whether or not anybody asks.
///
/// A look is the gate's own, in a process of its own: it comes once a minute, and when a target
/// begins to state other migrations, which is when a new version has started.
struct SchemaWatch: Sendable {
    /// Between two looks where nothing tells of a change.
    static let interval = Duration.seconds(60)
    /// How often it is looked whether the targets state something else.
    private static let pause = Duration.milliseconds(500)
    /// How long the first look waits for the first probes.
    private static let patience = Duration.seconds(2)

    let service: ServiceControl

    /// Until it is cancelled.
    func run() async {
        let parts = service.parts
        guard parts.gate.hasDatabase else { return }
        let began = Instant.now
        var last: (stated: [MigrationStatement], time: Instant)?
        while !Task.isCancelled {
            let stated = await statements()
            let isDue =
                if let last {
                    last.stated != stated
                        || Instant.now.duration(since: last.time) >= Self.interval
                } else {
                    !stated.contains { $0.isSilent }
                        || Instant.now.duration(since: began) >= Self.patience
                }
            // An operation has the database's process, and looks itself.
            if isDue, await service.operation == nil {
                last = (stated, .now)
                await look()
            }
            await sleep(Self.pause)
        }
    }

    private func statements() async -> [MigrationStatement] {
        var all: [MigrationStatement] = []
        for targets in service.parts.allTargets { all.append(await targets.health.statement) }
        return all
    }

    private func look() async {
        let parts = service.parts
        let active = parts.route.active
        guard let statement = await parts.targets(active)?.health.statement,
            case .gate(let answer) = await parts.gate.look(statement, isPassing: true),
            let facts = answer.database
        else { return }
        await parts.schema.see(
            SchemaMemory.Look(
                facts: facts, active: active, color: active, statement: statement,
                isMatch: answer.verdict == .match))
    }
}

extension MigrationStatement {
    /// A target that was asked has said nothing, or nothing yet.
    fileprivate var isSilent: Bool {
        switch self {
        case .nothing: true
        case .notAsked, .latest, .known: false
        }
    }
}
