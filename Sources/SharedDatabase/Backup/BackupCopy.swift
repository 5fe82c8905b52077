internal import Control
internal import Foundation
internal import GRDB
internal import Kernel

/// The live database as one read transaction sees it, and the copy that is made of it.
///
/// The transaction is begun and read in first, so that what other processes commit meanwhile does
/// not make SQLite's backup begin anew (https://sqlite.org/backup.html): the copy is the state of
/// that one moment.
struct BackupCopy {
    /// Between two looks at whether it shall go on, and two words of progress: 4 MiB.
    static let pagesPerStep: CInt = 1_024
    /// A progress notice for every so many steps.
    static let stepsPerNotice = 8
    /// Pages that SQLite keeps while it copies: each is read and written once, and is cheapest to
    /// write while the processor's own cache has it still. 1 GiB took 0.82 s, and 0.90 with the
    /// 2 000 KiB on either side that are SQLite's default.
    private static let copyCachePages = 10
    private static let sourceCachePages = 100
    static let busyTimeout = Duration.seconds(5)
    /// Of the problems that `integrity_check` lists.
    static let problemsMax = 20
    /// Room that must be free: so many tenths of the database with its log.
    static let spaceTenths = 12

    /// What the source was at the moment that was pinned.
    struct Source {
        let facts: DatabaseFacts
        let created: Timestamp
    }

    let folder: BackupFolder

    /// Runs `body` with the live database pinned. Never without locks: such a copy could be torn.
    static func pinned<Value>(
        path: String, _ body: (Database, Source) throws -> Value
    ) throws -> Value {
        let file = try SharedFile(at: path)
        guard case .readOnly = try file.opening(user: ThisProcess.userIdentifier) else {
            throw WorkFailure(
                .refused,
                "the folder of \(path) cannot be written, so that a copy could not take part in "
                    + "the locking", hint: "let the owner of the database write its folder")
        }
        return try file.pin(busyTimeout: busyTimeout) { database in
            // The first read takes the snapshot, not BEGIN.
            let facts = try DatabaseFacts(reading: database)
            let now = Timestamp(milliseconds: Int64(clamping: WallClock.milliseconds))
            return try body(database, Source(facts: facts, created: now))
        }
    }

    /// Whether the copy will fit beside what else is on the disk.
    func expectSpace(for source: String) throws {
        let bytes = [source, source + "-wal"].compactMap { Files.facts($0)?.bytes }.reduce(0, +)
        let needed = Self.neededBytes(for: bytes)
        let free = try Volumes.freeBytes("backup.space", at: folder.path)
        guard free >= needed else {
            throw WorkFailure(
                .refused, "\(folder.path) has \(free) octets free, a backup needs \(needed)",
                hint: "make room, or lower backup.keep and run: bascule db prune")
        }
    }

    static func neededBytes(for bytes: Int) -> Int { bytes / 10 * spaceTenths + 1 }

    /// Copies all pages, then makes it one single file. Returns how long the copying took.
    func copy(
        _ source: Database, to path: String, _ progress: (Int, Int) throws -> Void
    ) throws -> Int {
        let began = Instant.now
        var configuration = Configuration()
        configuration.label = "backup"
        configuration.prepareDatabase { database in
            // It is thrown away where anything fails, and synced as a whole in the end.
            try database.execute(sql: "PRAGMA journal_mode = OFF")
            try database.execute(sql: "PRAGMA synchronous = OFF")
            try database.execute(sql: "PRAGMA cache_size = \(Self.copyCachePages)")
        }
        // Checks look pages up, and want their cache back.
        let cache = try Int.fetchOne(source, sql: "PRAGMA cache_size") ?? 0
        try source.execute(sql: "PRAGMA cache_size = \(Self.sourceCachePages)")
        let queue = try Self.copied(path) {
            try DatabaseQueue(path: path, configuration: configuration)
        }
        do {
            try queue.inDatabase { copy in
                var steps = 0
                try SQLiteConnection.copy(
                    source, to: copy, pagesPerStep: Self.pagesPerStep, onLock: {},
                    onStep: { done, total in
                        try Faults.pass("backup.copy", path)
                        steps += 1
                        if steps % Self.stepsPerNotice == 1 { try progress(done, total) }
                    }, beforeLast: {})
            }
            try queue.close()
        } catch {
            // Closing may fail for the same reason, which is told once.
            _ = Result { try queue.close() }
            throw Self.isOfTarget(error) ? WorkFailure(error, copy: path) as any Error : error
        }
        try source.execute(sql: "PRAGMA cache_size = \(cache)")
        try Self.copied(path) { try Self.makeSingleFile(path) }
        return Int(clamping: Instant.now.nanoseconds(since: began) / 1_000_000)
    }

