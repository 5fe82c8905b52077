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

    /// How long another process may have the folder: at a restart the controller before may still
    /// have to notice that its supervisor is gone.
    private static let patienceNanoseconds: UInt64 = 3_000_000_000
    static let lockName = "lock"

    private let holding: Mutex<Holding>
    /// Two controllers that write one journal would each undo what the other decided.
    private let lock: FileLock?
    /// What was found when it was opened; nil where it could not be.
    let finding: Journal.Finding?

    /// `patience`: how long another process may have the folder, in nanoseconds; then EBUSY of
    /// `journal.lock`.
    init(
        folder: String, patience: UInt64 = patienceNanoseconds
    ) throws(SystemError) {
        lock = try Self.locked(folder, patience)
        let journal = try Journal(folder: folder)
        finding = journal.finding
        holding = Mutex(.open(journal))
    }

    init(unavailable error: SystemError) {
        finding = nil
        lock = nil
        holding = Mutex(.unavailable(error))
    }

    private static func locked(
        _ folder: String, _ patience: UInt64
    ) throws(SystemError) -> FileLock {
        try Folder.make("journal.folder", folder, mode: 0o700)
        let path = folder + "/" + lockName
        let end = Instant.now.advanced(byNanoseconds: patience)
        while true {
            if let lock = try FileLock.take("journal.lock", path) { return lock }
            guard Instant.now < end else {
                throw SystemError("journal.lock", .busy, subject: path)
            }
            // Nothing else of the controller runs yet that could be kept waiting.
            ThisProcess.pause(milliseconds: 20)
        }
    }

    /// Returns when the line is on the disk.
    func append(_ record: JournalRecord) async throws(JournalError) {
        let result = await OwnThread.run { self.appendNow(record) }
        try result.get()
    }

    /// The first line of an operation. It fails too where that line could be written and those that
    /// follow could not: what a check says is what a switch meets.
    func begin(_ record: JournalRecord) async throws(JournalError) {
        let result: Result<Void, JournalError> = await OwnThread.run {
            let problem = self.problemNow()
            let appended = self.appendNow(record)
            if let problem { return .failure(problem) }
            return appended
        }
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
        await OwnThread.run { self.problemNow() }
    }

    private func problemNow() -> JournalError? {
        holding.withLock { holding in
            switch consume holding {
            case .open(var journal):
                let problem = journal.look()
                holding = .open(journal)
                return problem
            case .unavailable(let error):
                holding = .unavailable(error)
                return .system(error)
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
