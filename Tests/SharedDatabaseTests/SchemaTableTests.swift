import Testing

@testable import SharedDatabase

private let plain = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER);"

private func again(_ statement: String) -> String { "DROP TABLE t; " + statement }

@Suite("What a change of tables does to older code", .timeLimit(.minutes(1)))
struct SchemaTableTests {
    static let tables = [
        SchemaCase(
            "a table, an index and a view are added", old: plain,
            change: "CREATE TABLE u (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t (id));"
                + "CREATE INDEX byA ON t (a); CREATE VIEW v AS SELECT a FROM t",
            finds: [
                "table-added:u safe", "foreign-key-added:u.t warn", "index-added:t.bya safe",
                "view-added:v safe",
            ], .works, "INSERT INTO t (a) VALUES ('x')"),
        SchemaCase(
            "an index is gone", old: plain + "CREATE INDEX byA ON t (a)", change: "DROP INDEX byA",
            finds: ["index-removed:t.bya safe"], .works, "SELECT * FROM t WHERE a = 'x'"),
        SchemaCase(
            "a table is dropped, and its trigger with it",
            old: plain + "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET b = 1; END",
            change: "DROP TABLE t", finds: ["table-dropped:t break"], .fails, "SELECT * FROM t"),
        SchemaCase(
            "a table is renamed", old: plain, change: "ALTER TABLE t RENAME TO s",
            finds: ["table-renamed:t break"], .fails, "SELECT * FROM t"),
        SchemaCase(
            "a table becomes a view", old: plain,
            change: "ALTER TABLE t RENAME TO s; CREATE VIEW t AS SELECT * FROM s",
            finds: ["table-became-view:t break", "table-added:s safe"], .fails,
            "INSERT INTO t (a) VALUES ('x')"),
        SchemaCase(
            "a view becomes a table", old: plain + "CREATE VIEW v AS SELECT a FROM t",
            change: "DROP VIEW v; CREATE TABLE v (a TEXT)", finds: ["view-became-table:v warn"]),
        SchemaCase(
            "a table becomes STRICT", old: plain,
            change: again("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER) STRICT"),
            finds: ["strict-changed:t break"], .fails, "INSERT INTO t (b) VALUES ('many')"),
        SchemaCase(
            "a table loses its rowid", old: plain,
            change: again(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER) WITHOUT ROWID"),
            finds: ["rowid-changed:t break", "primary-key-changed:t break"], .fails,
            "INSERT INTO t (a) VALUES ('x')"),
        SchemaCase(
            "the statement is written otherwise", old: plain,
            change: again(
                "CREATE TABLE \"t\" (\"id\" INTEGER CONSTRAINT k PRIMARY KEY, [a] TEXT,b integer)"),
            finds: ["table-rewritten:t safe"], .works, "INSERT INTO t (a) VALUES ('x')"),
    ]

    @Test("Tables", arguments: tables)
    func testTables(_ row: SchemaCase) throws { try row.check() }

    static let keys = [
        SchemaCase(
            "another primary key", old: plain,
            change: again("CREATE TABLE t (id INTEGER, a TEXT, b INTEGER, PRIMARY KEY (id, a))"),
            finds: ["primary-key-changed:t break"], .fails,
            "INSERT INTO t (id) VALUES (1) ON CONFLICT (id) DO NOTHING"),
        SchemaCase(
            "INTEGER becomes INT, and ids are made no more", old: plain,
            change: again("CREATE TABLE t (id INT PRIMARY KEY, a TEXT, b INTEGER)"),
            finds: ["primary-key-changed:t break", "type-rewritten:t.id warn"]),
        SchemaCase(
            "AUTOINCREMENT", old: plain,
            change: again(
                "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b INTEGER)"),
            finds: ["autoincrement-changed:t warn"], .works, "INSERT INTO t (a) VALUES ('x')"),
        SchemaCase(
            "a unique index is added", old: plain + "INSERT INTO t (a) VALUES ('x')",
            change: "CREATE UNIQUE INDEX one ON t (a)", finds: ["unique-added:t.one break"],
            .fails, "INSERT INTO t (a) VALUES ('x')"),
        SchemaCase(
            "a partial one", old: plain + "INSERT INTO t (a, b) VALUES ('x', 1)",
            change: "CREATE UNIQUE INDEX one ON t (a) WHERE b > 0",
            finds: ["unique-added:t.one break"], .fails, "INSERT INTO t (a, b) VALUES ('x', 2)"),
        SchemaCase(
            "one on an expression", old: plain + "INSERT INTO t (a) VALUES ('x')",
            change: "CREATE UNIQUE INDEX one ON t (lower(a))",
            finds: ["unique-added:t.one break"], .fails, "INSERT INTO t (a) VALUES ('X')"),
        SchemaCase(
            "a UNIQUE constraint", old: plain + "INSERT INTO t (a, b) VALUES ('x', 1)",
            change: "ALTER TABLE t RENAME TO s;"
                + "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, UNIQUE (a, b));"
                + "INSERT INTO t SELECT * FROM s; DROP TABLE s",
            finds: ["unique-added:t.a%2cb break", "table-rebuilt:t safe"], .fails,
            "INSERT INTO t (a, b) VALUES ('x', 1)"),
        SchemaCase(
            "unique, but older code leaves it NULL", old: plain,
            change: "ALTER TABLE t ADD c TEXT; CREATE UNIQUE INDEX one ON t (a, c);"
                + "INSERT INTO t (a) VALUES ('x')",
            finds: ["column-added:t.c safe", "unique-added:t.one safe"], .works,
            "INSERT INTO t (a) VALUES ('x')"),
        SchemaCase(
            "unique by more than before", old: plain + "CREATE UNIQUE INDEX one ON t (a)",
            change: "CREATE UNIQUE INDEX two ON t (a, b)", finds: ["unique-added:t.two safe"]),
        SchemaCase(
            "an index stops to be unique", old: plain + "CREATE UNIQUE INDEX one ON t (a)",
            change: "DROP INDEX one; CREATE INDEX one ON t (a)",
            finds: ["unique-removed:t.one warn", "index-added:t.one safe"], .fails,
            "INSERT INTO t (a) VALUES ('x') ON CONFLICT (a) DO NOTHING"),
    ]

