internal import GRDB

/// A table as code of the schema before knows it, with some of the rows that it has written.
struct OldTable {
    /// Real rows that its statements are tried with: the newest, which tell most of how the code
    /// writes now.
    static let rowsMax = 20

    let name: String
    /// Columns that the code may write: no generated ones.
    let columns: [String]
    /// Those that it has to name in an INSERT: required, without a default, not numbered by itself.
    let required: [String]
    /// Of the primary key; empty where there is none.
    let key: [String]
    let rows: [Row]

    /// All tables of the application. Virtual tables and their shadows are their modules' matter.
    static func all(in database: Database, _ schema: Schema) throws -> [OldTable] {
        try schema.tables.filter { !$0.options.contains(.virtual) }.map {
            try OldTable($0, database)
        }
    }

    private init(_ table: SchemaTable, _ database: Database) throws {
        name = table.name
        let written = table.columns.filter { $0.generated == nil }
        columns = written.map(\.name)
        let alias = table.rowidAlias?.asciiLowercased
        required = written.filter {
            $0.fallback == nil && $0.name.asciiLowercased != alias
                && ($0.isRequired
                    || table.primaryKey.map(\.asciiLowercased).contains($0.name.asciiLowercased))
        }.map(\.name)
        key = table.primaryKey
        let list = columns.map(\.asSQLName).joined(separator: ", ")
        let order = table.options.contains(.withoutRowid) ? "" : " ORDER BY rowid DESC"
        rows =
            columns.isEmpty
            ? []
            : try Row.fetchAll(
                database,
                sql: "SELECT \(list) FROM \(table.name.asSQLName)\(order) "
                    + "LIMIT \(Self.rowsMax)")
    }

    /// What code does to a table.
    enum Use: CaseIterable {
        case read, update, delete, insert, insertWithDefaults

        var change: SchemaChange {
            switch self {
            case .read: .oldReadFails
            case .update: .oldUpdateFails
            case .delete: .oldDeleteFails
            case .insert, .insertWithDefaults: .oldInsertFails
            }
        }

        var word: String {
            switch self {
            case .read: "SELECT of all columns"
            case .update: "UPDATE of a row"
            case .delete: "DELETE of a row"
            case .insert: "INSERT of all columns"
            case .insertWithDefaults: "INSERT without what has a default"
            }
        }
    }

    /// Tries every use of this table and takes everything back. Returns SQLite's first word against
    /// each that fails.
    func failures(on database: Database) throws -> [Use: String] {
        var failures: [Use: String] = [:]
        func attempt(_ use: Use, _ statements: [(sql: String, values: [DatabaseValue])]) throws {
            guard failures[use] == nil else { return }
            try database.execute(sql: "SAVEPOINT attempt")
            do {
                for statement in statements {
                    try database.execute(
                        sql: statement.sql, arguments: StatementArguments(statement.values))
                }
            } catch let error as DatabaseError {
                failures[use] = error.message ?? "\(error.resultCode)"
            }
            // A trigger may have rolled back everything by itself.
            if database.isInsideTransaction {
                try database.execute(sql: "ROLLBACK TO attempt; RELEASE attempt")
            }
        }
        guard !columns.isEmpty else { return [:] }
        try attempt(.read, [(read, [])])
        for row in rows {
            let whole = (insert(columns), columns.map { row[$0] as DatabaseValue })
            let short = (insert(required), required.map { row[$0] as DatabaseValue })
            guard !key.isEmpty else {
                try attempt(.insert, [whole])
                try attempt(.insertWithDefaults, [short])
                continue
            }
            let place = key.map { row[$0] as DatabaseValue }
            try attempt(.update, [(update, columns.map { row[$0] as DatabaseValue } + place)])
            try attempt(.delete, [(delete, place)])
            try attempt(.insert, [(delete, place), whole])
            try attempt(.insertWithDefaults, [(delete, place), short])
        }
        return failures
    }

    private var table: String { name.asSQLName }

    /// Every column with its table before it: alone, SQLite takes an unknown name in double quotes
    /// for a text (https://sqlite.org/quirks.html section 8).
    private var read: String {
        let list = columns.map { "old." + $0.asSQLName }.joined(separator: ", ")
        return "SELECT \(list) FROM \(table) AS old LIMIT 1"
    }

    private var place: String {
        key.map { $0.asSQLName + " IS ?" }.joined(separator: " AND ")
    }

    private var update: String {
        let list = columns.map { $0.asSQLName + " = ?" }.joined(separator: ", ")
        return "UPDATE \(table) SET \(list) WHERE \(place)"
    }

    private var delete: String { "DELETE FROM \(table) WHERE \(place)" }

    private func insert(_ columns: [String]) -> String {
        guard !columns.isEmpty else { return "INSERT INTO \(table) DEFAULT VALUES" }
        let list = columns.map(\.asSQLName).joined(separator: ", ")
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        return "INSERT INTO \(table) (\(list)) VALUES (\(marks))"
    }
}
