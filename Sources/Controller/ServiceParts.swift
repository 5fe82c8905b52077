internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Logging
internal import Settings

/// What everything that is done to one service works with.
struct ServiceParts: Sendable {
    /// On the board and in the configuration.
    let index: Int
    let settings: ServiceSettings
    let board: Board
    let workers: WorkerLinks
    let journal: JournalKeeper
    let hub: EventHub
    /// nil for a color that is not configured.
    let blue: ColorTargets?
    let green: ColorTargets?
    let gate: Gatekeeper
    let backups: BackupKeeper
    let supervisor: SupervisorLink
    let schema: SchemaMemory
    let counts: OperationCounts
    let care = DatabaseCare()
    let traffic: TrafficHistory
    let logger: Logger

    var name: String { settings.name }

    var route: RouteWord { board.route(index) }

    func targets(_ color: Color) -> ColorTargets? {
        switch color {
        case .blue: blue
        case .green: green
        }
    }

    var allTargets: [ColorTargets] { [blue, green].compactMap { $0 } }

    func record(
        _ operation: String?, _ entry: JournalRecord.Entry
    ) async throws(JournalError) {
        try await journal.append(
            JournalRecord(time: .now, service: name, operation: operation, entry: entry))
    }

    /// The first line of an operation that has the lock.
    func begin(
        _ operation: String, _ start: JournalRecord.Start
    ) async throws(JournalError) {
        mark(.lock)
        try await journal.begin(
            JournalRecord(
                time: .now, service: name, operation: operation, entry: .started(start)))
    }

    /// So that it outlives the board that a service is closed to writes, or open again. Where it
    /// cannot be written the board counts, and the next controller writes it.
    func remember(isClosed: Bool, active: Color) async {
        let operation = await journal.state().newest(of: name)?.operation
        do throws(JournalError) {
            try await record(
                operation,
                .closure(JournalRecord.Closure(isClosed: isClosed, active: active)))
        } catch {
            logger.error("\(name): the journal could not be written: \(error)")
            rememberLater()
        }
    }

    /// What the journal knows and could not write is written as soon as it can be, although nothing
    /// else happens that would be.
    func rememberLater() {
        let journal = journal
        Task {
            while let problem = await journal.problem() {
                // That is for a person, and a restart, to mend.
                if case .corrupt = problem { return }
                await sleep(.seconds(1))
            }
        }
    }

    /// Before a color may serve (again): nothing of it is to be ended any more.
    func letServe(_ color: Color) {
        if board.endOrder(index)?.color == color { board.takeBackEndOrder(index) }
    }

    /// Tells the workers what to end.
    func order(_ order: EndOrder) {
        board.order(order, service: index)
        workers.wakeAll()
    }

    /// Changes the route from the word that `change` sees, until the change is made or `change`
    /// wants none. Returns the new word.
    @discardableResult
    func changeRoute(_ change: (RouteWord) -> RouteWord?) -> RouteWord? {
        // Others change it too, but rarely: it is lost a few times in a row at most.
        while true {
            let old = route
            guard let new = change(old) else { return nil }
            if board.exchangeRoute(index, from: old, to: new) {
                workers.wakeAll()
                return new
            }
        }
    }
}
