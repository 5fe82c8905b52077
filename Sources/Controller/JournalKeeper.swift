internal import Journal
internal import Kernel
internal import Synchronization

/// The journal, for all services: one append at a time, each on a thread that may wait for the
/// disk.
final class JournalKeeper: Sendable {
    private enum Holding: ~Copyable, Sendable {
        case open(Journal)
        /// It could not be opened while a board lives: traffic goes on, no switch passes.
        case unavailable(SystemError)
    }

    private let holding: Mutex<Holding>
    /// What was found when it was opened; nil where it could not be.
    let finding: Journal.Finding?

    init(folder: String) throws(SystemError) {
        let journal = try Journal(folder: folder)
        finding = journal.finding
        holding = Mutex(.open(journal))
    }

    init(unavailable error: SystemError) {
        finding = nil
        holding = Mutex(.unavailable(error))
    }

    /// Returns when the line is on the disk.
    func append(_ record: JournalRecord) async throws(JournalError) {
        let result = await OwnThread.run { self.appendNow(record) }
        try result.get()
    }

    /// Empty where the journal could not be opened.
    func state() async -> JournalState {
        await OwnThread.run {
            self.holding.withLock { holding in
                switch holding {
                case .open(let journal): journal.state
                case .unavailable: JournalState()
                }
            }
        }
    }

    /// Why nothing can be appended; nil where nothing is known against it.
    func problem() async -> JournalError? {
        await OwnThread.run {
            self.holding.withLock { holding in
                switch holding {
                case .open(let journal): journal.problem
                case .unavailable(let error): .system(error)
                }
            }
        }
    }

    private func appendNow(_ record: JournalRecord) -> Result<Void, JournalError> {
        holding.withLock { holding in
            switch consume holding {
            case .open(var journal):
                let result = Result { () throws(JournalError) in try journal.append(record) }
                holding = .open(journal)
                return result
            case .unavailable(let error):
                holding = .unavailable(error)
                return .failure(.system(error))
            }
        }
    }
}
