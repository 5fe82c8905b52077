import Testing

@testable import SharedDatabase

/// A CHECK on a column that older code does not know: whether its rows pass it is tried.
@Suite struct SchemaNewColumnCheckTests {
    private static let plain = "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c INTEGER);"
    private static let insert = "INSERT INTO t (b, c) VALUES ('x', 5)"

    private static func row(
        _ column: String, check: String, _ verdict: String, _ outcome: SchemaCase.Outcome
    ) -> SchemaCase {
        SchemaCase(
            column, old: plain, change: "ALTER TABLE t ADD \(column)",
            finds: [
                "column-added:t.z safe",
                "check-added:t.\(Schema.digest(check).prefix(8)) \(verdict)",
            ], outcome, insert)
    }

    static let rows = [
        row("z TEXT CHECK (z IS NOT NULL)", check: "z is not null", "break", .fails),
        row(
            "z TEXT NOT NULL DEFAULT '' CHECK (length(z) > 0)", check: "length ( z ) > 0",
            "break", .fails),
        row("z INTEGER DEFAULT -1 CHECK (z >= 0)", check: "z >= 0", "break", .fails),
        row(
            "z TEXT DEFAULT 5 CHECK (typeof(z) = 'integer')",
            check: "typeof ( z ) = 'integer'", "break", .fails),
        row("z INTEGER CHECK (z > 0)", check: "z > 0", "warn", .works),
        row(
            "z TEXT NOT NULL DEFAULT 'A' COLLATE NOCASE CHECK (z IN ('a', 'b'))",
            check: "z in ( 'a' , 'b' )", "warn", .works),
        row(
            "z INTEGER AS (c) CHECK (z < 3)", check: "z < 3", "break", .fails),
        row("z INTEGER AS (7) CHECK (z < 3)", check: "z < 3", "break", .fails),
        row("z INTEGER AS (2) CHECK (z < 3)", check: "z < 3", "warn", .works),
    ]

    @Test("A CHECK on a new column breaks where rows without it do not pass", arguments: rows)
    func testTried(_ row: SchemaCase) throws { try row.check() }

    @Test("A CHECK that only the application can evaluate is a doubt, not a refusal")
    func ownFunction() {
        let column = SchemaColumn(name: "z", type: "TEXT")
        let check = SchemaCheck(name: nil, text: "ours ( z )")
        #expect(CheckTrial.run(check, on: [column]) == .unknown)
    }
}
