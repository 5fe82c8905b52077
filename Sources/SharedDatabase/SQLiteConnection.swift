internal import Control
internal import GRDB
internal import GRDBSQLite
internal import Kernel

/// What SQLite offers only in C: its backup interface, step by step
/// (https://sqlite.org/c3ref/backup_finish.html), and a script statement by statement.
enum SQLiteConnection {
    /// Copies the whole of `source` over the whole of `target`, in one transaction of the target:
    /// where anything fails or is thrown, the target is what it was.
    ///
    /// `onLock` is called when the target's write lock is held, before a page is copied; `onStep`
    /// after each step with the pages done and in all; `beforeLast` before the step that commits,
    /// with at most one step of pages left. None of them is called where the source has no page
    /// (a file of 0 octets): nobody could say no to that, so that it must not be restored.
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
            // No page: only the locks. Where the source has none at all, everything is done: the
            // target is an empty database.
            let locked = unsafe sqlite3_backup_step(handle, 0)
            if locked != SQLITE_DONE {
                try expect(locked, of: target)
                try onLock()
            }
            while locked != SQLITE_DONE {
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

    /// From here on no statement of this connection can open another file: neither ATTACH nor
    /// VACUUM INTO (https://sqlite.org/c3ref/c_limit_attached.html). A plain VACUUM attaches too,
    /// a database without a name, and may.
    static func forbidOtherFiles(_ database: Database) { allowOtherFiles(0, database) }

    private static func allowOtherFiles(_ count: CInt, _ database: Database) {
        // SAFETY: the connection belongs to a queue that lives, and is used by this thread alone.
        _ = unsafe sqlite3_limit(database.sqliteConnection, SQLITE_LIMIT_ATTACHED, count)
    }

    /// No value of this connection becomes longer.
    static func limit(_ database: Database, bytes: CInt) {
        // SAFETY: as above.
        _ = unsafe sqlite3_limit(database.sqliteConnection, SQLITE_LIMIT_LENGTH, bytes)
    }

    /// Runs all statements; rows are read and dropped. Returns how many there were, or the first
    /// that failed, ran past the deadline, or left a transaction open; that is rolled back.
    static func run(
        _ script: SQLScript, on database: Database, until deadline: Instant
    ) throws -> Result<Int, LintProblem> {
        guard !script.octets.contains(0) else {
            let offset = script.octets.firstIndex(of: 0) ?? 0
            return .failure(
                LintProblem(
                    in: script.octets, start: offset, offset: offset,
                    message: "a zero octet, which no SQL has"))
        }
        var end = deadline
        // SAFETY: the handler reads `end`, which outlives it: it is taken away before the closure
        // returns. The connection is used by this thread alone, which is also the handler's.
        let result = unsafe withUnsafeMutablePointer(to: &end) { end in
            unsafe sqlite3_progress_handler(
                database.sqliteConnection, operationsPerLook,
                { end in
                    let end = unsafe end?.assumingMemoryBound(to: Instant.self).pointee
                    return end ?? .never <= .now ? 1 : 0
                },
                end)
            defer {
                unsafe sqlite3_progress_handler(database.sqliteConnection, 0, nil, nil)
            }
            return statements(of: script, on: database)
        }
        // SAFETY: as above.
        if unsafe sqlite3_get_autocommit(database.sqliteConnection) == 0 {
            // A statement that failed may have left it open; that is told already.
            _ = unsafe sqlite3_exec(database.sqliteConnection, "ROLLBACK", nil, nil, nil)
            guard case .failure = result else {
                return .failure(
                    LintProblem(
                        in: script.octets, start: script.octets.count,
                        offset: script.octets.count,
                        message: "the file ends inside a transaction: nothing of it would stay"))
            }
        }
        database.clearSchemaCache()
        return result
    }

    /// Steps of SQLite's machine between two looks at the clock: some hundred microseconds.
    private static let operationsPerLook: CInt = 10_000

    private static func statements(
        of script: SQLScript, on database: Database
    ) -> Result<Int, LintProblem> {
        var count = 0
        var offset = 0
        while offset < script.octets.count {
            let start = script.start(from: offset)
            if start == script.octets.count { break }
            // SAFETY: the text ends with a zero and outlives the calls; the statement is finalized
            // before it does; `tail` points into it.
            let step = unsafe script.terminated.withUnsafeBufferPointer { text in
                unsafe text.withMemoryRebound(to: CChar.self) { text in
                    unsafe one(script, text, from: start, on: database)
                }
            }
            guard step.code == SQLITE_DONE else {
                let place = start + max(0, step.errorOffset)
                return .failure(
                    LintProblem(
                        in: script.octets, start: start, end: script.end(from: start),
                        offset: place,
                        message: step.message.hasPrefix("too many attached databases")
                            ? "no other file is opened here: \(step.message)" : step.message))
            }
            offset = step.end
            count += 1
        }
        return .success(count)
    }

    /// One statement, to its end.
    private struct Step {
        /// SQLITE_DONE where it ran.
        var code: CInt
        /// Where the next one begins.
        var end: Int
        /// Within the statement, below 0 where SQLite does not say.
        var errorOffset: Int
        var message: String
    }

    private static func one(
        _ script: SQLScript, _ text: UnsafeBufferPointer<CChar>, from start: Int,
        on database: Database
    ) -> Step {
        // SAFETY: `start` lies within the text, which has a zero behind its end and outlives this
        // call; SQLite writes the statement and the tail, and the statement is finalized here.
        let connection = unsafe database.sqliteConnection
        guard let base = text.baseAddress else {
            return Step(code: SQLITE_DONE, end: text.count, errorOffset: -1, message: "")
        }
        var statement: OpaquePointer?
        var tail: UnsafePointer<CChar>?
        var code = unsafe sqlite3_prepare_v2(connection, base + start, -1, &statement, &tail)
        let end = unsafe tail.map { unsafe $0 - base } ?? text.count - 1
        let isVacuum = script.isPlainVacuum(start..<max(start, end))
        if isVacuum { allowOtherFiles(1, database) }
        defer { if isVacuum { forbidOtherFiles(database) } }
        if code == SQLITE_OK {
            code = SQLITE_DONE
            if unsafe statement != nil {
                repeat { code = unsafe sqlite3_step(statement) } while code == SQLITE_ROW
            }
        }
        let step = Step(
            code: code, end: max(end, start + 1),
            errorOffset: Int(unsafe sqlite3_error_offset(connection)),
            message: code == SQLITE_INTERRUPT
                ? "it does not end in time"
                : unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) } ?? "")
        _ = unsafe sqlite3_finalize(statement)
        return step
    }

    private static func expect(_ code: CInt, of target: Database) throws {
        guard code == SQLITE_OK else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "\(code)")
        }
    }
}
