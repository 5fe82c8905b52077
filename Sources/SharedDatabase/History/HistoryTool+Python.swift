extension HistoryTool {
    static let django = HistoryTool(
        name: "django", table: "django_migrations", columns: ["id", "app", "name", "applied"],
        applied: "SELECT app || '.' || name FROM {table} ORDER BY id",
        identifiers: .application, order: .names,
        onNewer: .starts("ignores migrations that it does not know"),
        commands: Commands(
            migrate: "python manage.py migrate",
            baseline: "python manage.py migrate --fake-initial"))

    /// One row a head, and no history: what was applied before is in the application's code.
    static let alembic = HistoryTool(
        name: "alembic", table: "alembic_version", columns: ["version_num"], isExact: true,
        applied: "SELECT version_num FROM {table} ORDER BY version_num",
        identifiers: .text, order: .rowAndList,
        onNewer: .fails("stops with \"Can't locate revision\""),
        commands: Commands(migrate: "alembic upgrade head", baseline: "alembic stamp head"))
}
