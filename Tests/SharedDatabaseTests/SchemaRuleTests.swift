import Testing

@testable import SharedDatabase

private let family = """
    CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT);
    CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER);
    INSERT INTO p VALUES (1, 'x');
    """

private func child(_ column: String) -> String {
    "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER \(column)); INSERT INTO c VALUES (1, 1);"
}

private let parent =
    "CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO p VALUES (1, 'x');"

@Suite("What a change of rules does to older code", .timeLimit(.minutes(1)))
struct SchemaRuleTests {
    static let references = [
        SchemaCase(
            "added", old: family,
            change: "DROP TABLE c; " + child("REFERENCES p (id)"),
            finds: ["foreign-key-added:c.p break"], .fails, "INSERT INTO c (p) VALUES (77)"),
        SchemaCase(
            "added on a new column that stays NULL", old: family,
            change: "ALTER TABLE c ADD q INTEGER REFERENCES p (id)",
            finds: ["column-added:c.q safe", "foreign-key-added:c.q warn"], .works,
            "INSERT INTO c (p) VALUES (77)"),
        SchemaCase(
            "added to a new table", old: family,
            change: "CREATE TABLE n (id INTEGER PRIMARY KEY);"
                + "ALTER TABLE c ADD q INTEGER REFERENCES n",
            finds: [
                "table-added:n safe", "column-added:c.q safe", "foreign-key-added:c.q safe",
            ], .works, "INSERT INTO c (p) VALUES (77)"),
        SchemaCase(
            "from CASCADE to nothing", old: parent + child("REFERENCES p (id) ON DELETE CASCADE"),
            change: "DROP TABLE c; " + child("REFERENCES p (id)"),
            finds: ["foreign-key-changed:c.p break"], .fails, "DELETE FROM p"),
        SchemaCase(
            "from nothing to CASCADE", old: parent + child("REFERENCES p (id)"),
            change: "DROP TABLE c; " + child("REFERENCES p ON DELETE CASCADE"),
            finds: ["foreign-key-changed:c.p warn"]),
        SchemaCase(
            "not deferred any more",
            old: parent + child("REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED"),
            change: "DROP TABLE c; " + child("REFERENCES p (id)"),
            finds: ["foreign-key-changed:c.p break"], .fails,
            "INSERT INTO c VALUES (8, 88); INSERT INTO p VALUES (88, 'y')"),
        SchemaCase(
            "removed", old: parent + child("REFERENCES p (id)"),
            change: "DROP TABLE c; " + child(""), finds: ["foreign-key-removed:c.p warn"], .works,
            "INSERT INTO c (p) VALUES (1)"),
        SchemaCase(
            "ON CONFLICT", old: parent,
            change: "DROP TABLE p;"
                + "CREATE TABLE p (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, a TEXT)",
            finds: ["conflict-clause-changed:p warn"]),
    ]

    @Test("References", arguments: references)
    func testReferences(_ row: SchemaCase) throws { try row.check() }

    private static let counted =
        family + "CREATE TRIGGER g AFTER INSERT ON c BEGIN UPDATE p SET a = 'y'; END;"
    private static let guarded =
        family + "CREATE TRIGGER g BEFORE DELETE ON c BEGIN SELECT RAISE(ABORT, 'no'); END;"

    static let triggers = [
        SchemaCase(
            "that kept data up is lost", old: counted, change: "DROP TRIGGER g",
            finds: ["trigger-lost:g break"], .works, "INSERT INTO c (p) VALUES (1)"),
        SchemaCase(
            "that only guarded is lost", old: guarded, change: "DROP TRIGGER g",
            finds: ["trigger-lost:g warn"]),
        SchemaCase(
            "is added", old: family,
            change: "CREATE TRIGGER g AFTER INSERT ON c BEGIN UPDATE p SET a = 'y'; END",
            finds: ["trigger-added:g warn"], .works, "INSERT INTO c (p) VALUES (1)"),
        SchemaCase(
            "that refuses is added", old: family,
            change: "CREATE TRIGGER g BEFORE INSERT ON c BEGIN SELECT RAISE(ABORT, 'frozen'); END",
            finds: ["trigger-added:g break"], .fails, "INSERT INTO c (p) VALUES (1)"),
        SchemaCase(
            "is changed", old: counted,
            change: "DROP TRIGGER g;"
                + "CREATE TRIGGER g AFTER INSERT ON c BEGIN UPDATE p SET a = 'z'; END",
            finds: ["trigger-changed:g warn"]),
        SchemaCase(
            "refuses from now on", old: counted,
            change: "DROP TRIGGER g; CREATE TRIGGER g AFTER INSERT ON c BEGIN "
                + "SELECT RAISE(ABORT, 'no'); UPDATE p SET a = 'y'; END",
            finds: ["trigger-changed:g break"], .fails, "INSERT INTO c (p) VALUES (1)"),
        SchemaCase(
            "on a new table is nobody's business", old: family,
            change: "CREATE TABLE n (id INTEGER PRIMARY KEY);"
                + "CREATE TRIGGER g AFTER INSERT ON n BEGIN UPDATE p SET a = 'y'; END",
            finds: ["table-added:n safe"]),
    ]

    @Test("A trigger", arguments: triggers)
    func testTriggers(_ row: SchemaCase) throws { try row.check() }

    private static let viewed = family + "CREATE VIEW v AS SELECT a FROM p;"

    static let views = [
        SchemaCase(
            "is changed", old: viewed, change: "DROP VIEW v; CREATE VIEW v AS SELECT id FROM p",
            finds: ["view-changed:v warn"], .fails, "SELECT v.a FROM v"),
        SchemaCase(
            "is dropped", old: viewed, change: "DROP VIEW v", finds: ["view-dropped:v break"],
            .fails, "SELECT * FROM v"),
        SchemaCase(
            "loses what stood in for writes",
            old: viewed
                + "CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN "
                + "INSERT INTO p (a) VALUES (new.a); END",
            change: "DROP TRIGGER g", finds: ["trigger-lost:g break"], .fails,
            "INSERT INTO v (a) VALUES ('x')"),
    ]

    @Test("A view", arguments: views)
    func testViews(_ row: SchemaCase) throws { try row.check() }

    static let file = [
        SchemaCase(
            "its page size", old: "PRAGMA page_size = 4096; " + family,
            change: "PRAGMA page_size = 8192; VACUUM", finds: ["page-size-changed warn"]),
        SchemaCase(
            "its auto_vacuum", old: family, change: "PRAGMA auto_vacuum = 1; VACUUM",
            finds: ["auto-vacuum-changed warn"]),
        SchemaCase(
            "its numbers", old: family,
            change: "PRAGMA user_version = 7; PRAGMA application_id = 9",
            finds: ["user-version-changed warn", "application-id-changed warn"]),
    ]

    @Test("The file changes", arguments: file)
    func testFile(_ row: SchemaCase) throws { try row.check() }

    @Test("The encoding counts")
    func encoding() throws {
        let (first, second) = (try Scratch(), try Scratch())
        try SchemaCase.execute(family, first.path)
        try SchemaCase.execute("PRAGMA encoding = 'UTF-16le'; " + family, second.path)
        let findings = SchemaComparison.findings(
            from: try SchemaCase.schema(first.path), to: try SchemaCase.schema(second.path))
        #expect(findings.map(\.id) == ["encoding-changed"])
    }
}
