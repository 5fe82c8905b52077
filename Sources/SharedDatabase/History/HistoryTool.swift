/// How one migration tool keeps its history on SQLite.
///
/// A plain value, so that another tool is a name, the shape of its table, and a query. The shape
/// counts beside the name: `schema_migrations` and `migrations` are names that several tools use.
struct HistoryTool: Sendable {
    /// As `database.migrations` names it.
    let name: String
    /// Where it writes down what it has applied; SQLite's names know no case.
    let table: String
    /// Columns that the table must have, in lower case.
    let columns: [String]
    /// A table with other columns besides belongs to another tool.
    var isExact = false
    /// One text a row: what is applied, oldest first. `{table}` stands for the quoted table.
    let applied: String
    /// One text: names up to this one need not be applied. For tools that can begin in the middle.
    var floor: String?
    var markers: [Marker] = []
    let identifiers: MigrationIdentifier.Form
    let order: Order
    /// What the application does when it starts on a database with migrations that it does not
    /// know: what a restart of the older color would meet.
    let onNewer: OnNewer
    let commands: Commands

    /// What tells which of two migrations is older.
    enum Order: Sendable {
        /// Their names do.
        case names
        /// Only the target's list does; the database has a set, or the order of its own rows.
        case list
        /// The row is the newest one, everything older by name was applied before it.
        case rowAndNames
        /// The rows are the newest ones, everything before them in the target's list was applied.
        case rowAndList
    }

    /// In words that go on after "it".
    enum OnNewer: Sendable {
        case starts(String)
        case fails(String)
    }

    /// A query for what a migration left behind.
    struct Marker: Sendable {
        let kind: DirtyMarker.Kind
        /// nil: the history's own table.
        var table: String?
        /// Columns that the table must have, in lower case.
        let columns: [String]
        /// Rows of a name (NULL: the table's own) and an age in seconds (NULL: unknown).
        let query: String
    }

    /// What a person types, for hints.
    struct Commands: Sendable {
        /// Applies what is not applied.
        let migrate: String
        /// Records migrations as applied that made the tables that are there.
        let baseline: String
        /// Clears what a failed migration left.
        var repair: String?
    }

    static func named(_ name: String) -> HistoryTool? { all.first { $0.name == name } }

    static let all: [HistoryTool] = [
        efcore, flyway, liquibase, rails, django, alembic, golangMigrate, goose, prisma, knex,
        typeorm, sequelize, sqlx, diesel, laravel, ecto, fluent, grdb,
    ]

    /// Seconds since a moment that a column names: as text, or in milliseconds since 1970, as Java
    /// and JavaScript write it.
    static func age(of column: String) -> String {
        """
        CAST(strftime('%s', 'now') AS INTEGER) - CASE typeof(\(column))
            WHEN 'integer' THEN \(column) / 1000
            ELSE CAST(strftime('%s', \(column)) AS INTEGER) END
        """
    }
}
