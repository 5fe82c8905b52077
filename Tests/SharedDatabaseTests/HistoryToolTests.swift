import Testing

@testable import SharedDatabase

/// Histories as the tools write them, by the SQL that they send.
@Suite("Every tool's history is found by its table's name and shape", .timeLimit(.minutes(2)))
struct HistoryToolTests {
    /// A tool's tables with two applied migrations, what is read of them, and what makes them
    /// dirty.
    struct Sample: CustomTestStringConvertible, Sendable {
        let tool: String
        let tables: [String]
        let applied: [String]
        var dirt: String?

        var testDescription: String { tool }
    }

    static let samples = [
        Sample(
            tool: "efcore",
            tables: [
                """
                CREATE TABLE "__EFMigrationsHistory" ("MigrationId" TEXT NOT NULL CONSTRAINT
                "PK___EFMigrationsHistory" PRIMARY KEY, "ProductVersion" TEXT NOT NULL)
                """,
                "INSERT INTO __EFMigrationsHistory VALUES ('2_B', '9'), ('1_A', '9')",
                """
                CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT
                "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL)
                """,
            ], applied: ["1_A", "2_B"],
            dirt: "INSERT INTO __EFMigrationsLock VALUES (1, '2026-01-15 14:30:00.1+00:00')"),
        Sample(
            tool: "flyway",
            tables: [
                """
                CREATE TABLE "flyway_schema_history" ("installed_rank" INT NOT NULL PRIMARY KEY,
                "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL, "type" VARCHAR(20)
                NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum" INT, "installed_by"
                VARCHAR(100) NOT NULL, "installed_on" TEXT NOT NULL DEFAULT
                (strftime('%Y-%m-%d %H:%M:%f', 'now')), "execution_time" INT NOT NULL,
                "success" BOOLEAN NOT NULL)
                """,
                """
                INSERT INTO flyway_schema_history (installed_rank, version, description, type,
                script, installed_by, execution_time, success) VALUES
                (1, '1', 'a', 'SQL', 'V1__a.sql', '', 1, 1), (2, NULL, 'v', 'SQL', 'R__v.sql', '',
                1, 1), (3, '9', 'x', 'SQL', 'V9__x.sql', '', 1, 1), (4, '9', 'x', 'UNDO_SQL',
                'U9__x.sql', '', 1, 1), (5, '10', 'b', 'SQL', 'V10__b.sql', '', 1, 1)
                """,
            ], applied: ["1", "10"],
            dirt: """
                INSERT INTO flyway_schema_history (installed_rank, version, description, type,
                script, installed_by, execution_time, success) VALUES
                (6, '11', 'c', 'SQL', 'V11__c.sql', '', 1, 0)
                """),
        Sample(
            tool: "liquibase",
            tables: [
                """
                CREATE TABLE DATABASECHANGELOG (ID VARCHAR(255) NOT NULL, AUTHOR VARCHAR(255) NOT
                NULL, FILENAME VARCHAR(255) NOT NULL, DATEEXECUTED TEXT NOT NULL, ORDEREXECUTED INT
                NOT NULL, EXECTYPE VARCHAR(10) NOT NULL, MD5SUM VARCHAR(35), DESCRIPTION
                VARCHAR(255), COMMENTS VARCHAR(255), TAG VARCHAR(255), LIQUIBASE VARCHAR(20),
                CONTEXTS VARCHAR(255), LABELS VARCHAR(255), DEPLOYMENT_ID VARCHAR(10))
                """,
                """
                INSERT INTO DATABASECHANGELOG (ID, AUTHOR, FILENAME, DATEEXECUTED, ORDEREXECUTED,
                EXECTYPE) VALUES ('2', 'ann', 'log.xml', '2026-01-01', 2, 'EXECUTED'),
                ('1', 'ann', 'log.xml', '2026-01-01', 1, 'EXECUTED')
                """,
                """
                CREATE TABLE DATABASECHANGELOGLOCK (ID INT NOT NULL PRIMARY KEY, LOCKED BOOLEAN NOT
                NULL, LOCKGRANTED TEXT, LOCKEDBY VARCHAR(255))
                """, "INSERT INTO DATABASECHANGELOGLOCK VALUES (1, 0, NULL, NULL)",
            ], applied: ["log.xml::1::ann", "log.xml::2::ann"],
            dirt: """
                UPDATE DATABASECHANGELOGLOCK SET LOCKED = 1, LOCKGRANTED = 1767225600000,
                LOCKEDBY = 'host'
                """),
        Sample(
            tool: "rails",
            tables: [
                """
                CREATE TABLE "schema_migrations" ("version" varchar NOT NULL PRIMARY KEY)
                """, "INSERT INTO schema_migrations VALUES ('20240202000000'), ('20240101000000')",
                """
                CREATE TABLE "ar_internal_metadata" ("key" varchar NOT NULL PRIMARY KEY, "value"
                varchar, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL)
                """,
            ], applied: ["20240101000000", "20240202000000"]),
        Sample(
            tool: "django",
            tables: [
                """
                CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
                "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT
                NULL)
                """,
                """
                INSERT INTO django_migrations (app, name, applied) VALUES
                ('shop', '0001_initial', '2026-01-01'), ('auth', '0001_initial', '2026-01-01')
                """,
            ], applied: ["shop.0001_initial", "auth.0001_initial"]),
        Sample(
            tool: "alembic",
            tables: [
                """
                CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,
                CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))
                """, "INSERT INTO alembic_version VALUES ('ae1027a6acf')",
            ], applied: ["ae1027a6acf"]),
        Sample(
            tool: "golang-migrate",
            tables: [
                "CREATE TABLE schema_migrations (version uint64, dirty bool)",
                "INSERT INTO schema_migrations VALUES (12, 0)",
            ], applied: ["12"], dirt: "UPDATE schema_migrations SET version = 13, dirty = 1"),
        Sample(
            tool: "goose",
            tables: [
                """
                CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id
                INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT
                (datetime('now')))
                """,
                """
                INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (10, 1),
                (9, 1), (11, 1), (11, 0)
                """,
            ], applied: ["9", "10"]),
        Sample(
            tool: "prisma",
            tables: [
                """
                CREATE TABLE "_prisma_migrations" ("id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT
                NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT,
                "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
                "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)
                """,
                """
                INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name,
                rolled_back_at) VALUES ('a', '', 1767225600000, '2_b', NULL), ('b', '',
                1767225600000, '1_a', NULL), ('c', '', NULL, '3_c', 1767225600000)
                """,
            ], applied: ["1_a", "2_b"],
            dirt: """
                INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES
                ('d', '', '3_c', 1767225600000)
                """),
        Sample(
            tool: "knex",
            tables: [
                """
                CREATE TABLE `knex_migrations` (`id` integer not null primary key autoincrement,
                `name` varchar(255), `batch` integer, `migration_time` datetime)
                """,
                "INSERT INTO knex_migrations (name, batch) VALUES ('1_a.js', 1), ('2_b.js', 1)",
                """
                CREATE TABLE `knex_migrations_lock` (`index` integer not null primary key
                autoincrement, `is_locked` integer)
                """, "INSERT INTO knex_migrations_lock (is_locked) VALUES (0)",
            ], applied: ["1_a.js", "2_b.js"],
            dirt: "UPDATE knex_migrations_lock SET is_locked = 1"),
    ]

