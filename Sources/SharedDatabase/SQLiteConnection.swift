internal import GRDB
internal import GRDBSQLite

/// What SQLite offers only in C: its backup interface, step by step
/// (https://sqlite.org/c3ref/backup_finish.html).
enum SQLiteConnection {
    /// Copies the whole of `source` over the whole of `target`, in one transaction of the target:
    /// where anything fails or is thrown, the target is what it was.
    ///
    /// `onLock` is called when the target's write lock is held, before a page is copied; `onStep`
    /// after each step with the pages done and in all; `beforeLast` before the step that commits,
    /// with at most one step of pages left.
    static func copy(
        _ source: Database, to target: Database, pagesPerStep: CInt, onLock: () throws -> Void,
        onStep: (Int, Int) throws -> Void, beforeLast: () throws -> Void
    ) throws {
        // SAFETY: both connections belong to database queues that live, and are used by this
        // thread alone, until this call returns; the handle is finished on every way out.
        guard
            let handle = unsafe sqlite3_backup_init(
                target.sqliteConnection, "main", source.sqliteConnection, "main")
        else {
            throw DatabaseError(
                resultCode: target.lastErrorCode, message: target.lastErrorMessage)
        }
        do {
            // No page: only the locks.
            try expect(unsafe sqlite3_backup_step(handle, 0), of: target)
            try onLock()
            while true {
                let total = Int(unsafe sqlite3_backup_pagecount(handle))
                let left = Int(unsafe sqlite3_backup_remaining(handle))
                try onStep(total - left, total)
                let isLast = left <= Int(pagesPerStep)
                if isLast { try beforeLast() }
                let code = unsafe sqlite3_backup_step(handle, isLast ? -1 : pagesPerStep)
                if code == SQLITE_DONE { break }
                try expect(code, of: target)
            }
        } catch {
            _ = unsafe sqlite3_backup_finish(handle)
            throw error
        }
        try expect(unsafe sqlite3_backup_finish(handle), of: target)
        target.clearSchemaCache()
    }

    private static func expect(_ code: CInt, of target: Database) throws {
        guard code == SQLITE_OK else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "\(code)")
        }
    }
}
