extension HistoryTool {
    static let sqlx = HistoryTool(
        name: "sqlx", table: "_sqlx_migrations", columns: ["version", "success", "checksum"],
        applied: "SELECT CAST(version AS TEXT) FROM {table} WHERE success",
        markers: [
            Marker(
                kind: .failed, columns: ["installed_on"],
                query: """
                    SELECT CAST(version AS TEXT), \(age(of: "installed_on")) FROM {table}
                    WHERE NOT success
                    """)
        ],
        identifiers: .number, order: .names,
        onNewer: .fails("stops with VersionMissing, unless ignore_missing is set"),
        commands: Commands(
            migrate: "sqlx migrate run",
            baseline: "record the version in _sqlx_migrations with its checksum",
            repair: "DELETE FROM _sqlx_migrations WHERE NOT success"))

    static let diesel = HistoryTool(
        name: "diesel", table: "__diesel_schema_migrations", columns: ["version", "run_on"],
        applied: "SELECT CAST(version AS TEXT) FROM {table}",
        identifiers: .number, order: .names,
        onNewer: .starts("ignores versions that it does not know"),
        commands: Commands(
            migrate: "diesel migration run",
            baseline: "INSERT INTO __diesel_schema_migrations (version) VALUES ('<version>')"))

    static let fluent = HistoryTool(
        name: "fluent", table: "_fluent_migrations", columns: ["id", "name", "batch"],
        applied: "SELECT name FROM {table} ORDER BY batch, created_at, rowid",
        identifiers: .text, order: .list,
        onNewer: .starts("ignores migrations that it does not know"),
        commands: Commands(
            migrate: "its command `migrate --yes`",
            baseline: "record the names in _fluent_migrations"))

    static let grdb = HistoryTool(
        name: "grdb", table: "grdb_migrations", columns: ["identifier"], isExact: true,
        applied: "SELECT identifier FROM {table} ORDER BY rowid",
        identifiers: .text, order: .list,
        onNewer: .starts("ignores what it does not know, unless it asks hasBeenSuperseded"),
        commands: Commands(
            migrate: "the start of the target",
            baseline: "INSERT INTO grdb_migrations VALUES ('<identifier>')"))
}