    static let moreSamples = [
        Sample(
            tool: "typeorm",
            tables: [
                """
                CREATE TABLE "migrations" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
                "timestamp" bigint NOT NULL, "name" varchar NOT NULL)
                """, "INSERT INTO migrations (timestamp, name) VALUES (2, 'B2'), (1, 'A1')",
            ], applied: ["A1", "B2"]),
        Sample(
            tool: "sequelize",
            tables: [
                """
                CREATE TABLE `SequelizeMeta` (`name` VARCHAR(255) NOT NULL UNIQUE PRIMARY KEY)
                """, "INSERT INTO SequelizeMeta VALUES ('2-b.js'), ('1-a.js')",
            ], applied: ["1-a.js", "2-b.js"]),
        Sample(
            tool: "sqlx",
            tables: [
                """
                CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT
                NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT
                NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)
                """,
                """
                INSERT INTO _sqlx_migrations (version, description, success, checksum,
                execution_time) VALUES (2, '', 1, x'00', 0), (1, '', 1, x'00', 0)
                """,
            ], applied: ["1", "2"],
            dirt: """
                INSERT INTO _sqlx_migrations (version, description, success, checksum,
                execution_time) VALUES (3, '', 0, x'00', 0)
                """),
        Sample(
            tool: "diesel",
            tables: [
                """
                CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL,
                run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)
                """,
                """
                INSERT INTO __diesel_schema_migrations (version) VALUES ('20240115093000'),
                ('00000000000000')
                """,
            ], applied: ["00000000000000", "20240115093000"]),
        Sample(
            tool: "laravel",
            tables: [
                """
                CREATE TABLE "migrations" ("id" integer primary key autoincrement not null,
                "migration" varchar not null, "batch" integer not null)
                """, "INSERT INTO migrations (migration, batch) VALUES ('2_b', 1), ('1_a', 1)",
            ], applied: ["1_a", "2_b"]),
        Sample(
            tool: "ecto",
            tables: [
                """
                CREATE TABLE "schema_migrations" ("version" INTEGER PRIMARY KEY, "inserted_at" TEXT)
                """, "INSERT INTO schema_migrations VALUES (20240202000000, ''), (1, '')",
            ], applied: ["1", "20240202000000"]),
        Sample(
            tool: "fluent",
            tables: [
                """
                CREATE TABLE "_fluent_migrations" ("id" UUID PRIMARY KEY, "name" TEXT NOT NULL,
                "batch" INTEGER NOT NULL, "created_at" REAL, "updated_at" REAL,
                CONSTRAINT "uq" UNIQUE ("name"))
                """,
                """
                INSERT INTO _fluent_migrations VALUES ('a', 'App.B', 1, 2, 2), ('b', 'App.A', 1, 1,
                1)
                """,
            ], applied: ["App.A", "App.B"]),
        Sample(
            tool: "grdb",
            tables: [
                "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)",
                "INSERT INTO grdb_migrations VALUES ('v1'), ('notes')",
            ], applied: ["v1", "notes"]),
    ]

