import Kernel
import Testing

@testable import SharedDatabase

@Suite("A schema is read whole", .timeLimit(.minutes(1)))
struct SchemaReadingTests {
    /// EF Core's sequence for a change that SQLite has no ALTER TABLE for.
    private static let efRebuild = """
        CREATE TABLE "ef_temp_Transactions" (
            "Id" INTEGER NOT NULL CONSTRAINT "PK_Transactions" PRIMARY KEY AUTOINCREMENT,
            "Amount" TEXT NOT NULL, "Kind" TEXT NOT NULL);
        INSERT INTO "ef_temp_Transactions" ("Id", "Amount", "Kind")
            SELECT "Id", "Amount", "Kind" FROM "Transactions";
        PRAGMA foreign_keys = 0;
        DROP TABLE "Transactions";
        ALTER TABLE "ef_temp_Transactions" RENAME TO "Transactions";
        PRAGMA foreign_keys = 1;
        """

    @Test("EF Core's rebuild is known for what it took: a DEFAULT and a trigger")
    func rebuild() throws {
        try SchemaCase(
            "rebuild",
            old: """
                CREATE TABLE "Transactions" (
                    "Id" INTEGER NOT NULL CONSTRAINT "PK_Transactions" PRIMARY KEY AUTOINCREMENT,
                    "Amount" TEXT NULL);
                ALTER TABLE "Transactions" ADD "Kind" TEXT NOT NULL DEFAULT 'plain';
                CREATE TABLE Totals (Sum INTEGER);
                CREATE TRIGGER Sums AFTER INSERT ON "Transactions" BEGIN
                    UPDATE Totals SET Sum = Sum + 1; END;
                """, change: Self.efRebuild,
            finds: [
                "not-null-added:transactions.amount break",
                "default-removed:transactions.kind break", "trigger-lost:sums break",
                "table-rebuilt:transactions safe",
            ], .fails, #"INSERT INTO "Transactions" ("Amount") VALUES ('5')"#
        ).check()
    }

    @Test("Bookkeeping of tools is nobody's schema")
    func bookkeeping() throws {
        try SchemaCase(
            "bookkeeping", old: "CREATE TABLE t (a)",
            change: """
                CREATE TABLE "__EFMigrationsHistory" (
                    "MigrationId" TEXT NOT NULL PRIMARY KEY, "ProductVersion" TEXT NOT NULL);
                CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER PRIMARY KEY, "Timestamp" TEXT);
                CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER);
                ANALYZE;
                """, finds: []
        ).check()
    }

    @Test("What no pragma tells is read from the statement")
    func statement() throws {
        let columns: Set<String> = ["id", "a", "b", "c", "d", "weird name"]
        let definition = try #require(
            TableDefinition(
                """
                CREATE TABLE "t" ( -- a comment, with a comma
                  id INTEGER PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT /* , */,
                  a VARCHAR(10, 2) CONSTRAINT "the check" CHECK (a <> ')' AND "a" != '(,'),
                  b TEXT DEFAULT (1 + 2) COLLATE "NoCase" NOT NULL ON CONFLICT IGNORE,
                  c GENERATED ALWAYS AS (a || 'x') STORED,
                  d REFERENCES p (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
                  [weird name] DEFAULT -1 REFERENCES p NOT DEFERRABLE INITIALLY DEFERRED,
                  CONSTRAINT u UNIQUE (a, b) ON CONFLICT FAIL
                  CHECK (b IN ('x'))
                  FOREIGN KEY (a, b) REFERENCES q (x, y) DEFERRABLE INITIALLY DEFERRED
                ) STRICT
                """, columns: columns))
        #expect(definition.isAutoincrement)
        #expect(
            definition.checks == [
                SchemaCheck(name: "the check", text: "a <> ')' and a <> '(,'"),
                SchemaCheck(name: nil, text: "b in ( 'x' )"),
            ])
        #expect(definition.collations == ["b": "nocase"])
        #expect(definition.generated == ["c": "a || 'x'"])
        #expect(definition.deferred == ["d", "a,b"])
        #expect(
            definition.conflicts == [
                "not null(b) ignore", "primary(id) replace", "unique(a,b) fail",
            ])
    }

    @Test(
        "A statement that is none, or breaks off, is said to be unread and traps nothing",
        arguments: [
            "", "CREATE", "CREATE TABLE t", "CREATE TABLE t (", "CREATE TABLE t (a", "))((",
            "CREATE TABLE t (1 2 3)", "CREATE TABLE t ('", "/*", "--", "\"", "x'", "[", "1e", "1e+",
        ])
    func broken(sql: String) {
        #expect(TableDefinition(sql, columns: []) == nil)
        _ = SQLToken.all(in: sql).canonical()
    }

    @Test("A name that a shell would take apart is escaped in an ID")
    func identifiers() {
        let finding = SchemaFinding(
            .safe, .columnAdded, ["My Table", "a.b;$(rm)ü"], "it is there")
        #expect(finding.id == "column-added:my%20table.a%2eb%3b%24%28rm%29ü")
    }

    @Test("Virtual tables count by their statement, their shadows not at all")
    func virtual() throws {
        try SchemaCase(
            "virtual", old: "CREATE VIRTUAL TABLE f USING fts5(a)",
            change: "DROP TABLE f; CREATE VIRTUAL TABLE f USING fts5(a, b)",
            finds: ["virtual-table-changed:f break"]
        ).check()
    }

    @Test("A view of a table that is gone hinders nothing")
    func brokenView() throws {
        try SchemaCase(
            "broken view", old: "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t",
            change: "DROP TABLE t", finds: ["table-dropped:t break"]
        ).check()
    }

    @Test("A schema of two thousand tables is read, sent and compared in good time")
    func large() throws {
        let scratch = try Scratch()
        let columns = (0..<10).map { "c\($0) TEXT NOT NULL DEFAULT 'none'" }
            .joined(separator: ", ")
        let statements = (0..<2_000).map {
            "CREATE TABLE t\($0) (id INTEGER PRIMARY KEY, p INTEGER REFERENCES t0, \(columns));"
                + "CREATE INDEX i\($0) ON t\($0) (c1);"
        }
        try SchemaCase.execute(
            "BEGIN;" + statements.joined() + "COMMIT", scratch.path)
        let began = Instant.now
        let answer = SchemaReader.answer(path: scratch.path)
        let octets = DatabaseRole.encoded(answer)
        #expect(octets.count < DatabaseMessages.messageBytesMax / 2)
        guard case .schema(let answer) = answer else {
            Issue.record("no schema: \(octets.count) octets")
            return
        }
        let schema = try Schema(text: answer.schema)
        #expect(schema.tables.count == 2_000)
        var other = schema
        other.tables.removeLast()
        #expect(SchemaComparison.findings(from: schema, to: other).count == 1)
        // A slow machine has ten times as long as an idle one took.
        #expect(Instant.now.nanoseconds(since: began) < 20_000_000_000)
    }
}
