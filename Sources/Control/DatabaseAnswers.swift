/// The answer to `GET /v1/services/S/database`: what `db status` shows.
public struct DatabaseReport: Hashable, Sendable {
    public var service: String
    public var path: String
    /// Of the main file.
    public var bytes: Int?
    /// Of the write-ahead log; 0 without one.
    public var walBytes: Int?
    public var freePages: Int?
    public var pageBytes: Int?
    public var journalMode: String?
    /// Free for us on the file system of the database.
    public var freeDiskBytes: Int?
    /// Days until that is used up, as the backups have grown; nil while two of different days are
    /// not known, or nothing grows.
    public var daysUntilFull: Double?
    /// Who holds the write lock now: process ids, 0 for one outside this container.
    public var lockHolders: [Int32]
    /// How often a look of ours at the database had to give up waiting for a lock.
    public var lockWaits: Int
    public var migrations: MigrationStatus?
    /// Of the library that Bascule uses.
    public var sqliteVersion: String?
    /// nil where no backups are configured.
    public var backup: BackupStatus?
    public var lastDrill: Timestamp?
    /// As configured; nil without one.
    public var drillSchedule: String?
    public var nextDrill: Timestamp?
    /// nil where there are none.
    public var warnings: [DatabaseWarning]?
    /// Why something of the above is not known; nil where all is well.
    public var problem: String?

    public init(service: String, path: String) {
        self.service = service
        self.path = path
        lockHolders = []
        lockWaits = 0
    }
}

extension DatabaseReport: Codable {
    private enum CodingKeys: String, CodingKey {
        case service, path, bytes, migrations, backup, problem, warnings
        case walBytes = "wal_bytes"
        case freePages = "free_pages"
        case pageBytes = "page_size"
        case journalMode = "journal_mode"
        case freeDiskBytes = "free_disk_bytes"
        case daysUntilFull = "days_until_full"
        case lockHolders = "lock_holders"
        case lockWaits = "lock_waits"
        case sqliteVersion = "sqlite_version"
        case lastDrill = "last_drill"
        case drillSchedule = "drill_schedule"
        case nextDrill = "next_drill"
    }
}

/// How it stands with the backups of a service.
public struct BackupStatus: Hashable, Sendable {
    public var directory: String
    public var count: Int
    /// The newest one.
    public var last: BackupEntry?
    public var ageSeconds: Int?
    /// As configured; nil without one.
    public var schedule: String?
    /// When the schedule makes the next one.
    public var next: Timestamp?
    public var freeDiskBytes: Int?

    public init(directory: String, count: Int, last: BackupEntry?) {
        self.directory = directory
        self.count = count
        self.last = last
    }
}

extension BackupStatus: Codable {
    private enum CodingKeys: String, CodingKey {
        case directory, count, last, schedule, next
        case ageSeconds = "age_seconds"
        case freeDiskBytes = "free_disk_bytes"
    }
}

/// The body of `backup`.
public struct BackupBody: RequestBody, Hashable {
    /// Answer as soon as the operation has its lock.
    public var detach: Bool?

    public init() {}

    public enum CodingKeys: String, CodingKey, CaseIterable { case detach }

    public static var fields: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// The body of `verify`.
public struct VerifyBody: RequestBody, Hashable {
    /// A name in `backup.directory`.
    public var file: String

    public init(file: String) { self.file = file }

    public enum CodingKeys: String, CodingKey, CaseIterable { case file }

    public static var fields: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// The body of `restore`.
public struct RestoreBody: RequestBody, Hashable {
    /// A name in `backup.directory`; of a backup that is sent, what its sender calls it.
    public var file: String
    /// Of a backup that is sent: the text of the file that stood beside it; nil where none did.
    public var manifest: String?
    /// Only say what would be lost.
    public var dryRun: Bool?
    public var override: [CheckName]?
    public var holdTimeout: TimeSpan?
    public var drainTimeout: TimeSpan?
    public var detach: Bool?

    public init(file: String) { self.file = file }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case file, manifest, override, detach
        case dryRun = "dry_run"
        case holdTimeout = "hold_timeout"
        case drainTimeout = "drain_timeout"
    }

    public static var fields: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// The body of `rehearse`.
public struct RehearseBody: RequestBody, Hashable {
    /// IDs of findings.
    public var accept: [String]?
    public var override: [CheckName]?

    public init() {}

    public enum CodingKeys: String, CodingKey, CaseIterable { case accept, override }

    public static var fields: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// The body of `prune`.
public struct PruneBody: RequestBody, Hashable {
    /// nil: `backup.keep`.
    public var keep: Int?

    public init(keep: Int? = nil) { self.keep = keep }

    public enum CodingKeys: String, CodingKey, CaseIterable { case keep }

    public static var fields: [String] { CodingKeys.allCases.map(\.rawValue) }
}
