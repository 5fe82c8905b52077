internal import GRDB

extension DatabaseFacts {
    /// Reads everything within the transaction that `database` is in.
    ///
    /// `tool`: whose history counts; nil: found by itself.
    init(reading database: Database, tool: String? = nil) throws {
        let objects = try Self.schema(database)
        let tables = objects.filter { $0.type == "table" }
        let history = try MigrationHistory(database, tables: tables, wanted: tool)
        let kept = history.tables
        let own = tables.filter {
            let name = $0.name.asciiLowercased
            return !Bookkeeping.contains(name) && !kept.contains(name)
                && !name.hasPrefix(Bookkeeping.efRebuildPrefix)
        }
        self.init(
            tool: history.tool?.name, found: history.found, applied: history.applied,
            appliedCount: history.applied.count, floor: history.floor, dirty: history.dirty,
            fingerprint: SchemaFingerprint.of(objects), tableCount: own.count,
            schemaVersion: try Self.pragma(database, "schema_version"),
            sqliteVersion: try String.fetchOne(database, sql: "SELECT sqlite_version()") ?? "",
            journalMode: try String.fetchOne(database, sql: "PRAGMA journal_mode") ?? "",
            pageBytes: try Self.pragma(database, "page_size"),
            pageCount: try Self.pragma(database, "page_count"),
            freePageCount: try Self.pragma(database, "freelist_count"),
            traits: try SchemaTraits(reading: database))
    }

    private static func schema(_ database: Database) throws -> [SchemaObject] {
        try Row.fetchAll(database, sql: "SELECT type, name, tbl_name, sql FROM sqlite_master").map {
            row in
            func text(_ index: Int) -> String {
                String.fromDatabaseValue(row[index]) ?? ""
            }
            return SchemaObject(type: text(0), name: text(1), table: text(2), sql: text(3))
        }
    }

    private static func pragma(_ database: Database, _ name: String) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA \(name)") ?? 0
    }
}
