extension HistoryTool {
    static let rails = HistoryTool(
        name: "rails", table: "schema_migrations", columns: ["version"], isExact: true,
        applied: "SELECT CAST(version AS TEXT) FROM {table}",
        identifiers: .number, order: .names,
        onNewer: .starts("ignores versions that it does not know"),
        commands: Commands(
            migrate: "bin/rails db:migrate",
            baseline: "INSERT INTO schema_migrations VALUES ('<version>')"))

    static let laravel = HistoryTool(
        name: "laravel", table: "migrations", columns: ["id", "migration", "batch"],
        applied: "SELECT migration FROM {table} ORDER BY batch, migration",
        identifiers: .text, order: .names,
        onNewer: .starts("ignores migrations that it does not know"),
        commands: Commands(
            migrate: "php artisan migrate --force",
            baseline: "INSERT INTO migrations (migration, batch) VALUES ('<name>', 1)"))

    static let ecto = HistoryTool(
        name: "ecto", table: "schema_migrations", columns: ["version", "inserted_at"],
        isExact: true, applied: "SELECT CAST(version AS TEXT) FROM {table}",
        identifiers: .number, order: .names,
        onNewer: .starts("ignores versions that it does not know"),
        commands: Commands(
            migrate: "mix ecto.migrate",
            baseline: "INSERT INTO schema_migrations VALUES (<version>, datetime('now'))"))
}
