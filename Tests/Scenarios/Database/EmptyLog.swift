import GRDB

extension DatabaseQueue {
    /// Waits until all of the write-ahead log stands in the database's file and the log is empty:
    /// whoever reads at that moment keeps it from that, and is reported, not thrown
    /// (<https://sqlite.org/pragma.html#pragma_wal_checkpoint>).
    func emptyLog() throws {
        try Wait.until("the log is empty") {
            try writeWithoutTransaction { database in
                try Int.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
            }
        }
    }
}
