/// What is not well with a shared database and may be seen to later.
public struct DatabaseWarning: Codable, Hashable, Sendable {
    public enum Name: String, Codable, CaseIterable, Hashable, Sendable {
        /// A process goes on with another file than the one that is there.
        case split
        case corrupt
        /// A scheduled backup has not come to be within an hour of its time.
        case backupOverdue = "backup-overdue"
        /// The same of a drill.
        case drillOverdue = "drill-overdue"
        /// The last drill did not go well.
        case drillFailed = "drill-failed"
        /// The write-ahead log is larger than checkpoints leave it.
        case log = "wal"
        /// One process has held the write lock for seconds.
        case writeLock = "write-lock"
        /// A color's SQLite can lose commits.
        case sqlite
        /// The disk is full in days.
        case disk
    }

    public var name: Name
    /// What was seen, and what to do.
    public var message: String

    public init(_ name: Name, _ message: String) {
        self.name = name
        self.message = message
    }
}