    private func make(_ statements: [String], in scratch: Scratch) throws {
        let lines = statements.map { "db.execute(\"\"\"\($0)\"\"\")" }.joined(separator: "\n")
        try Python.run(
            "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n\(lines)\n",
            path: scratch.path)
    }

    @Test("Found, read, compared, and dirty when it is", arguments: samples + moreSamples)
    func tool(sample: Sample) throws {
        let scratch = try Scratch()
        try make(sample.tables + ["CREATE TABLE notes (id INTEGER)"], in: scratch)
        let clean = Gate.answer(
            path: scratch.path, GateRequest(stated: .known(ids: sample.applied)))
        #expect(clean.verdict == .match, "\(clean.saw)")
        #expect(clean.database?.tool == sample.tool)
        #expect(clean.database?.found == [sample.tool])
        #expect(clean.database?.applied == sample.applied)
        #expect(clean.database?.tableCount == 1)
        guard let dirt = sample.dirt else { return }
        try make([dirt], in: scratch)
        let dirty = Gate.answer(path: scratch.path, GateRequest(stated: .notAsked))
        #expect(dirty.verdict == .dirty)
        #expect(!dirty.hint.isEmpty)
        let age = dirty.database?.dirty.first?.ageSeconds
        #expect(age.map { $0 >= 0 } ?? true)
    }

    @Test("Every tool that the configuration can name has a sample here")
    func all() {
        let names = (Self.samples + Self.moreSamples).map(\.tool)
        #expect(Set(names) == Set(HistoryTool.all.map(\.name)))
    }

    @Test("Two histories are ambiguous; a table of another shape is an application's own")
    func shapes() throws {
        let scratch = try Scratch()
        try make(
            Self.samples[0].tables + Self.samples[4].tables + [
                "CREATE TABLE migrations (id INTEGER, country TEXT)",
                "CREATE TABLE schema_migrations (version TEXT, who TEXT)",
            ], in: scratch)
        let answer = Gate.answer(path: scratch.path, GateRequest(stated: .notAsked))
        #expect(answer.verdict == .ambiguous)
        #expect(answer.database?.found == ["efcore", "django"])
        let named = Gate.answer(
            path: scratch.path,
            GateRequest(stated: .known(ids: ["1_A", "2_B"]), tool: "efcore"))
        #expect(named.verdict == .match)
        #expect(named.database?.tableCount == 1)
        let missing = Gate.answer(
            path: scratch.path, GateRequest(stated: .notAsked, tool: "rails"))
        #expect(missing.verdict == .unmanaged)
    }

    @Test("A failed migration of Flyway is named with the command that repairs it")
    func failed() throws {
        let scratch = try Scratch()
        let sample = Self.samples[1]
        try make(sample.tables + [sample.dirt ?? ""], in: scratch)
        let answer = Gate.answer(path: scratch.path, GateRequest(stated: .notAsked))
        #expect(answer.saw.contains("a failed migration: 11 in flyway_schema_history, set"))
        #expect(answer.hint.contains("flyway repair"))
    }

    @Test(
        "A mark whose time cannot be one does not say when it was set",
        arguments: [
            ("prisma", "'2026'"), ("prisma", "1767225600"), ("prisma", "'soon'"),
            ("prisma", "(strftime('%s', 'now') + 90000) * 1000"), ("flyway", "'2026'"),
            ("flyway", "'1999-12-31 23:59:59'"), ("flyway", "''"),
        ])
    func unreadableTime(tool: String, time: String) throws {
        let scratch = try Scratch()
        let sample = try #require((Self.samples + Self.moreSamples).first { $0.tool == tool })
        let table = tool == "prisma" ? "_prisma_migrations" : "flyway_schema_history"
        let column = tool == "prisma" ? "started_at" : "installed_on"
        let dirt = try #require(sample.dirt)
        try make(
            sample.tables + [dirt, "UPDATE \(table) SET \(column) = \(time)"],
            in: scratch)
        let answer = Gate.answer(path: scratch.path, GateRequest(stated: .notAsked))
        #expect(answer.verdict == .dirty)
        #expect(answer.database?.dirty.count == 1)
        #expect(answer.database?.dirty.first?.ageSeconds == nil)
        #expect(answer.saw.contains("in \(table), which does not say when it was set"), "\(answer)")
    }

    @Test("A mark of a clock that goes ahead a little says so")
    func ahead() {
        let marker = DirtyMarker(.failed, name: "11 in flyway_schema_history", ageSeconds: -30)
        #expect(GateWords.describe(marker).hasSuffix("history, set 30 s from now"))
    }
}
