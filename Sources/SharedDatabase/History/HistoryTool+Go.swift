extension HistoryTool {
    /// One row: the newest version, and whether it was applied whole.
    static let golangMigrate = HistoryTool(
        name: "golang-migrate", table: "schema_migrations", columns: ["version", "dirty"],
        isExact: true, applied: "SELECT CAST(version AS TEXT) FROM {table} WHERE version >= 0",
        markers: [
            Marker(
                kind: .failed, columns: ["dirty"],
                query: "SELECT CAST(version AS TEXT), NULL FROM {table} WHERE dirty")
        ],
        identifiers: .number, order: .rowAndNames,
        onNewer: .fails("stops with \"no migration found for version\""),
        commands: Commands(
            migrate: "migrate up", baseline: "migrate force <version>",
            repair: "migrate force <version>"))

    static let goose = HistoryTool(
        name: "goose", table: "goose_db_version", columns: ["id", "version_id", "is_applied"],
        // The newest row of a version counts; version 0 only says that the table was made.
        applied: """
            SELECT CAST(version_id AS TEXT) FROM {table} AS history
            WHERE is_applied AND version_id > 0
                AND id = (SELECT max(id) FROM {table} WHERE version_id = history.version_id)
            """,
        identifiers: .number, order: .names,
        onNewer: .starts("ignores versions that it does not know"),
        commands: Commands(
            migrate: "goose up",
            baseline: "INSERT INTO goose_db_version (version_id, is_applied) VALUES (<version>, 1)"
        ))
}
