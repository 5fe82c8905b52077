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

    /// One space where there was any stretch of white space outside quotes and comments. Comments
    /// stay as they are: a quote in one begins nothing, and a line's end may end one.
    static func normalised(_ sql: String) -> String {
        let octets = Array(sql.utf8)
        var result: [UInt8] = []
        var isSpacePending = false
        var index = 0
        while index < octets.count {
            let octet = octets[index]
            if octet == 0x20 || (0x09...0x0d).contains(octet) {
                // Behind a comment its line's end is there already.
                isSpacePending = !result.isEmpty && result.last != 0x0a
                index += 1
                continue
            }
            if isSpacePending { result.append(0x20) }
            isSpacePending = false
            let end = end(of: octets, from: index)
            result += octets[index..<end]
            index = end
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Where the comment or the quotation ends that begins here; after one octet where none does.
    private static func end(of sql: [UInt8], from start: Int) -> Int {
        let rest = sql[(start + 1)...]
        let end: Int?
        switch (sql[start], rest.first) {
        case (UInt8(ascii: "-"), UInt8(ascii: "-")):
            end = rest.firstIndex(of: 0x0a)
        case (UInt8(ascii: "/"), UInt8(ascii: "*")):
            end = rest.indices.dropFirst(2).first {
                sql[$0] == UInt8(ascii: "/") && sql[$0 - 1] == UInt8(ascii: "*")
            }
        case (let octet, _):
            guard let closing = closing(octet) else { return start + 1 }
            end = rest.firstIndex(of: closing)
        }
        return end.map { $0 + 1 } ?? sql.count
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
