internal import Control
internal import GRDB
internal import Kernel

/// A read transaction on the live database that can tell afterwards whether somebody wrote.
struct Pin {
    let source: BackupCopy.Source
    private let version: Int

    init(_ database: Database) throws {
        try database.execute(sql: "BEGIN")
        let facts = try DatabaseFacts(reading: database)
        source = BackupCopy.Source(
            facts: facts,
            created: Timestamp(milliseconds: Int64(clamping: WallClock.milliseconds)))
        version = try Self.version(database)
    }

    /// Ends the transaction. Throws where another connection has committed since it began.
    func endUnchanged(_ database: Database, _ path: String) throws {
        try database.execute(sql: "COMMIT")
        guard try isUnchanged(database) else {
            throw WorkFailure(
                .refused,
                "somebody wrote to \(path) after the safety copy was made, although "
                    + "requests are held",
                hint: "stop what writes to the database without going through bascule")
        }
    }

    /// Whether nobody else has committed since it began; asked once it has ended.
    func isUnchanged(_ database: Database) throws -> Bool {
        try Self.version(database) == version
    }

    /// https://sqlite.org/pragma.html#pragma_data_version
    static func version(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA data_version") ?? 0
    }

    /// The same; its own commits do not change it.
    static func version(of queue: DatabaseQueue) throws -> Int {
        try queue.inDatabase { try version($0) }
    }
}
