extension HistoryTool {
    static let efcore = HistoryTool(
        name: "efcore", table: "__EFMigrationsHistory", columns: ["migrationid"],
        applied: """
            SELECT CAST("MigrationId" AS TEXT) FROM {table} WHERE "MigrationId" IS NOT NULL
            """,
        markers: [
            // EF Core 9 and later: one row while a migration runs, and for ever after a kill.
            Marker(
                kind: .lockRow, table: "__EFMigrationsLock", columns: ["timestamp"],
                query: """
                    SELECT NULL, strftime('%s', 'now') - strftime('%s', "Timestamp")
                    FROM {table} LIMIT 1
                    """)
        ],
        identifiers: .text, order: .names,
        onNewer: .starts("ignores what it does not know, without a word"),
        commands: Commands(
            migrate: "dotnet ef database update",
            baseline: "INSERT INTO \"__EFMigrationsHistory\" VALUES ('<id>', '<version>')"))

    static let flyway = HistoryTool(
        name: "flyway", table: "flyway_schema_history",
        columns: ["installed_rank", "version", "script", "checksum", "success"],
        // An undone or deleted version has a later row that says so; repeatable ones have none.
        applied: """
            SELECT CAST(version AS TEXT) FROM {table} AS history
            WHERE version IS NOT NULL AND success AND type NOT LIKE 'UNDO%' AND type <> 'DELETE'
                AND NOT EXISTS (
                    SELECT 1 FROM {table} AS later
                    WHERE later.version = history.version AND later.success
                        AND later.installed_rank > history.installed_rank
                        AND (later.type LIKE 'UNDO%' OR later.type = 'DELETE'))
            ORDER BY installed_rank
            """,
        floor: """
            SELECT CAST(version AS TEXT) FROM {table}
            WHERE type LIKE '%BASELINE' AND success ORDER BY installed_rank DESC LIMIT 1
            """,
        markers: [
            Marker(
                kind: .failed, columns: ["success", "installed_on"],
                query: """
                    SELECT coalesce(version, script), \(age(of: "installed_on"))
                    FROM {table} WHERE NOT success
                    """)
        ],
        identifiers: .version, order: .names,
        onNewer: .starts("warns of future migrations and goes on"),
        commands: Commands(
            migrate: "flyway migrate", baseline: "flyway baseline", repair: "flyway repair"))

    static let liquibase = HistoryTool(
        name: "liquibase", table: "DATABASECHANGELOG",
        columns: ["id", "author", "filename", "orderexecuted", "md5sum"],
        applied: """
            SELECT "FILENAME" || '::' || "ID" || '::' || "AUTHOR" FROM {table}
            WHERE coalesce("EXECTYPE", '') <> 'FAILED' ORDER BY "ORDEREXECUTED"
            """,
        markers: [
            Marker(
                kind: .lockRow, table: "DATABASECHANGELOGLOCK", columns: ["locked", "lockgranted"],
                query: """
                    SELECT NULL, \(age(of: "\"LOCKGRANTED\"")) FROM {table} WHERE "LOCKED"
                    """),
            Marker(
                kind: .failed, columns: ["exectype", "dateexecuted"],
                query: """
                    SELECT "ID", \(age(of: "\"DATEEXECUTED\"")) FROM {table}
                    WHERE "EXECTYPE" = 'FAILED'
                    """),
        ],
        identifiers: .text, order: .list,
        onNewer: .starts("ignores change sets that it does not know"),
        commands: Commands(
            migrate: "liquibase update", baseline: "liquibase changelog-sync",
            repair: "liquibase release-locks"))
}
