import Testing

@testable import SharedDatabase

/// A table as most are, and its row.
private let plain = """
    CREATE TABLE Transactions (Id INTEGER PRIMARY KEY, Note TEXT, Cents INTEGER NOT NULL);
    INSERT INTO Transactions VALUES (1, 'one', 100);
    """

/// What EF Core does where SQLite cannot alter: a new table of other columns takes the old one's
/// name.
private func rebuilt(_ columns: String, copying: String = "Id, Note, Cents") -> String {
    """
    CREATE TABLE ef_temp_Transactions (\(columns));
    INSERT INTO ef_temp_Transactions (\(copying)) SELECT \(copying) FROM Transactions;
    DROP TABLE Transactions;
    ALTER TABLE ef_temp_Transactions RENAME TO Transactions;
    """
}

private let insert = "INSERT INTO Transactions (Id, Note, Cents) VALUES (2, 'two', 200)"
private let rebuild = "table-rebuilt:transactions safe"

@Suite("What a change of columns does to older code", .timeLimit(.minutes(1)))
struct SchemaColumnTests {
    static let added = [
        SchemaCase(
            "nullable", old: plain, change: "ALTER TABLE Transactions ADD Payee TEXT",
            finds: ["column-added:transactions.payee safe"], .works, insert),
        SchemaCase(
            "NOT NULL with a DEFAULT", old: plain,
            change: "ALTER TABLE Transactions ADD Payee TEXT NOT NULL DEFAULT ''",
            finds: ["column-added:transactions.payee safe"], .works, insert),
        SchemaCase(
            "NOT NULL without a DEFAULT", old: plain,
            change: rebuilt(
                "Id INTEGER PRIMARY KEY, Note TEXT, Cents INTEGER NOT NULL, Kind TEXT NOT NULL"
            )
            .replacing("SELECT Id, Note, Cents", with: "SELECT Id, Note, Cents, 'x'")
            .replacing("(Id, Note, Cents)", with: "(Id, Note, Cents, Kind)"),
            finds: ["column-added:transactions.kind break", rebuild], .fails, insert),
        SchemaCase(
            "NOT NULL with DEFAULT NULL", old: "CREATE TABLE Transactions (Id INTEGER PRIMARY KEY)",
            change: rebuilt(
                "Id INTEGER PRIMARY KEY, K TEXT NOT NULL DEFAULT (NULL)", copying: "Id"),
            finds: ["column-added:transactions.k break", rebuild], .fails,
            "INSERT INTO Transactions (Id) VALUES (7)"),
        SchemaCase(
            "computed", old: plain,
            change: "ALTER TABLE Transactions ADD Euros AS (Cents / 100)",
            finds: ["column-added:transactions.euros safe"], .works, insert),
    ]

    @Test("A column is added", arguments: added)
    func testAdded(_ row: SchemaCase) throws { try row.check() }

    static let gone = [
        SchemaCase(
            "dropped", old: plain, change: "ALTER TABLE Transactions DROP COLUMN Note",
            finds: ["column-dropped:transactions.note break"], .fails,
            "SELECT t.Note FROM Transactions t"),
        SchemaCase(
            "renamed", old: plain, change: "ALTER TABLE Transactions RENAME Note TO Memo",
            finds: ["column-renamed:transactions.note break"], .fails,
            "SELECT t.Note FROM Transactions t"),
        SchemaCase(
            "computed from now on", old: plain,
            change: rebuilt(
                "Id INTEGER PRIMARY KEY, Note TEXT AS ('n' || Id), Cents INTEGER NOT NULL",
                copying: "Id, Cents"),
            finds: ["column-generated:transactions.note break", rebuild], .fails, insert),
        SchemaCase(
            "in another place", old: plain,
            change: rebuilt("Id INTEGER PRIMARY KEY, Cents INTEGER NOT NULL, Note TEXT"),
            finds: ["columns-reordered:transactions warn", rebuild], .works, insert),
        SchemaCase(
            "not computed any more",
            old: "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT AS ('x' || a))",
            change: "DROP TABLE t; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)",
            finds: ["generated-dropped:t.b warn"]),
        SchemaCase(
            "computed otherwise",
            old: "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT AS ('x' || a))",
            change: "DROP TABLE t; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT AS ('y' || a))",
            finds: ["generated-changed:t.b warn"]),
    ]

