internal import Control
internal import GRDB

/// Tries what code of the schema before does on the database as it is after a migration: layers
/// two and three, for what the two schemas alone do not tell.
struct OldCode {
    /// `before`: the database as it was, `after`: as it is now; both single files of our own.
    let before: String
    let after: String

    struct Result {
        var findings: [SchemaFinding] = []
        var tables = 0
        var rows = 0
    }

    func run() throws -> Result {
        var result = Result()
        try withDatabase(before) { old in
            let objects = try SchemaObject.all(in: old)
            let tables = try OldTable.all(
                in: old, try Schema(reading: old, objects: objects))
            result.tables = tables.count
            result.rows = tables.map(\.rows.count).reduce(0, +)
            try withDatabase(after) { new in
                for table in tables {
                    result.findings += try statements(of: table, old, new)
                }
                result.findings += try foreignKeys(old, new)
            }
        }
        result.findings += try changedRows()
        return result
    }

    /// Only what went well before is the migration's doing.
    private func statements(
        of table: OldTable, _ old: Database, _ new: Database
    ) throws -> [SchemaFinding] {
        let known = try table.failures(on: old)
        let now = try table.failures(on: new)
        var findings: [SchemaFinding] = []
        for use in OldTable.Use.allCases {
            guard known[use] == nil, let message = now[use],
                !findings.contains(where: { $0.id.hasPrefix(use.change.rawValue + ":") })
            else { continue }
            findings.append(
                SchemaFinding(
                    .breaks, use.change, [table.name],
                    "tried on the clone, the older code's \(use.word) of \(table.name) fails: "
                        + message))
        }
        return findings
    }

    private func foreignKeys(_ old: Database, _ new: Database) throws -> [SchemaFinding] {
        func count(_ database: Database) throws -> Int {
            try ApplicationDefined.standingIn(database) {
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM pragma_foreign_key_check") ?? 0
            }
        }
        let more = try count(new) - count(old)
        guard more > 0 else { return [] }
        return [
            SchemaFinding(
                .warn, .foreignKeysBroken, [],
                "\(Counting.text(more, "row")) more than before with a reference to a row that is "
                    + "not there: writes may fail")
        ]
    }

    /// Rows that older code has written and would read otherwise, or not at all.
    private func changedRows() throws -> [SchemaFinding] {
        try RestoreLosses.read(path: before, backup: after, comparing: .sharedColumns).tables
            .filter { $0.lost > 0 && $0.backup != nil && !Bookkeeping.contains($0.table) }
            .map { loss in
                let rows = Counting.text(loss.live, "row")
                return SchemaFinding(
                    .warn, .rowsChanged, [loss.table],
                    "\(loss.lost) of \(rows) of \(loss.table) gone, or read otherwise than older "
                        + "code has written them")
            }
    }

    /// Nothing that is done here stays.
    private func withDatabase(_ path: String, _ body: (Database) throws -> Void) throws {
        var configuration = Configuration()
        configuration.label = "rehearsal"
        // With them every DELETE of a parent would be an alarm; they are looked at by themselves.
        configuration.foreignKeysEnabled = false
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.inDatabase { database in
            try database.inTransaction(.immediate) {
                try body(database)
                return .rollback
            }
        }
        try queue.close()
    }
}
