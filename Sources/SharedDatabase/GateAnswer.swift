/// What the gate found, what it expected, and what repairs the difference.
public struct GateAnswer: Codable, Hashable, Sendable {
    public let verdict: GateVerdict
    /// What stands in the database, in one sentence.
    public let saw: String
    /// What the target states, in one sentence.
    public let expected: String
    /// What to do, with the command where there is one. Empty where nothing is to be done.
    public let hint: String
    /// nil where the database could not be read.
    public let database: DatabaseFacts?
    /// The file, where one is there. Present although it could not be read as a database.
    public let file: FileIdentity?

    public init(
        _ judgement: GateJudgement, database: DatabaseFacts? = nil, file: FileIdentity? = nil
    ) {
        verdict = judgement.verdict
        saw = judgement.saw
        expected = judgement.expected
        hint = judgement.hint
        self.database = database
        self.file = file
    }
}

extension GateAnswer {
    /// The same as a refusal: another schema was recorded for these migrations. The database was
    /// read.
    public func drift(recorded: String) -> GateAnswer {
        GateAnswer(
            GateJudgement(
                .drift,
                saw: "\(saw), and a schema with fingerprint "
                    + "\((database?.fingerprint ?? "").prefix(12))",
                expected: "the schema that was recorded with these migrations, fingerprint "
                    + "\(recorded.prefix(12))",
                hint: "somebody changed the schema by hand, or a migration was cut before it was "
                    + "written down: undo the change or put it into a migration (bascule check "
                    + "shows it under `schema`); where the schema is right as it is: "
                    + "--override migrations"),
            database: database, file: file)
    }
}

/// A verdict with its reasons, without the facts that it was taken from.
public struct GateJudgement: Codable, Hashable, Sendable {
    public let verdict: GateVerdict
    public let saw: String
    public let expected: String
    public let hint: String

    public init(_ verdict: GateVerdict, saw: String, expected: String, hint: String = "") {
        self.verdict = verdict
        self.saw = saw
        self.expected = expected
        self.hint = hint
    }
}

/// A state of the database, all of it from one read transaction.
public struct DatabaseFacts: Codable, Hashable, Sendable {
    /// The tool whose history counts: `efcore`. nil where none was found, or more than one.
    public var tool: String?
    /// Every tool whose history was found.
    public var found: [String] = []
    /// Applied migrations, oldest first: the newest `applied.count` of `appliedCount`.
    public var applied: [String]
    public var appliedCount: Int
    /// Names up to this one need not be applied: the tool's history begins there.
    public var floor: String?
    /// What a migration left behind, or does now. Empty in a clean database.
    public var dirty: [DirtyMarker]
    /// SHA-256 over the schema without bookkeeping tables, in hexadecimal: equal fingerprints are
    /// equal schemas.
    public var fingerprint: String
    /// Tables of the application itself: neither bookkeeping nor SQLite's.
    public var tableCount: Int
    /// `PRAGMA schema_version`: moves with every change of the schema.
    public var schemaVersion: Int
    /// The library that read it; the targets' own may be another.
    public var sqliteVersion: String
    /// `wal`, `delete`, ...
    public var journalMode: String
    public var pageBytes: Int
    public var pageCount: Int
    public var freePageCount: Int
    /// What holds for the whole file and is no part of the fingerprint.
    public var traits: SchemaTraits?

    /// The newest applied migration.
    public var latest: String? { applied.last }

    /// Whether an application of this tool starts on a database with migrations that it does not
    /// know; false where the tool is not known.
    public var startsOnNewer: Bool {
        switch tool.flatMap(HistoryTool.named)?.onNewer {
        case .starts: true
        case .fails, nil: false
        }
    }
}

/// A trace of a migration that has not ended.
public struct DirtyMarker: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Hashable, Sendable {
        /// A row in a tool's lock, like EF Core's `__EFMigrationsLock`.
        case lockRow = "lock-row"
        /// A table `ef_temp_…` of a table rebuild that was cut.
        case rebuildTable = "rebuild-table"
        /// A migration that its tool has recorded as failed.
        case failed
        /// One that its tool has recorded as begun, and not as ended.
        case unfinished
    }

    public let kind: Kind
    /// The table, or the migration and its table.
    public let name: String
    /// Seconds since the marker was set; nil where it does not say.
    public let ageSeconds: Int?

    public init(_ kind: Kind, name: String, ageSeconds: Int? = nil) {
        self.kind = kind
        self.name = name
        self.ageSeconds = ageSeconds
    }
}

/// Which file was read: two colors that state another one do not share a database.
public struct FileIdentity: Codable, Hashable, Sendable {
    /// With every symbolic link resolved.
    public let path: String
    public let device: UInt64
    public let inode: UInt64
    public let bytes: Int
    /// Size of the write-ahead log beside it, 0 without one.
    public let walBytes: Int
    /// Names of the file: more than one would mean more than one write-ahead log.
    public let links: Int
    /// The user that owns it, by number.
    public let owner: UInt32
}
