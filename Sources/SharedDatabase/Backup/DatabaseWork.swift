public import Control

/// A job with progress, for which the role `database` has a channel of its own: notices go to the
/// controller, words come from it, and its closing cancels what is not finished.
///
/// Like every request it names no file but by a plain name in `backup.directory`.
public enum DatabaseWork: Codable, Hashable, Sendable {
    /// Pins, copies, verifies, prunes.
    case backup(BackupOrder)
    /// Waits for `pin`, pins the state of that moment and says `pinned`; to `compare` says whether
    /// anybody has written since; waits for `copy` and makes a backup of it. Without an order it is
    /// only watched, and no folder is needed.
    case snapshot(BackupOrder?)
    /// Like `snapshot`, in any journal mode; after its `backedUp` it waits for `compare`, twice,
    /// and says whether anybody has written since it was pinned.
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
    /// Says `receiving`, takes so many octets, says `received`, and keeps them until the channel
    /// is closed.
    case receive(ReceiveOrder)
    /// Removes what jobs have left that were killed.
    case tidy
    /// Tries statements on a copy that is thrown away.
    case lint(LintOrder)
    /// Restores the newest backup beside the live database.
    case drill(DrillOrder)
    case optimize
    case unlock(UnlockOrder)
    /// Starts the configured program against a clone.
    case rehearse(RehearsalOrder)
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
    case losses(RestorePreview)
    /// The write lock is taken and nothing was written since the safety copy, which has this name.
    case ready(safety: String)
    /// The live database is what the backup holds.
    case restored(facts: DatabaseFacts)
    /// After `undo`: it is again as it was.
    case undone
    /// There is room: it may be sent.
    case receiving
    /// All of it stands in this folder.
    case received(folder: String)
    case tidied
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
        case doubtful(saw: String, expected: String)
        case bad(WorkFailure)
    }
}
