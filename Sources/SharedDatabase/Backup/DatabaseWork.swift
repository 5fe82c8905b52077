public import Control

/// A job with progress, for which the role `database` has a channel of its own: notices go to the
/// controller, words come from it, and its closing cancels what is not finished.
///
/// Like every request it names no file but by a plain name in `backup.directory`.
public enum DatabaseWork: Codable, Hashable, Sendable {
    /// Pins, copies, verifies, prunes.
    case backup(BackupOrder)
    /// Waits for `pin`, pins the state of that moment and says `pinned`; to `compare` says whether
    /// anybody has written since; waits for `copy` and makes a backup of it.
    case snapshot(BackupOrder)
    /// Like `snapshot`, in any journal mode; after its `backedUp` it waits for `compare` and says
    /// whether anybody has written since it was pinned.
    case moment(BackupOrder)
    /// Watches the database until nobody has written for so long, or had its write lock; then
    /// `quieted` with what it is.
    case quiet(milliseconds: Int, limitMilliseconds: Int)
    /// Every backup, newest first, as `entry`; then `inspected`.
    case inspect
    /// Whether a backup could be made now.
    case check
    case verify(file: String)
    /// `protected`: operations whose backups stay.
    case prune(keep: Int, protected: [String])
    /// Compares, and says `losses`; waits for `go`, makes a safety copy, takes the write lock, says
    /// `ready`; waits for `commit`, restores and checks, says `restored`; waits for `keep` or
    /// `undo`.
    case restore(RestoreOrder)
    /// Tries statements on a copy that is thrown away.
    case lint(LintOrder)
    /// Restores the newest backup beside the live database.
    case drill(DrillOrder)
    case optimize
    case unlock(UnlockOrder)
    /// Starts the configured program against a clone.
    case rehearse(RehearsalOrder)
}

/// What a backup is made for.
public struct BackupOrder: Codable, Hashable, Sendable {
    public var service: String
    public var reason: BackupReason
    public var operation: String?
    public var keep: Int
    /// Operations whose backups stay.
    public var protected: [String]

    public init(
        service: String, reason: BackupReason, operation: String?, keep: Int, protected: [String]
    ) {
        self.service = service
        self.reason = reason
        self.operation = operation
        self.keep = keep
        self.protected = protected
    }
}

public struct RestoreOrder: Codable, Hashable, Sendable {
    /// Which migrations a backup may hold that is not named.
    public enum Fit: Codable, Hashable, Sendable {
        /// All of them among these.
        case known(ids: [String])
        /// This one as the newest.
        case latest(id: String)
        /// Nobody knows: only the preferred snapshot fits.
        case unknown
    }

    /// A name in `backup.directory`; nil: the newest verified one that fits.
    public var file: String?
    public var fit: Fit
    /// An operation whose snapshot of the drained moment is preferred.
    public var preferred: String?
    /// The operator takes a missing or wrong manifest upon himself.
    public var isUnchecked: Bool
    /// How long a writer that has the lock is waited for.
    public var lockMilliseconds: Int
    /// Of the safety copy.
    public var safety: BackupOrder

    public static let lockMillisecondsMax = 30_000

    public init(
        file: String?, fit: Fit, preferred: String?, isUnchecked: Bool,
        lockMilliseconds: Int = lockMillisecondsMax, safety: BackupOrder
    ) {
        self.lockMilliseconds = min(max(0, lockMilliseconds), Self.lockMillisecondsMax)
        self.file = file
        self.fit = fit
        self.preferred = preferred
        self.isUnchecked = isUnchecked
        self.safety = safety
    }
}

/// What the controller says in the course of a job.
public enum DatabaseWord: Codable, Hashable, Sendable {
    case pin
    /// `streams`: open on the old color when its requests had ended.
    case copy(streams: Int)
    case go
    case commit
    case keep
    case undo
    /// Whether anybody has written since.
    case compare
}

/// What the job says.
public enum DatabaseNotice: Codable, Hashable, Sendable {
    /// `done` of `total` pages; 0 of 0 where a stage has none.
    case progress(stage: String, done: Int, total: Int)
    /// It is at work and has nothing to tell (`WorkPulse`).
    case working
    case pinned
    case entry(BackupEntry)
    case inspected(DatabaseInspection)
    case checked(disk: Finding, folder: Finding)
    case backedUp(BackupManifest, removed: [String])
    /// After `compare`: who may have written, for a person; nil where nobody has.
    case compared(writers: String?)
    /// `writers`: who writes, for a person; nil where it is quiet.
    case quieted(writers: String?, facts: DatabaseFacts)
    case verified(VerifyFinding)
    case pruned(removed: [String], left: Int)
    /// `facts` are those of the backup: what the live database will be. `isOffline`: the file is
    /// replaced, and no application runs.
    case losses(
        file: String, [TableLoss], facts: DatabaseFacts, created: Timestamp?, isOffline: Bool)
    /// The write lock is taken and nothing was written since the safety copy, which has this name.
    case ready(safety: String)
    /// The live database is what the backup holds.
    case restored(facts: DatabaseFacts)
    /// After `undo`: it is again as it was.
    case undone
    case linted(LintFinding)
    case drilled(DrillFinding)
    /// `free` of `pages` hold nothing.
    case optimized(milliseconds: Int, free: Int, pages: Int)
    /// The lock's age in seconds; nil where there was none.
    case unlocked(Int?)
    case rehearsed(RehearsalFinding)
    case failed(WorkFailure)

    public enum Finding: Codable, Hashable, Sendable {
        case good
        case doubtful(String)
        case bad(WorkFailure)
    }
}

/// What `db status` shows of the file.
public struct DatabaseInspection: Codable, Hashable, Sendable {
    public var facts: DatabaseFacts?
    public var file: FileIdentity?
    public var freeDiskBytes: Int?
    public var freeBackupBytes: Int?
    public var lockHolders: [Int32]
    /// Who has held the write lock for `longWriteSeconds`; nil where nobody has.
    public var longWriter: Int32?
    /// Who keeps a log that is too large from beginning anew; nil where it is not too large.
    public var logReaders: [Int32]?
    public var problem: String?
    /// Why the backups cannot be listed.
    public var folder: WorkFailure?
    /// Who holds a file that is not at its place any more.
    public var split: WorkFailure?
    public var corrupt: WorkFailure?

    public static let longWriteSeconds = InspectionLooks.lockSeconds
}

/// Why a job did not do what it was asked to.
public struct WorkFailure: Error, Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Hashable, Sendable {
        /// A state forbids it; nothing changed.
        case refused
        /// The same, and `--override backup` lets it pass.
        case manifest
        /// Waited for a lock in vain; nothing changed.
        case locked
        /// The disk, its rights, or SQLite said no; nothing changed but what the message names.
        case failed
        /// The live database may not be what it was.
        case broken
        /// Its process ended before it could say how it went.
        case died
        /// The controller closed the channel.
        case cancelled
    }

    public let kind: Kind
    public let message: String
    public let hint: String

    public init(_ kind: Kind, _ message: String, hint: String = "") {
        self.kind = kind
        self.message = message
        self.hint = hint
    }
}
