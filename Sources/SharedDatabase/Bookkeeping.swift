/// Tables that belong to a tool and not to the application: they are left out of every
/// comparison of schemas.
enum Bookkeeping {
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
        // Of tools whose history the gate does not read.
        "atlas_schema_revisions", "__drizzle_migrations", "seaql_migrations",
        "refinery_schema_history", "doctrine_migration_versions", "phinxlog", "pgmigrations",
        "mikro_orm_migrations", "aerich",
    ]

    /// Names, in lower case, that an application may use for data of its own: only the columns
    /// tell.
    private static let doubtful: Set<String> = ["migrations"]

    /// Whether a table of this name, in lower case, may be the history or the lock of a tool.
    static func isHistory(_ name: String) -> Bool {
        names.contains(name) || doubtful.contains(name)
    }

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
