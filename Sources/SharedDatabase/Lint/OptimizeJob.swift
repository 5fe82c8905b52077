internal import Control
internal import GRDB
internal import Kernel

/// Has SQLite look at the tables, so that it chooses better ways through them.
///
/// `ANALYZE` over a sample of each index, in one short transaction: no checkpoint, which is not
/// safe beside other processes before SQLite 3.51.3, and no VACUUM, which rewrites the whole file
/// (https://sqlite.org/lang_analyze.html section 3.1).
struct OptimizeJob {
    /// Rows looked at of each index: SQLite's own advice is 100 to 1000.
    static let rowsPerIndex = 1_000
    /// How long a writer is waited for.
    static let busyTimeout = Duration.seconds(5)
    /// Above this share of free pages a VACUUM is worth a thought.
    static let freeShare = 4

    let path: String

    func run(_ channel: borrowing WorkChannel) throws -> DatabaseNotice {
        try channel.progress("analyze")
        let began = Instant.now
        let facts = try LiveWriting.write(path: path, busyTimeout: Self.busyTimeout) { database in
            try database.execute(sql: "PRAGMA analysis_limit = \(Self.rowsPerIndex)")
            try database.execute(sql: "ANALYZE")
            return try DatabaseFacts(reading: database)
        }
        return .optimized(
            milliseconds: DrillJob.milliseconds(since: began), free: facts.freePageCount,
            pages: facts.pageCount)
    }
}
