import Control
import Foundation
import Kernel
import Testing

@testable import SharedDatabase

@Suite("Collations and functions that only the application knows", .timeLimit(.minutes(2)))
struct ApplicationDefinedTests {
    /// The other way round, so that every index is out of any order that is known here.
    private static let code = """
        db.create_collation('TR', lambda a, b: (b > a) - (b < a))
        db.create_function('REGEXP', 2, lambda a, b: True, deterministic=True)
        db.create_function('fold', 1, lambda text: text.lower(), deterministic=True)
        """

    private func bench() throws -> BackupBench {
        try BackupBench(
            extra: """
                \(Self.code)
                db.execute('CREATE TABLE Words (Word TEXT COLLATE TR PRIMARY KEY) WITHOUT ROWID')
                db.execute('''CREATE TABLE Names (Id INTEGER PRIMARY KEY,
                    Name TEXT COLLATE TR UNIQUE CHECK (Name < 'a'), Other TEXT COLLATE TR)''')
                db.execute('''CREATE TABLE Codes (Code TEXT CHECK (Code REGEXP '[A-Z]+'),
                    Folded TEXT NOT NULL AS (fold(Code)))''')
                db.execute('CREATE INDEX Folds ON Codes (fold(Code))')
                db.execute("INSERT INTO Codes VALUES ('A'), ('B')")
                for row in range(500):
                    db.execute('INSERT INTO Words VALUES (?)', ('w%d' % row,))
                    db.execute('INSERT INTO Names (Name) VALUES (?)', ('x%d' % row,))
                """)
    }

    private func change(_ bench: BackupBench, _ statements: String) throws {
        try Python.run(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            \(Self.code)
            \(statements)
            db.close()
            """, path: bench.path)
    }

    @Test("A database with indexes and CHECKs by them is backed up and restored, with its losses")
    func whole() throws {
        let bench = try bench()
        let manifest = try bench.backUp()
        #expect(manifest.rows["Words"] == 500)
        #expect(manifest.rows["Names"] == 500)
        #expect(manifest.rows["Codes"] == 2)
        let path = bench.folder.file(manifest.file)
        #expect(BackupVerification.run(path: path).problems == [])
        try change(
            bench,
            """
            db.execute("INSERT INTO Names (Name) VALUES ('y')")
            db.execute("DELETE FROM Words WHERE Word = 'w7'")
            db.execute("DELETE FROM Codes WHERE Code = 'A'")
            """)
        let job = try bench.start(.restore(bench.restoreOrder(manifest.file)))
        let seen = try job.losses()
        #expect(
            seen.losses == [
                TableLoss(table: "Names", live: 501, backup: 500, lost: 1),
                TableLoss(table: "Codes", live: 1, backup: 2, lost: 0),
                TableLoss(table: "Words", live: 499, backup: 500, lost: 0),
            ])
        try job.ready()
        try job.commit()
        try job.keep()
        #expect(try bench.value("SELECT count(*) FROM Names NOT INDEXED") == "500")
    }

    @Test("An index of another table that lacks a row is found as ever")
    func damaged() throws {
        let bench = try bench()
        // The index is away while the third row is written.
        try change(
            bench,
            """
            db.execute('CREATE TABLE Marked (Mark INTEGER)')
            db.execute('INSERT INTO Marked VALUES (1), (2)')
            db.execute('CREATE INDEX Marks ON Marked (Mark)')
            row = db.execute("SELECT * FROM sqlite_master WHERE name = 'Marks'").fetchone()
            db.execute('PRAGMA writable_schema = 1')
            db.execute("DELETE FROM sqlite_master WHERE name = 'Marks'")
            db.close()
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('INSERT INTO Marked VALUES (3)')
            db.execute('PRAGMA writable_schema = 1')
            db.execute('INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)', row)
            db.execute('PRAGMA schema_version = 1000')
            """)
        let failure = try bench.start(.backup(bench.order())).failure()
        #expect(failure.kind == .corrupt, "\(failure)")
        #expect(failure.message.contains("missing from index Marks"), "\(failure)")
    }
}