    @Test("Keys", arguments: keys)
    func testKeys(_ row: SchemaCase) throws { try row.check() }

    private static func checked(_ check: String) -> String {
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, CONSTRAINT c CHECK (\(check)));"
    }

    static let checks = [
        SchemaCase(
            "added", old: plain, change: again(checked("b > 0")),
            finds: ["check-added:t.c break"], .fails, "INSERT INTO t (b) VALUES (-1)"),
        SchemaCase(
            "a list gets shorter", old: checked("a IN ('x', 'y')"),
            change: again(checked("a IN ('x')")), finds: ["check-tightened:t.c break"], .fails,
            "INSERT INTO t (a) VALUES ('y')"),
        SchemaCase(
            "a list gets longer", old: checked("a IN ('x', 'y')"),
            change: again(checked("\"a\" in ('y','z' , 'x')")),
            finds: ["check-loosened:t.c warn"], .works, "INSERT INTO t (a) VALUES ('y')"),
        SchemaCase(
            "a bound is widened", old: checked("length(a) <= 10"),
            change: again(checked("length(a) <= 20")), finds: ["check-loosened:t.c warn"], .works,
            "INSERT INTO t (a) VALUES ('0123456789')"),
        SchemaCase(
            "a bound is narrowed", old: checked("b >= 1"), change: again(checked("b >= 2")),
            finds: ["check-tightened:t.c break"], .fails, "INSERT INTO t (b) VALUES (1)"),
        SchemaCase(
            "a negation is not taken for a widened bound", old: checked("NOT (b <= 10)"),
            change: again(checked("NOT (b <= 20)")), finds: ["check-tightened:t.c break"], .fails,
            "INSERT INTO t (b) VALUES (15)"),
        SchemaCase(
            "a bound takes itself in", old: checked("b > 0"), change: again(checked("b >= 0")),
            finds: ["check-loosened:t.c warn"], .works, "INSERT INTO t (b) VALUES (1)"),
        SchemaCase(
            "a bound leaves itself out", old: checked("b >= 0"), change: again(checked("b > 0")),
            finds: ["check-tightened:t.c break"], .fails, "INSERT INTO t (b) VALUES (0)"),
        SchemaCase(
            "an OR more", old: checked("b > 0"),
            change: again(checked("b > 0 OR b IS NULL OR b < -5")),
            finds: ["check-loosened:t.c warn"], .works, "INSERT INTO t (b) VALUES (1)"),
        SchemaCase(
            "an OR less", old: checked("b > 0 OR b < -5"), change: again(checked("(b > 0)")),
            finds: ["check-tightened:t.c break"], .fails, "INSERT INTO t (b) VALUES (-6)"),
        SchemaCase(
            "an AND more", old: checked("b > 0"), change: again(checked("b > 0 AND b < 9")),
            finds: ["check-tightened:t.c break"], .fails, "INSERT INTO t (b) VALUES (9)"),
        SchemaCase(
            "an AND less, and the other wider", old: checked("b > 0 AND b < 9 AND a <> 'q'"),
            change: again(checked("b > -1 AND a <> 'q'")), finds: ["check-loosened:t.c warn"],
            .works, "INSERT INTO t (b) VALUES (8)"),
        SchemaCase(
            "the AND of a BETWEEN joins nothing", old: checked("b BETWEEN 1 AND 5"),
            change: again(checked("b BETWEEN 2 AND 5")), finds: ["check-tightened:t.c break"],
            .fails, "INSERT INTO t (b) VALUES (1)"),
        SchemaCase(
            "removed", old: checked("b > 0"), change: again(plain),
            finds: ["check-removed:t.c warn"], .works, "INSERT INTO t (b) VALUES (1)"),
        SchemaCase(
            "on a new column alone", old: plain,
            change: "ALTER TABLE t ADD c INTEGER NOT NULL DEFAULT 0 CHECK (c >= 0)",
            finds: [
                "column-added:t.c safe",
                // An unnamed CHECK is called by a digest of its text.
                "check-added:t.\(Schema.digest("c >= 0").prefix(8)) warn",
            ], .works,
            "INSERT INTO t (a) VALUES ('x')"),
        SchemaCase(
            "spacing, case and quotes do not count", old: checked("b > 0 AND a <> 'X'"),
            change: again(checked("\"b\">0 and [a] != 'X'")),
            finds: ["table-rewritten:t safe"], .works, "INSERT INTO t (b) VALUES (1)"),
    ]

    @Test("Checks", arguments: checks)
    func testChecks(_ row: SchemaCase) throws { try row.check() }
}
