import Control
import Foundation
import GRDB
import Testing

@testable import SharedDatabase

@Suite("Names of any characters, quotes among them", .timeLimit(.minutes(2)))
struct QuotedNameTests {
    static let schema = #"""
        CREATE TABLE "say ""hi""" (x INTEGER);
        CREATE TABLE z ("c""d'e" INTEGER PRIMARY KEY, "" TEXT, "f;g" INTEGER,
            "two words" TEXT COLLATE NOCASE, "--" INTEGER DEFAULT 7);
        CREATE TABLE "a""b" ("k""" TEXT PRIMARY KEY, "r""" INTEGER REFERENCES z ("c""d'e"))
            WITHOUT ROWID;
        CREATE INDEX "i""" ON z ("f;g", "");
        """#
    static let rows = #"""
        INSERT INTO "say ""hi""" VALUES (1), (2);
        INSERT INTO z ("c""d'e", "", "f;g") VALUES (1, 'one', 10), (2, 'two', 20);
        INSERT INTO "a""b" VALUES ('a', 1), ('b', 2);
        """#

    private func bench() throws -> BackupBench {
        let bench = try BackupBench()
        try SchemaCase.execute(Self.schema + Self.rows, bench.path)
        return bench
    }

    @Test("A quote is doubled, also one that a mark combines with")
    func quoted() {
        #expect("plain".asSQLName == #""plain""#)
        #expect("".asSQLName == #""""#)
        #expect(#"say "hi""#.asSQLName == #""say ""hi""""#)
        #expect("\"\u{301}".asSQLName == "\"\"\"\u{301}\"")
    }

    @Test("They are backed up, verified, compared and restored like any other")
    func whole() throws {
        let bench = try bench()
        let made = try bench.backUp()
        #expect(made.rows[#"say "hi""#] == 2)
        #expect(made.rows[#"a"b"#] == 2)
        #expect(BackupVerification.run(path: bench.folder.file(made.file)).problems == [])
        let before = try Self.content(bench.path)
        try SchemaCase.execute(
            #"""
            INSERT INTO "say ""hi""" VALUES (3);
            UPDATE z SET "" = 'other' WHERE "c""d'e" = 1;
            DELETE FROM "a""b" WHERE "k""" = 'a';
            """#, bench.path)
        let job = try bench.start(.restore(bench.restoreOrder(made.file)))
        let seen = try job.losses()
        #expect(
            seen.losses == [
                TableLoss(table: #"say "hi""#, live: 3, backup: 2, lost: 1),
                TableLoss(table: "z", live: 2, backup: 2, lost: 1),
                TableLoss(table: #"a"b"#, live: 1, backup: 2, lost: 0),
            ])
        #expect(seen.isExact)
        try job.ready()
        try job.commit()
        try job.keep()
        #expect(try Self.content(bench.path) == before)
    }

    private static func content(_ path: String) throws -> [String] {
        let queue = try DatabaseQueue(path: path)
        let lines = try queue.read { database in
            try [#""say ""hi""""#, "z", #""a""b""#].flatMap { table in
                try Row.fetchAll(database, sql: "SELECT * FROM \(table)").map { "\($0)" }
            }
        }
        try queue.close()
        return lines
    }

    @Test("Code of the older schema is tried with them in a rehearsal, and works")
    func rehearsed() throws {
        let bench = try bench()
        let copies = try (0..<2).map { _ in bench.folder.file(try bench.backUp().file) }
        let result = try OldCode(before: copies[0], after: copies[1]).run()
        #expect(result.findings.isEmpty, "\(result.findings)")
        #expect(result.tables == 4)
    }

    static let changes = [
        SchemaCase(
            "a column with a quote is gone",
            old: #"CREATE TABLE "a""b" (id INTEGER PRIMARY KEY, "r""" INTEGER, n INTEGER)"#,
            change: #"ALTER TABLE "a""b" DROP COLUMN "r""""#,
            finds: ["column-dropped:a%22b.r%22 break"],
            .fails, #"INSERT INTO "a""b" ("r""", n) VALUES (1, 2)"#),
        SchemaCase(
            "a CHECK on a new one is tried", old: schema,
            change: #"ALTER TABLE z ADD "n""w" INTEGER DEFAULT 1 CHECK ("n""w" < 0)"#,
            finds: [
                "column-added:z.n%22w safe",
                "check-added:z.\(Schema.digest(#""n""w" < 0"#).prefix(8)) break",
            ], .fails, #"INSERT INTO z ("f;g") VALUES (3)"#),
    ]

    @Test("Schemas with them are compared", arguments: changes)
    func compared(change: SchemaCase) throws { try change.check() }
}
