internal import GRDB

/// The history of migrations as EF Core keeps it on SQLite.
struct EntityFrameworkHistory {
    /// Oldest first.
    var applied: [String]
    var dirty: [DirtyMarker]

    /// What the schema's tables say; nil where EF Core has never been here.
    init?(_ database: Database, tables: [SchemaObject]) throws {
        dirty = try Self.markers(database, tables)
        guard let table = try Self.table(Bookkeeping.efHistory, "MigrationId", database, tables)
        else {
            if dirty.isEmpty { return nil }
            applied = []
            return
        }
        applied = try String.fetchAll(
            database,
            sql: """
                SELECT CAST("MigrationId" AS TEXT) FROM \(table.quotedDatabaseIdentifier)
                WHERE "MigrationId" IS NOT NULL
                """
        ).sorted { GateJudge.isOlder($0, than: $1) }
    }

    private static func markers(
        _ database: Database, _ tables: [SchemaObject]
    ) throws -> [DirtyMarker] {
        var markers: [DirtyMarker] = []
        if let lock = try table(Bookkeeping.efLock, "Timestamp", database, tables) {
            let ages = try DatabaseValue.fetchAll(
                database,
                sql: """
                    SELECT strftime('%s', 'now') - strftime('%s', "Timestamp")
                    FROM \(lock.quotedDatabaseIdentifier)
                    """)
            markers += ages.prefix(1).map {
                DirtyMarker(.lockRow, name: lock, ageSeconds: Int.fromDatabaseValue($0))
            }
        }
        for table in tables
        where table.name.asciiLowercased.hasPrefix(Bookkeeping.efRebuildPrefix) {
            markers.append(DirtyMarker(.rebuildTable, name: table.name))
        }
        return markers
    }

    /// The table's own spelling, where one of this name and with this column is there.
    private static func table(
        _ name: String, _ column: String, _ database: Database, _ tables: [SchemaObject]
    ) throws -> String? {
        guard
            let found = tables.first(where: { $0.name.asciiLowercased == name.asciiLowercased })
        else { return nil }
        let columns = try database.columns(in: found.name)
        return columns.contains { $0.name.asciiLowercased == column.asciiLowercased }
            ? found.name : nil
    }
}
