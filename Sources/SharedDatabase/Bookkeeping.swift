/// Tables that belong to a tool and not to the application: they are left out of every
/// comparison of schemas.
enum Bookkeeping {
    /// EF Core's history (relational, all providers).
    static let efHistory = "__EFMigrationsHistory"
    /// EF Core 9's lock on SQLite: one row while a migration runs.
    static let efLock = "__EFMigrationsLock"
    /// What EF Core calls the new table while it rebuilds one on SQLite.
    static let efRebuildPrefix = "ef_temp_"

    /// Names in lower case, since SQLite's names know no case.
    private static let names: Set<String> = [
        "__efmigrationshistory", "__efmigrationslock",
        "flyway_schema_history", "databasechangelog", "databasechangeloglock",
        "schema_migrations", "ar_internal_metadata", "django_migrations", "alembic_version",
        "goose_db_version", "_prisma_migrations", "knex_migrations", "knex_migrations_lock",
        "sequelizemeta", "_sqlx_migrations", "__diesel_schema_migrations",
        "_fluent_migrations", "grdb_migrations", "_litestream_seq", "_litestream_lock",
    ]

    /// Whether an object of the schema that belongs to this table is nobody's data.
    static func contains(_ table: String) -> Bool {
        let name = table.asciiLowercased
        return name.hasPrefix("sqlite_") || names.contains(name)
    }
}

extension String {
    /// As SQLite and EF Core compare names: only A to Z are folded.
    var asciiLowercased: String {
        String(
            decoding: utf8.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
