internal import GRDB

/// How many rows of a table `main` has that `kept` does not.
///
/// A row is kept by one of `kept` that holds the same in every column that both have, octet by
/// octet and not as a column's collation has it; one of `kept` keeps one of `main`. And it must
/// hold nothing in columns that `kept` lacks but what every row gets there by itself: NULL, or the
/// column's default where that is a constant. Any other is lost, once.
struct RowComparison {
    /// SQLite takes 2 000 columns in one SELECT (https://sqlite.org/limits.html), with the side.
    private static let termsMax = 1_990
    /// Arguments of one call: SQLite takes 127 at the least.
    private static let argumentsMax = 100

    private let table: String
    /// What has to be the same; `r` is the row.
    private var terms: [String] = []
    /// Each NULL where a row holds nothing of its own in a column that `kept` lacks.
    private var added: [String] = []

    init(of table: String, in database: Database, _ scope: RestoreLosses.Scope) throws {
        self.table = table.asSQLName
        let kept = Dictionary(
            try StoredColumn.all(of: table, "kept", in: database).map { ($0.key, $0) },
            uniquingKeysWith: { first, _ in first })
        for column in try StoredColumn.all(of: table, "main", in: database) {
            if let other = kept[column.key] {
                terms.append(column.value)
                // To a comparison 1 and 1.0 are the same.
                if column.keepsTypes || other.keepsTypes {
                    terms.append("typeof(\(column.value))")
                }
            } else if scope == .values {
                added.append(column.ownValue)
            }
        }
    }

    /// Whether SQLite can compare so many columns.
    var isPossible: Bool { terms.count <= Self.termsMax }

    /// `live`: how many rows `main` has.
    func lost(of live: Int, in database: Database) throws -> Int {
        var alike = live
        if !added.isEmpty {
            alike = try number("SELECT count(*) FROM main.\(table) AS r WHERE \(isPlain)", database)
        }
        guard !terms.isEmpty else {
            let backup = try number("SELECT count(*) FROM kept.\(table)", database)
            return live - min(alike, backup)
        }
        return try live - alike + number(unmatched, database)
    }

    private func number(_ sql: String, _ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: sql) ?? 0
    }

    /// Rows of `main` beyond those that `kept` has of the same.
    private var unmatched: String {
        let names = terms.indices.map { "c\($0)" }
        let live = zip(terms, names).map { "\($0) COLLATE BINARY AS \($1)" }
        let kept = terms.map { "\($0) COLLATE BINARY" }
        return """
            SELECT coalesce(sum(max(0, more)), 0) FROM (
                SELECT sum(side) AS more FROM (
                    SELECT 1 AS side, \(live.joined(separator: ", "))
                    FROM main.\(table) AS r\(added.isEmpty ? "" : " WHERE " + isPlain)
                    UNION ALL
                    SELECT -1, \(kept.joined(separator: ", ")) FROM kept.\(table) AS r
                ) GROUP BY \(names.map { $0 + " COLLATE BINARY" }.joined(separator: ", "))
            )
            """
    }

    /// Whether a row of `main` holds nothing of its own in what `kept` lacks.
    private var isPlain: String {
        stride(from: 0, to: added.count, by: Self.argumentsMax).map { start in
            let some = added[start..<min(start + Self.argumentsMax, added.count)]
            // One argument alone is none to coalesce.
            return "coalesce(\(some.joined(separator: ", ")), NULL) IS NULL"
        }.joined(separator: " AND ")
    }
}

/// A column that is stored, as `pragma_table_info` has it: generated ones are not.
private struct StoredColumn {
    let name: String
    let type: String
    let fallback: String?

    static func all(
        of table: String, _ schema: String, in database: Database
    ) throws -> [StoredColumn] {
        try Row.fetchAll(
            database, sql: "SELECT name, type, dflt_value FROM pragma_table_info(?, ?)",
            arguments: [table, schema]
        ).map { row in
            func text(_ index: Int) -> String? { String.fromDatabaseValue(row[index]) }
            return StoredColumn(name: text(0) ?? "", type: text(1) ?? "", fallback: text(2))
        }
    }

    /// SQLite's names know no case.
    var key: String { name.asciiLowercased }

    /// With its table before it: alone, SQLite takes an unknown name in double quotes for a text
    /// (https://sqlite.org/quirks.html section 8).
    var value: String { "r.\(name.asSQLName)" }

    /// Whether it stores a number as it comes, whole or not
    /// (https://sqlite.org/datatype3.html section 3.1).
    var keepsTypes: Bool {
        let type = type.asciiLowercased
        return type.isEmpty || type == "any" || type.contains("blob")
    }

    /// What a row did not get there by itself, else NULL.
    var ownValue: String {
        guard let constant else { return value }
        return "CASE WHEN \(value) COLLATE BINARY IS \(constant) THEN NULL ELSE \(value) END"
    }

    /// The default, where it is a literal: an expression may give each row another value.
    private var constant: String? {
        guard let fallback else { return nil }
        var tokens = SQLToken.all(in: fallback)
        var sign = ""
        if let first = tokens.first, tokens.count == 2, first.isMark("-") || first.isMark("+") {
            sign = first.text
            tokens.removeFirst()
            guard tokens[0].kind == .number else { return nil }
        }
        guard tokens.count == 1, let token = tokens.first else { return nil }
        switch token.kind {
        case .literal, .number: return sign + token.text
        case .word: return ["true", "false"].contains(token.text) ? token.text : nil
        case .name, .mark: return nil
        }
    }
}
