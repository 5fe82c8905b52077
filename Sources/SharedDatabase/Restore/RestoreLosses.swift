internal import Control
internal import GRDB
internal import Kernel

/// What a restore would take away: rows of the live database that the backup does not have, each
/// counted once (`RowComparison`).
struct RestoreLosses {
    /// Above this, rows are counted and not compared: the comparison sorts both tables.
    static let comparedRowsMax = 500_000
    /// Tables in one notice; those with the largest losses.
    static let tablesMax = 200

    /// What a row has to have in common with one of the backup to be kept.
    enum Scope {
        /// All that it holds: a value in a column that the backup lacks is lost.
        case values
        /// What stands in columns that both have. Columns are somebody else's matter.
        case sharedColumns
    }

    /// `path`: the live database, `backup`: the file that would be restored.
    /// `isExact`: every row was compared, and every table with losses is named.
    static func read(
        path: String, backup: String, comparing scope: Scope = .values
    ) throws -> (tables: [TableLoss], isExact: Bool) {
        let file = try SharedFile(at: path)
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(BackupCopy.busyTimeout.inSeconds)
        let queue = try DatabaseQueue(path: file.identity.path, configuration: configuration)
        let losses = try queue.inDatabase { database in
            try database.execute(
                sql: "ATTACH DATABASE ? AS kept", arguments: [SharedFile.stillLocation(backup)])
            var losses: [(loss: TableLoss, isExact: Bool)] = []
            try database.inTransaction(.deferred) {
                // SQLite's names know no case.
                let kept = Set(try tables(database, "kept").map(\.asciiLowercased))
                for table in try tables(database, "main") {
                    losses.append(
                        try ApplicationDefined.standingIn(database) {
                            try loss(
                                database, table, isKept: kept.contains(table.asciiLowercased),
                                scope)
                        })
                }
                return .rollback
            }
            return losses
        }
        try queue.close()
        let changed = losses.map { $0.loss }.filter { $0.lost > 0 || $0.live != $0.backup }
        return (
            Array(changed.sorted { ($1.lost, $0.table) < ($0.lost, $1.table) }.prefix(tablesMax)),
            losses.allSatisfy { $0.isExact } && changed.count <= tablesMax
        )
    }

    private static func tables(_ database: Database, _ schema: String) throws -> [String] {
        try String.fetchAll(
            database,
            sql: """
                SELECT name FROM \(schema).sqlite_master
                WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                    AND sql NOT LIKE 'CREATE VIRTUAL%'
                """)
    }

    private static func loss(
        _ database: Database, _ table: String, isKept: Bool, _ scope: Scope
    ) throws -> (loss: TableLoss, isExact: Bool) {
        func count(_ schema: String) throws -> Int {
            try Int.fetchOne(
                database, sql: "SELECT count(*) FROM \(schema).\(table.asSQLName)") ?? 0
        }
        let live = try count("main")
        guard isKept else {
            return (TableLoss(table: table, live: live, backup: nil, lost: live), true)
        }
        let backup = try count("kept")
        let comparison = try RowComparison(of: table, in: database, scope)
        guard comparison.isPossible, max(live, backup) <= comparedRowsMax else {
            let lost = max(0, live - backup)
            return (TableLoss(table: table, live: live, backup: backup, lost: lost), false)
        }
        let lost = try comparison.lost(of: live, in: database)
        return (TableLoss(table: table, live: live, backup: backup, lost: lost), true)
    }
}
