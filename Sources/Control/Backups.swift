/// Why a backup was made; kinds are counted apart when old ones are removed.
public enum BackupReason: String, Codable, CaseIterable, Hashable, Sendable {
    /// Somebody asked for it.
    case manual
    case schedule
    /// Before the hold of a switch.
    case preSwitch = "pre-switch"
    /// The state between the old color's last request and the new color's first.
    case drained
    /// Before a restore.
    case safety

    /// Reasons with the same group are counted together.
    public var group: String {
        switch self {
        case .manual, .schedule: "regular"
        case .preSwitch, .drained, .safety: rawValue
        }
    }
}

/// What stands beside a backup, in a file with `.json` after its name: what it has to be, so that
/// a file which has changed is found out.
public struct BackupManifest: Hashable, Sendable {
    public static let currentVersion = 1

    public var version = currentVersion
    /// The name of the backup, without a folder.
    public var file: String
    public var service: String
    /// When the state that it holds was pinned.
    public var created: Timestamp
    public var reason: BackupReason
    /// A ULID; nil for what no operation asked for.
    public var operation: String?
    /// WebSocket and SSE that were open on the old color: with any, quiet was not proven. Only of
    /// the reason `drained`.
    public var streams: Int?
    public var bytes: Int
    /// Of the whole file, in hexadecimal.
    public var sha256: String
    /// Rows by table, SQLite's own tables left out.
    public var rows: [String: Int]
    /// Whose history table it has: `efcore`; nil without one.
    public var tool: String?
    /// Applied migrations, oldest first.
    public var migrations: [String]
    /// Of the schema.
    public var fingerprint: String
    /// Rows that `foreign_key_check` finds, in the source as in the copy.
    public var foreignKeyFindings: Int
    public var pageBytes: Int
    /// Of the library that made it.
    public var sqliteVersion: String
    /// How long the copying took, without checks.
    public var copyMilliseconds: Int

    public init(
        file: String, service: String, created: Timestamp, reason: BackupReason,
        operation: String?, streams: Int?, bytes: Int, sha256: String, rows: [String: Int],
        tool: String?, migrations: [String], fingerprint: String, foreignKeyFindings: Int,
        pageBytes: Int, sqliteVersion: String, copyMilliseconds: Int
    ) {
        self.file = file
        self.service = service
        self.created = created
        self.reason = reason
        self.operation = operation
        self.streams = streams
        self.bytes = bytes
        self.sha256 = sha256
        self.rows = rows
        self.tool = tool
        self.migrations = migrations
        self.fingerprint = fingerprint
        self.foreignKeyFindings = foreignKeyFindings
        self.pageBytes = pageBytes
        self.sqliteVersion = sqliteVersion
        self.copyMilliseconds = copyMilliseconds
    }
}

extension BackupManifest: Codable {
    private enum CodingKeys: String, CodingKey {
        case version, file, service, created, reason, operation, streams, bytes, sha256, rows
        case tool, migrations, fingerprint
        case foreignKeyFindings = "foreign_key_findings"
        case pageBytes = "page_size"
        case sqliteVersion = "sqlite_version"
        case copyMilliseconds = "copy_ms"
    }
}

/// One backup as `db backups` lists it.
public struct BackupEntry: Hashable, Sendable {
    /// The name, without a folder.
    public var file: String
    public var bytes: Int
    public var created: Timestamp?
    public var reason: BackupReason?
    public var operation: String?
    /// The newest migration that it holds.
    public var latest: String?
    public var migrations: [String]
    public var fingerprint: String?
    /// There is a manifest, which names this file and its service, and the file has the size that
    /// it names. Its octets are compared by `db verify` and by a restore.
    public var hasManifest: Bool
    /// What is wrong at first sight; nil where nothing is.
    public var problem: String?

    public init(
        file: String, bytes: Int, created: Timestamp?, reason: BackupReason?, operation: String?,
        migrations: [String], fingerprint: String?, hasManifest: Bool, problem: String?
    ) {
        self.file = file
        self.bytes = bytes
        self.created = created
        self.reason = reason
        self.operation = operation
        latest = migrations.last
        self.migrations = migrations
        self.fingerprint = fingerprint
        self.hasManifest = hasManifest
        self.problem = problem
    }
}

extension BackupEntry: Codable {
    private enum CodingKeys: String, CodingKey {
        case file, bytes, created, reason, operation, latest, migrations, fingerprint, problem
        case hasManifest = "has_manifest"
    }
}

/// The answer to `GET …/database/backups`, newest first.
public struct BackupsAnswer: Codable, Hashable, Sendable {
    public var service: String
    public var directory: String
    public var backups: [BackupEntry]

    public init(service: String, directory: String, backups: [BackupEntry]) {
        self.service = service
        self.directory = directory
        self.backups = backups
    }
}

/// The answer to `prune`.
public struct PruneAnswer: Codable, Hashable, Sendable {
    public var service: String
    public var keep: Int
    /// Names of what was removed.
    public var removed: [String]
    /// How many are left.
    public var left: Int

    public init(service: String, keep: Int, removed: [String], left: Int) {
        self.service = service
        self.keep = keep
        self.removed = removed
        self.left = left
    }
}

/// What a verification found: the `details` of its last event.
public struct VerifyFinding: Codable, Hashable, Sendable {
    public var file: String
    public var verified: Bool
    /// Each in one sentence; empty where it is what its manifest says.
    public var problems: [String]
    /// nil where there is none, or it cannot be read.
    public var manifest: BackupManifest?

    public init(
        file: String, verified: Bool, problems: [String], manifest: BackupManifest?
    ) {
        self.file = file
        self.verified = verified
        self.problems = problems
        self.manifest = manifest
    }
}

/// What a restore would do to one table: the `losses` in its events' details.
public struct TableLoss: Codable, Hashable, Sendable {
    public var table: String
    /// Rows now; 0 where the table is not there.
    public var live: Int
    /// Rows in the backup; nil where it does not have the table.
    public var backup: Int?
    /// Rows that would be lost, each counted once: those that are only in the live database or
    /// differ there, of several that are the same as many as there are more of, and those that hold
    /// a value of their own (not NULL, nor a constant default) in a column that the backup lacks.
    public var lost: Int

    public init(table: String, live: Int, backup: Int?, lost: Int) {
        self.table = table
        self.live = live
        self.backup = backup
        self.lost = lost
    }
}
