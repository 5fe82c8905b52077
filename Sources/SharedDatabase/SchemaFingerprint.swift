internal import TLS

/// One row of `sqlite_schema`.
struct SchemaObject: Hashable, Sendable {
    /// `table`, `index`, `view` or `trigger`.
    let type: String
    let name: String
    /// The table that it belongs to.
    let table: String
    /// As it was written, spacing included; empty for automatic indexes.
    let sql: String
}

/// A short name of a schema: two databases with the same fingerprint have the same tables,
/// columns, indexes, views and triggers, word by word.
enum SchemaFingerprint {
    /// SHA-256 over the objects in order of type, table and name, bookkeeping left out. Spacing
    /// does not count, anything else does.
    static func of(_ objects: [SchemaObject]) -> String {
        let lines =
            objects
            .filter { !Bookkeeping.contains($0.table) && !Bookkeeping.contains($0.name) }
            .map { object in
                // A unit separator cannot stand in a name that anybody typed.
                [object.type, object.table, object.name, normalised(object.sql)]
                    .joined(separator: "\u{1f}")
            }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return SHA256.hexadecimal(of: lines.joined(separator: "\u{1e}"))
    }

    /// One space where there was any stretch of white space outside quotes.
    static func normalised(_ sql: String) -> String {
        var result: [UInt8] = []
        var quote: UInt8?
        var isSpacePending = false
        for octet in sql.utf8 {
            if let open = quote {
                result.append(octet)
                if octet == closing(open) { quote = nil }
            } else if octet == 0x20 || (0x09...0x0d).contains(octet) {
                isSpacePending = !result.isEmpty
            } else {
                if isSpacePending { result.append(0x20) }
                isSpacePending = false
                result.append(octet)
                if closing(octet) != nil { quote = octet }
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// What ends a quotation that this octet begins (https://sqlite.org/lang_keywords.html); nil
    /// where it begins none. A doubled quote ends one and begins the next, which is the same.
    private static func closing(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): octet
        case UInt8(ascii: "["): UInt8(ascii: "]")
        default: nil
        }
    }
}
