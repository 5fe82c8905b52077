internal import Foundation
internal import GRDB

/// Orders of text that an application brings with itself: SQLite knows only their names, and
/// refuses whatever would compare by one (https://sqlite.org/c3ref/create_collation.html).
///
/// Rows are counted and compared here, which any order does. Only whether an index is in its order
/// nobody can tell without the application. For connections that write nothing.
enum OwnCollations {
    /// Does it; where an order is missing, that of the octets stands in. It may be done again.
    static func standingIn<Value>(
        _ database: Database, _ body: () throws -> Value
    ) throws -> Value {
        var known: Set<String> = []
        while true {
            do {
                return try body()
            } catch let error as DatabaseError {
                guard let name = missing(error), known.insert(name).inserted else { throw error }
                database.add(collation: standIn(name))
            }
        }
    }

    /// Tables with an index in such an order: their names as they are written.
    static func tables(of database: Database) throws -> Set<String> {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT DISTINCT tables.name, columns.coll FROM sqlite_master AS tables,
                    pragma_index_list(tables.name) AS indexes,
                    pragma_index_xinfo(indexes.name) AS columns
                WHERE tables.type = 'table' AND tables.sql NOT LIKE 'CREATE VIRTUAL%'
                    AND columns.coll IS NOT NULL
                """)
        if rows.isEmpty { return [] }
        // A new connection: one that has read a schema lists the names in it too.
        let known = try DatabaseQueue().inDatabase {
            try String.fetchSet($0, sql: "SELECT lower(name) FROM pragma_collation_list")
        }
        return Set(
            rows.compactMap { row -> String? in
                guard let table = String.fromDatabaseValue(row[0]),
                    let order = String.fromDatabaseValue(row[1])
                else { return nil }
                return known.contains(order.asciiLowercased) ? nil : table
            })
    }

    /// SQLite says it in words only.
    private static func missing(_ error: DatabaseError) -> String? {
        let words = "no such collation sequence: "
        guard error.extendedResultCode == .SQLITE_ERROR_MISSING_COLLSEQ,
            let message = error.message, message.hasPrefix(words)
        else { return nil }
        return String(message.dropFirst(words.count))
    }

    private static func standIn(_ name: String) -> DatabaseCollation {
        DatabaseCollation(name) { left, right in
            if left.utf8.elementsEqual(right.utf8) { return .orderedSame }
            return left.utf8.lexicographicallyPrecedes(right.utf8)
                ? .orderedAscending : .orderedDescending
        }
    }
}
