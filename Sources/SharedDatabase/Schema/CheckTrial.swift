internal import GRDB

/// Whether a row of older code, which leaves the new columns of a table out, passes a CHECK on
/// them: tried on an empty table of those columns, in memory.
///
/// What the expression does nobody else can say as SQLite does: a type's affinity, a collation, a
/// function, NULL.
enum CheckTrial {
    enum Outcome {
        case passes
        case fails
        /// It needs what only the application has, such as a function of its own.
        case unknown
    }

    /// Longest text or blob that an expression may make here.
    private static let bytesMax: CInt = 1 << 20

    /// `columns`: all that the CHECK reads, each of them new.
    static func run(_ check: SchemaCheck, on columns: [SchemaColumn]) -> Outcome {
        var configuration = Configuration()
        configuration.label = "check"
        // As SQLite is built nearly everywhere.
        configuration.acceptsDoubleQuotedStringLiterals = true
        do {
            let queue = try DatabaseQueue(configuration: configuration)
            let outcome = try queue.writeWithoutTransaction { database in
                SQLiteConnection.limit(database, bytes: bytesMax)
                try database.execute(sql: statement(check, columns))
                return try insert(into: database)
            }
            try queue.close()
            return outcome
        } catch {
            return .unknown
        }
    }

    private static func insert(into database: Database) throws -> Outcome {
        do {
            try database.execute(sql: "INSERT INTO trial DEFAULT VALUES")
            return .passes
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            return .fails
        }
    }

    /// A table of computed columns alone is none, so that one more stands in it.
    private static func statement(_ check: SchemaCheck, _ columns: [SchemaColumn]) -> String {
        var used = "used"
        while columns.contains(where: { $0.name.asciiLowercased == used }) { used += "_" }
        let parts = columns.map { column in
            var text = column.name.asSQLName
            if !column.type.isEmpty { text += " " + column.type.asSQLName }
            if let collation = column.collation {
                text += " COLLATE " + collation.asSQLName
            }
            if let rule = column.generated {
                text += " AS (\(rule))"
            } else if let fallback = column.fallback {
                text += " DEFAULT (\(fallback))"
            }
            return text
        }
        return "CREATE TABLE trial ("
            + (parts + [used, "CHECK (\(check.text))"]).joined(separator: ", ") + ")"
    }
}