    /// What fails here fails for the file at `path`, which is not the live database.
    private static func copied<Value>(
        _ path: String, _ body: () throws -> Value
    ) throws(WorkFailure) -> Value {
        do {
            return try body()
        } catch {
            throw WorkFailure(error, copy: path)
        }
    }

    /// Whether only a file that is written can have failed so.
    private static func isOfTarget(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return [.SQLITE_FULL, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM]
            .contains(error.resultCode)
    }

    /// The copy has inherited the mark of WAL mode; with it every reader would make side files.
    /// Nothing is synced: whoever keeps the file syncs the whole of it, once.
    static func makeSingleFile(_ path: String) throws {
        try Faults.pass("backup.single", path)
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = OFF") }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let mode = try queue.inDatabase {
            try String.fetchOne($0, sql: "PRAGMA journal_mode = DELETE")
        }
        try queue.close()
        guard mode == "delete" else {
            throw WorkFailure(.failed, "\(path) stays in journal mode \(mode ?? "unknown")")
        }
    }

    /// Opens a file that nobody else changes, without locks and side files.
    static func still<Value>(_ path: String, _ body: (Database) throws -> Value) throws -> Value {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(
            path: SharedFile.stillLocation(path), configuration: configuration)
        let value = try queue.read(body)
        try queue.close()
        return value
    }

    /// The same, where nothing but that file is touched: what fails names it.
    static func archived<Value>(
        _ path: String, _ body: (Database) throws -> Value
    ) throws(WorkFailure) -> Value { try copied(path) { try still(path, body) } }
}

/// What is counted and checked of a database, in one read transaction.
struct DatabaseContents: Hashable {
    let rows: [String: Int]
    let foreignKeyFindings: Int

    init(_ database: Database) throws {
        var rows: [String: Int] = [:]
        let tables = try String.fetchAll(
            database,
            sql: """
                SELECT name FROM sqlite_master
                WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                    AND sql NOT LIKE 'CREATE VIRTUAL%'
                """)
        for table in tables {
            rows[table] = try ApplicationDefined.standingIn(database) {
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM \(table.asSQLName)")
            }
        }
        self.rows = rows
        foreignKeyFindings = try ApplicationDefined.standingIn(database) {
            try Int.fetchOne(database, sql: "SELECT count(*) FROM pragma_foreign_key_check") ?? 0
        }
    }

    /// What is wrong with it, in SQLite's words; nil where it is whole, or cannot be asked.
    static func damage(of database: Database) -> String? {
        do {
            return try integrityProblems(database).first.map { "integrity_check says: \($0)" }
        } catch let error as DatabaseError
            where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
        {
            return "\(error.message ?? "no reason given") (SQLite "
                + "\(error.extendedResultCode.rawValue))"
        } catch {
            return nil
        }
    }
}

extension Faults {
    /// Passes a step whose system calls SQLite makes: throws what a test injects there.
    static func pass(_ operation: String, _ subject: String) throws(SystemError) {
        if let errno = reach(operation) {
            throw SystemError(operation, errno, subject: subject)
        }
    }
}
