import Control
import Foundation
import Testing

@testable import SharedDatabase

/// What is said of rows that a restore would take away: each of them, and none twice.
@Suite("Rows that a restore would lose", .timeLimit(.minutes(2)))
struct RestoreLossTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let table: String
        let change: String
        /// Live, in the backup, lost; nil where both hold the same.
        let found: [Int]?

        var testDescription: String { name }
    }

    private static let people = """
        CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT COLLATE NOCASE);
        INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, NULL);
        """
    private static let bag = "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (2);"

    static let cases = [
        Case(name: "nothing", table: people, change: "SELECT 1", found: nil),
        Case(
            name: "rows that are the same", table: bag,
            change: "INSERT INTO t VALUES (1), (1), (2)", found: [6, 3, 3]),
        Case(
            name: "as many, of which one became another", table: bag,
            change: "UPDATE t SET x = 1 WHERE rowid = 3", found: [3, 3, 1]),
        Case(
            name: "the case of a letter", table: people,
            change: "UPDATE t SET v = 'A' WHERE id = 1", found: [3, 3, 1]),
        Case(
            name: "the kind of a number", table: bag,
            change: "UPDATE t SET x = 1.0 WHERE x = 1", found: [3, 3, 1]),
        Case(
            name: "a column that is new and empty", table: people,
            change: "ALTER TABLE t ADD nw TEXT", found: nil),
        Case(
            name: "a column that is new and filled", table: people,
            change: "ALTER TABLE t ADD nw TEXT; UPDATE t SET nw = 'x' WHERE id < 3",
            found: [3, 3, 2]),
        Case(
            name: "two reasons are one row", table: people,
            change: "ALTER TABLE t ADD nw; UPDATE t SET nw = 0, v = 'c' WHERE id = 2; "
                + "DELETE FROM t WHERE id = 1; INSERT INTO t (v, nw) VALUES ('d', 1)",
            found: [3, 3, 2]),
        Case(
            name: "what a column has by default is nobody's value", table: people,
            change: "ALTER TABLE t ADD p INTEGER NOT NULL DEFAULT -1;"
                + "ALTER TABLE t ADD q TEXT DEFAULT 'it''s' COLLATE NOCASE;"
                + "ALTER TABLE t ADD r INTEGER NOT NULL DEFAULT '0';"
                + "UPDATE t SET q = 'IT''S' WHERE id = 1; UPDATE t SET p = 1, r = 1 WHERE id = 2",
            found: [3, 3, 2]),
        Case(
            name: "a default that is no constant is a value", table: people,
            change: "CREATE TABLE s (id INTEGER PRIMARY KEY, v TEXT, at INT DEFAULT (1 + 1));"
                + "INSERT INTO s (id, v) SELECT id, v FROM t; DROP TABLE t;"
                + "ALTER TABLE s RENAME TO t", found: [3, 3, 3]),
        Case(
            name: "names in other letters are the same", table: people,
            change: "ALTER TABLE t RENAME TO s; ALTER TABLE s RENAME TO T;"
                + "ALTER TABLE T RENAME v TO w; ALTER TABLE T RENAME w TO V", found: nil),
        Case(
            name: "no column in common", table: people,
            change: "DROP TABLE t; CREATE TABLE t (z); INSERT INTO t VALUES (1), (NULL)",
            found: [2, 3, 1]),
        Case(
            name: "more new columns than a function takes", table: people,
            change: (0..<300).map { "ALTER TABLE t ADD n\($0);" }.joined()
                + "UPDATE t SET n150 = 0 WHERE id = 3", found: [3, 3, 1]),
    ]

    @Test("Each that is not the same in the backup is counted, once", arguments: cases)
    func counted(_ sample: Case) throws {
        let (live, kept) = (try Scratch(), try Scratch())
        for scratch in [live, kept] { try SchemaCase.execute(sample.table, scratch.path) }
        try SchemaCase.execute(sample.change, live.path)
        let seen = try RestoreLosses.read(path: live.path, backup: kept.path)
        let found = seen.tables.map { [$0.live, $0.backup ?? -1, $0.lost] }
        #expect(found == (sample.found.map { [$0] } ?? []), "\(seen.tables)")
        #expect(seen.isExact)
    }

    @Test("What a new version's users filled in is told by a rollback that chooses its backup")
    func rollback() throws {
        let bench = try BackupBench()
        try SchemaCase.execute(Self.people, bench.path)
        let drained = try bench.backUp(.drained, operation: "A")
        try SchemaCase.execute(
            "ALTER TABLE t ADD nw TEXT; UPDATE t SET nw = 'theirs' WHERE id = 3", bench.path)
        var order = bench.restoreOrder("")
        order.file = nil
        order.preferred = "A"
        let job = try bench.start(.restore(order))
        let seen = try job.losses()
        job.hangUp()
        #expect(seen.file == drained.file)
        #expect(seen.losses == [TableLoss(table: "t", live: 3, backup: 3, lost: 1)])
        #expect(seen.isExact)
    }

    @Test("A column that a migration drops is no row that reads otherwise")
    func rehearsed() throws {
        let bench = try BackupBench()
        try SchemaCase.execute(Self.people, bench.path)
        let before = bench.folder.file(try bench.backUp().file)
        try SchemaCase.execute("ALTER TABLE t DROP v", bench.path)
        let after = bench.folder.file(try bench.backUp().file)
        #expect(
            try RestoreLosses.read(path: before, backup: after, comparing: .sharedColumns)
                .tables.isEmpty)
        #expect(try RestoreLosses.read(path: before, backup: after).tables.map(\.lost) == [2])
    }
}
