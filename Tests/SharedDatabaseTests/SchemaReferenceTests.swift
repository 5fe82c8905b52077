import Testing

@testable import SharedDatabase

private let notes =
    "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO n VALUES (1, 'x');"

@Suite("What a new table does to older code by what it refers to", .timeLimit(.minutes(1)))
struct SchemaReferenceTests {
    static let cases = [
        SchemaCase(
            "to an old table: the child keeps the parent", old: notes,
            change: "CREATE TABLE c (id INTEGER PRIMARY KEY, n INTEGER NOT NULL REFERENCES N (id));"
                + "INSERT INTO c (n) VALUES (1)",
            finds: ["table-added:c safe", "foreign-key-added:c.n warn"], .fails, "DELETE FROM n"),
        SchemaCase(
            "to an old table: the child goes with the parent", old: notes,
            change: "CREATE TABLE c (n INTEGER REFERENCES n ON DELETE CASCADE);"
                + "INSERT INTO c (n) VALUES (1)",
            finds: ["table-added:c safe", "foreign-key-added:c.n warn"], .works, "DELETE FROM n"),
        SchemaCase(
            "to itself and to another new one", old: notes,
            change: "CREATE TABLE p (id INTEGER PRIMARY KEY, up INTEGER REFERENCES p);"
                + "CREATE TABLE c (p INTEGER REFERENCES p)",
            finds: ["table-added:c safe", "table-added:p safe"], .works, "DELETE FROM n"),
    ]

    @Test("A reference", arguments: cases)
    func testReferences(_ row: SchemaCase) throws { try row.check() }

    @Test("A quote in a comment begins nothing, and what is a comment stays one")
    func comments() {
        let normalised = SchemaFingerprint.normalised
        let table = "CREATE TABLE t ( -- don't\n  a  TEXT, /* it's  so */ b   TEXT)"
        #expect(normalised(table) == "CREATE TABLE t ( -- don't\na TEXT, /* it's  so */ b TEXT)")
        #expect(normalised("a -- b\n  c") != normalised("a -- b c"))
        #expect(normalised("a -- b\n  c") == normalised("a   -- b\n c"))
        #expect(normalised("a - b / 'c  d'") == "a - b / 'c  d'")
        #expect(normalised("a /*/  'b  */ c") == "a /*/  'b  */ c")
        #expect(normalised("a -- b  c") == "a -- b  c")
    }
}
