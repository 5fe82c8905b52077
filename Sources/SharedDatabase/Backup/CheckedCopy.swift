internal import Control
internal import GRDB
internal import Kernel

/// What a copy that was just made turns out to be, read back from its file.
struct CheckedCopy {
    let contents: DatabaseContents
    let facts: DatabaseFacts

    /// Its pages were just written, and so are in memory: they are read where they lie, which takes
    /// two thirds of the time that copying each once more takes
    /// (https://sqlite.org/mmap.html). SQLite maps the first 2 GiB, and reads what is behind them.
    private static let mappedBytes = 2 << 30

    /// For a database whose pages are in memory, and whose file nobody cuts meanwhile.
    static func readWherePagesLie(_ database: Database) throws {
        try database.execute(sql: "PRAGMA mmap_size = \(mappedBytes)")
    }

    init(of path: String) throws {
        try Faults.pass("backup.verify", path)
        self = try BackupCopy.archived(path) { database in
            try Self.readWherePagesLie(database)
            return try CheckedCopy(reading: database)
        }
    }

    private init(reading database: Database) throws {
        if let first = try DatabaseContents.integrityProblems(database).first {
            throw WorkFailure(
                .corruptCopy, "the copy is corrupt: integrity_check says: \(first)",
                hint: "look at the disk of backup.directory")
        }
        contents = try DatabaseContents(database)
        facts = try DatabaseFacts(reading: database)
    }

    /// It has to be the same as its source.
    func expect(_ source: DatabaseFacts, _ expected: DatabaseContents) throws(WorkFailure) {
        guard contents.rows == expected.rows else {
            throw WorkFailure(.failed, "the copy has other rows than its source")
        }
        guard contents.foreignKeyFindings == expected.foreignKeyFindings else {
            let broken = Counting.text(contents.foreignKeyFindings, "row")
            throw WorkFailure(
                .failed,
                "foreign_key_check finds \(broken) in the copy, "
                    + "\(expected.foreignKeyFindings) in its source")
        }
        guard facts.fingerprint == source.fingerprint, facts.applied == source.applied else {
            throw WorkFailure(.failed, "the copy has another schema than its source")
        }
    }
}
