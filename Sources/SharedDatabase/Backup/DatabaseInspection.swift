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
    /// Its facts are not known because somebody kept it locked.
    public var isLocked = false
    /// Why the backups cannot be listed.
    public var folder: WorkFailure?
    /// Who holds a file that is not at its place any more.
    public var split: WorkFailure?
    public var corrupt: WorkFailure?

    public static let longWriteSeconds = InspectionLooks.lockSeconds
}
