internal import Control
internal import GRDB
internal import Kernel

/// Tries statements on a copy that nobody else sees, and says what they did to the schema.
///
/// The copy is a database without a name, which SQLite removes when it is closed or its process
/// dies. The statements are a person's: they can reach no other file, for nothing can be attached.
struct LintJob {
    /// Above this a copy takes too long (a second or two here), and too much room in the folder for
    /// temporary files: the schema alone is tried then.
    static let copiedBytesMax = 256 << 20

    let path: String
    let order: LintOrder

    func run(_ channel: borrowing WorkChannel) throws -> DatabaseNotice {
        try channel.progress("copy")
        let (queue, copy) = try copy(channel)
        try channel.progress("run")
        let result = try queue.inDatabase { database in try judge(database, copy) }
        try queue.close()
        return .linted(result)
    }

    private func judge(_ database: Database, _ copy: LintAnswer.Copy) throws -> LintFinding {
        let (before, known) = (try Self.schema(database), try DatabaseFacts(reading: database))
        SQLiteConnection.forbidOtherFiles(database)
        let script = SQLScript(Array(order.sql.utf8))
        let end = Instant.now.advanced(byNanoseconds: UInt64(order.milliseconds) * 1_000_000)
        let outcome = try SQLiteConnection.run(script, on: database, until: end)
        switch outcome {
        case .failure(let problem):
            return LintFinding(
                copy: copy, statements: 0, findings: [], count: 0, problem: problem)
        case .success(let count):
            var after = try Self.schema(database)
            // A copy of the schema alone has pages of its own.
            if copy == .rows { after.traits.pageBytes = try pageBytes(before.traits) }
            let marks = LintMarks.findings(
                from: known, to: try DatabaseFacts(reading: database))
            let findings =
                (marks + SchemaComparison.findings(from: before, to: after)).ordered
            return LintFinding(
                copy: copy, statements: count,
                findings: Array(findings.prefix(LintFinding.findingsMax)), count: findings.count)
        }
    }

    private func pageBytes(_ before: SchemaTraits) throws -> Int {
        PageSize(
            after: order.sql, bytes: before.pageBytes, isLog: try SharedFile(at: path).isWAL()
        ).bytes
    }

    static func schema(_ database: Database) throws -> Schema {
        try Schema(reading: database, objects: try SchemaObject.all(in: database))
    }

    // MARK: The copy

    private func copy(
        _ channel: borrowing WorkChannel
    ) throws -> (queue: DatabaseQueue, copy: LintAnswer.Copy) {
        let file = try SharedFile(at: path)
        switch try file.opening(user: ThisProcess.userIdentifier) {
        case .readOnly:
            return try file.pin(busyTimeout: BackupCopy.busyTimeout) {
                try copy($0, file.identity.bytes + file.identity.walBytes, channel)
            }
        case .immutable:
            return try BackupCopy.still(file.identity.path) {
                try copy($0, file.identity.bytes, channel)
            }
        }
    }

    private func copy(
        _ source: Database, _ bytes: Int, _ channel: borrowing WorkChannel
    ) throws -> (queue: DatabaseQueue, copy: LintAnswer.Copy) {
        if bytes <= Self.copiedBytesMax {
            let queue = try Self.nameless()
            do {
                try queue.inDatabase { target in
                    try SQLiteConnection.copy(
                        source, to: target, pagesPerStep: BackupCopy.pagesPerStep, onLock: {},
                        onStep: { try channel.progress("copy", $0, of: $1) }, beforeLast: {})
                }
                return (queue, .rows)
            } catch let error as DatabaseError
                where [.SQLITE_FULL, .SQLITE_CANTOPEN, .SQLITE_IOERR].contains(error.resultCode)
            {
                // No room for temporary files: what can be said of the schema alone is said.
                try queue.close()
            }
        }
        let queue = try Self.nameless()
        try queue.inDatabase { try Self.copySchema(source, to: $0) }
        return (queue, .schema)
    }

    /// Kept in memory as far as it fits SQLite's cache, the rest in its folder for temporary files.
    private static func nameless() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "lint"
        // A script may begin a transaction of its own; whether it ends it is asked afterwards.
        configuration.allowsUnsafeTransactions = true
        // As SQLite is built nearly everywhere, and so in nearly every application.
        configuration.acceptsDoubleQuotedStringLiterals = true
        return try DatabaseQueue(path: "", configuration: configuration)
    }

    /// Tables first, then what refers to them. A virtual table makes its shadows itself.
    private static func copySchema(_ source: Database, to target: Database) throws {
        let objects = try Row.fetchAll(
            source,
            sql: """
                SELECT type, name, sql FROM sqlite_schema
                WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                ORDER BY sql LIKE 'CREATE VIRTUAL%' DESC, type = 'table' DESC,
                    type = 'index' DESC, type = 'view' DESC, rowid
                """)
        for object in objects {
            let (type, name): (String, String) = (object["type"], object["name"])
            let isThere =
                try Int.fetchOne(
                    target, sql: "SELECT count(*) FROM sqlite_schema WHERE type = ? AND name = ?",
                    arguments: [type, name]) ?? 0
            if isThere == 0 { try target.execute(sql: object["sql"]) }
        }
    }
}
