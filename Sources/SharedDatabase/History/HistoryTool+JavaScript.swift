extension HistoryTool {
    static let prisma = HistoryTool(
        name: "prisma", table: "_prisma_migrations",
        columns: ["checksum", "finished_at", "migration_name", "rolled_back_at", "started_at"],
        applied: """
            SELECT DISTINCT migration_name FROM {table}
            WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL
            """,
        markers: [
            Marker(
                kind: .unfinished, columns: ["finished_at"],
                query: """
                    SELECT migration_name, \(age(of: "started_at")) FROM {table}
                    WHERE finished_at IS NULL AND rolled_back_at IS NULL
                    """)
        ],
        identifiers: .text, order: .names,
        onNewer: .starts("warns, as `migrate deploy` does, and goes on"),
        commands: Commands(
            migrate: "npx prisma migrate deploy",
            baseline: "npx prisma migrate resolve --applied <name>",
            repair: "npx prisma migrate resolve --rolled-back <name>"))

    static let knex = HistoryTool(
        name: "knex", table: "knex_migrations", columns: ["id", "name", "batch"],
        applied: "SELECT name FROM {table} ORDER BY id",
        markers: [
            Marker(
                kind: .lockRow, table: "knex_migrations_lock", columns: ["is_locked"],
                query: "SELECT NULL, NULL FROM {table} WHERE is_locked LIMIT 1")
        ],
        identifiers: .text, order: .names,
        onNewer: .fails("stops with \"The migration directory is corrupt\""),
        commands: Commands(
            migrate: "npx knex migrate:latest",
            baseline: "INSERT INTO knex_migrations (name, batch) VALUES ('<name>', 1)",
            repair: "npx knex migrate:unlock"))

    static let typeorm = HistoryTool(
        name: "typeorm", table: "migrations", columns: ["id", "timestamp", "name"],
        isExact: true, applied: "SELECT name FROM {table} ORDER BY timestamp, id",
        identifiers: .text, order: .list,
        onNewer: .starts("ignores migrations that it does not know"),
        commands: Commands(
            migrate: "npx typeorm migration:run", baseline: "npx typeorm migration:run --fake"))

    static let sequelize = HistoryTool(
        name: "sequelize", table: "SequelizeMeta", columns: ["name"], isExact: true,
        applied: "SELECT name FROM {table}",
        identifiers: .text, order: .names,
        onNewer: .starts("ignores names that it does not know"),
        commands: Commands(
            migrate: "npx sequelize-cli db:migrate",
            baseline: "INSERT INTO SequelizeMeta VALUES ('<name>')"))
}
