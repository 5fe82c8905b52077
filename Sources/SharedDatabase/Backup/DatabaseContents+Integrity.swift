internal import GRDB

extension DatabaseContents {
    /// What `integrity_check` says; empty where it is whole.
    ///
    /// Of tables with an index in an order of the application's own only what `quick_check` looks
    /// at can be checked: pages and rows, and not whether an index is in that order.
    static func integrityProblems(_ database: Database) throws -> [String] {
        let ordered = try OwnCollations.tables(of: database)
        guard !ordered.isEmpty else { return try problems(database, "integrity_check(\(most))") }
        let found = try OwnCollations.standingIn(database) {
            try problems(database, "quick_check(\(most))")
        }.filter { problem in
            // A CHECK may compare in that order.
            !ordered.contains { problem == "CHECK constraint failed in \($0)" }
        }
        guard found.isEmpty else { return found }
        let others = try String.fetchAll(
            database,
            sql: """
                SELECT name FROM sqlite_master
                WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'
                """
        ).filter { !ordered.contains($0) }
        for table in others {
            let found = try problems(
                database, "integrity_check(\(table.quotedDatabaseIdentifier))")
            guard found.isEmpty else { return found }
        }
        return []
    }

    private static var most: Int { BackupCopy.problemsMax }

    private static func problems(_ database: Database, _ pragma: String) throws -> [String] {
        let lines = try String.fetchAll(database, sql: "PRAGMA \(pragma)")
        return lines == ["ok"] ? [] : lines
    }
}