    @Test("A column is no longer what it was", arguments: gone)
    func testGone(_ row: SchemaCase) throws { try row.check() }

    static let types = [
        SchemaCase(
            "of another affinity", old: plain,
            change: rebuilt("Id INTEGER PRIMARY KEY, Note TEXT, Cents TEXT NOT NULL"),
            finds: ["type-changed:transactions.cents break", rebuild]),
        SchemaCase(
            "written otherwise",
            old: "CREATE TABLE Transactions (Id INTEGER PRIMARY KEY, "
                + "Note VARCHAR(50), Cents INTEGER NOT NULL)",
            change: rebuilt("Id INTEGER PRIMARY KEY, Note TEXT, Cents INTEGER NOT NULL"),
            finds: ["type-rewritten:transactions.note warn", rebuild], .works, insert),
        SchemaCase(
            "of another collation", old: plain,
            change: rebuilt(
                "Id INTEGER PRIMARY KEY, Note TEXT COLLATE NOCASE, Cents INTEGER NOT NULL"),
            finds: ["collation-changed:transactions.note warn", rebuild], .works, insert),
    ]

    @Test("A column is of another type", arguments: types)
    func testTypes(_ row: SchemaCase) throws { try row.check() }

    private static let noteDefault =
        "CREATE TABLE Transactions (Id INTEGER PRIMARY KEY, Note TEXT NOT NULL DEFAULT 'none', "
        + "Cents INTEGER NOT NULL);"
    private static let short = "INSERT INTO Transactions (Id, Cents) VALUES (9, 900)"

    static let demands = [
        SchemaCase(
            "NULL forbidden", old: plain,
            change: rebuilt("Id INTEGER PRIMARY KEY, Note TEXT NOT NULL, Cents INTEGER NOT NULL"),
            finds: ["not-null-added:transactions.note break", rebuild], .fails,
            "INSERT INTO Transactions (Id, Note, Cents) VALUES (2, NULL, 200)"),
        SchemaCase(
            "NULL allowed", old: plain,
            change: rebuilt("Id INTEGER PRIMARY KEY, Note TEXT, Cents INTEGER"),
            finds: ["not-null-removed:transactions.cents warn", rebuild], .works, insert),
        SchemaCase(
            "DEFAULT lost where one is needed", old: noteDefault,
            change: rebuilt("Id INTEGER PRIMARY KEY, Note TEXT NOT NULL, Cents INTEGER NOT NULL"),
            finds: ["default-removed:transactions.note break", rebuild], .fails, short),
        SchemaCase(
            "DEFAULT lost where NULL will do",
            old: "CREATE TABLE Transactions (Id INTEGER PRIMARY KEY, Note TEXT DEFAULT 'none', "
                + "Cents INTEGER NOT NULL)",
            change: rebuilt("Id INTEGER PRIMARY KEY, Note TEXT, Cents INTEGER NOT NULL"),
            finds: ["default-removed:transactions.note warn", rebuild], .works, short),
        SchemaCase(
            "another DEFAULT", old: noteDefault,
            change: rebuilt(
                "Id INTEGER PRIMARY KEY, Note TEXT NOT NULL DEFAULT '-', Cents INTEGER NOT NULL"),
            finds: ["default-changed:transactions.note warn", rebuild], .works, short),
        SchemaCase(
            "a DEFAULT where a value was always given", old: plain,
            change: rebuilt(
                "Id INTEGER PRIMARY KEY, Note TEXT, Cents INTEGER NOT NULL DEFAULT 0"),
            finds: ["default-added:transactions.cents safe", rebuild], .works, insert),
        SchemaCase(
            "a DEFAULT in the place of NULL", old: plain,
            change: rebuilt(
                "Id INTEGER PRIMARY KEY, Note TEXT DEFAULT '-', Cents INTEGER NOT NULL"),
            finds: ["default-added:transactions.note warn", rebuild], .works, short),
    ]

    @Test("A column demands or gives another value", arguments: demands)
    func testDemands(_ row: SchemaCase) throws { try row.check() }

    @Test("A name in double quotes reads as text once its column is gone, so nothing fails")
    func doubleQuotes() throws {
        try SchemaCase(
            "quoted", old: plain, change: "ALTER TABLE Transactions DROP COLUMN Note",
            finds: ["column-dropped:transactions.note break"], .works,
            #"SELECT "Note" FROM Transactions"#
        ).check()
    }
}
