internal import Foundation
internal import GRDB

/// Collations and functions that an application brings with itself, like the REGEXP of a CHECK:
/// SQLite knows their names only, and refuses every statement that needs one
/// (https://sqlite.org/appfunc.html, https://sqlite.org/c3ref/create_collation.html).
///
/// To count rows, to compare them and to walk through pages needs none of them really. What does is
/// not looked at: whether an index is in its order, and what a CHECK says. For connections that
/// write nothing.
enum ApplicationDefined {
    /// What a statement could not be prepared for.
    private enum Missing: Hashable {
        case collation(String)
        case function(String)

        /// SQLite says it in words only.
        init?(_ error: DatabaseError) {
            guard error.resultCode == .SQLITE_ERROR, let message = error.message else { return nil }
            func name(behind words: String) -> String? {
                message.hasPrefix(words) ? String(message.dropFirst(words.count)) : nil
            }
            if let name = name(behind: "no such collation sequence: ") {
                self = .collation(name)
            } else if let name = name(behind: "unknown function: "), name.hasSuffix("()") {
                self = .function(String(name.dropLast(2)))
            } else if let name = name(behind: "no such function: ") {
                self = .function(name)
            } else {
                return nil
            }
        }
    }

    static func isMissing(_ error: DatabaseError) -> Bool { Missing(error) != nil }

    /// Does it, maybe again and again: where a collation is missing, the order of the octets stands
    /// in, where a function is, NULL. Afterwards they are missing as before.
    static func standingIn<Value>(
        _ database: Database, _ body: () throws -> Value
    ) throws -> Value {
        var known: Set<Missing> = []
        var ends: [() -> Void] = []
        defer { for end in ends { end() } }
        while true {
            do {
                return try body()
            } catch let error as DatabaseError {
                guard let missing = Missing(error), known.insert(missing).inserted else {
                    throw error
                }
                switch missing {
                case .collation(let name):
                    let collation = collation(name)
                    database.add(collation: collation)
                    // SQLite uses no index any more that it has missed a collation of, until it
                    // reads the schema anew; and then no table WITHOUT ROWID.
                    try database.execute(sql: "PRAGMA writable_schema = RESET")
                    ends.append { database.remove(collation: collation) }
                case .function(let name):
                    let function = DatabaseFunction(name, pure: true) { _ in nil }
                    database.add(function: function)
                    ends.append { database.remove(function: function) }
                }
            }
        }
    }

    private static func collation(_ name: String) -> DatabaseCollation {
        DatabaseCollation(name) { left, right in
            if left.utf8.elementsEqual(right.utf8) { return .orderedSame }
            return left.utf8.lexicographicallyPrecedes(right.utf8)
                ? .orderedAscending : .orderedDescending
        }
    }
}
