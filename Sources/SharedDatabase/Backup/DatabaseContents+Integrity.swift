internal import GRDB

extension DatabaseContents {
    /// What `integrity_check` says; empty where it is whole.
    ///
    /// Of tables that need a collation or function of the application's own, only what
    /// `quick_check` looks at can be checked: pages and rows, and neither indexes nor CHECKs.
    static func integrityProblems(_ database: Database) throws -> [String] {
        let most = BackupCopy.problemsMax
        do {
            return try problems(database, "integrity_check(\(most))")
        } catch let error as DatabaseError where ApplicationDefined.isMissing(error) {
            // SQLite refuses the whole for one table's sake.
        }
        let tables = try String.fetchAll(
            database,
            sql: """
                SELECT name FROM sqlite_master
                WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'
                """)
        var unchecked: Set<String> = []
        for table in tables {
            do {
                let found = try problems(
                    database, "integrity_check(\(table.asSQLName))")
                guard found.isEmpty else { return found }
            } catch let error as DatabaseError where ApplicationDefined.isMissing(error) {
                unchecked.insert(table)
            }
        }
        return try ApplicationDefined.standingIn(database) {
            try problems(database, "quick_check(\(most))")
        }.filter { problem in
            // What a stand-in says of a CHECK or a generated column is its own invention.
            !unchecked.contains {
                problem.hasSuffix(" constraint failed in \($0)")
                    || problem.contains(" value in \($0).")
            }
        }
    }

    private static func problems(_ database: Database, _ pragma: String) throws -> [String] {
        let lines = try String.fetchAll(database, sql: "PRAGMA \(pragma)")
        return lines == ["ok"] ? [] : lines
    }
}
