/// The database that both colors share.
public struct DatabaseSettings: Hashable, Sendable {
    public enum Engine: Hashable, Sendable {
        /// An absolute path.
        case sqlite(path: String)
        /// A connection address, `postgresql://...`.
        case postgres(address: String)
    }

    public var engine: Engine
    /// Whose history table is read; `auto`: found by itself.
    public var migrations = MigrationTool.auto
    /// Where a target states the migration that it expects; nil: it is not asked.
    public var expect: Expectation?
    /// What starts the new version once against a copy of the database; empty: no rehearsal.
    public var rehearse: [String] = []
    /// nil: no backups are made.
    public var backup: BackupSettings?

    public init(engine: Engine) { self.engine = engine }

    public static let argumentsMax = 64
}

/// Where a target states which migration it expects.
public enum Expectation: Hashable, Sendable {
    /// A field of the health answer's JSON object.
    case healthField(String)
    /// A header of the health answer.
    case header(String)
    /// A file: one line is the latest, several are all that is known, oldest first; or JSON.
    case file(String)
    /// A command's output, likewise.
    case command([String])
}

/// Migration tools, by their history tables.
public enum MigrationTool: String, CaseIterable, Hashable, Sendable {
    case auto, efcore, flyway, liquibase, rails, django, alembic
    case golangMigrate = "golang-migrate"
    case goose, prisma, knex, typeorm, sequelize, sqlx, diesel, laravel, ecto, fluent, grdb
}

/// Verified copies of the database.
public struct BackupSettings: Hashable, Sendable {
    /// An absolute path; owned by the owner of the database.
    public var directory: String
    /// How many are kept of each kind.
    public var keep = 10
    /// One before every switch.
    public var beforeSwitch = true
    /// nil: none by the clock.
    public var schedule: BackupSchedule?
    /// When the newest backup is put to the test; nil: not by the clock.
    public var drill: BackupSchedule?

    public init(directory: String) { self.directory = directory }

    public static let keepRange = 1...1000
}
