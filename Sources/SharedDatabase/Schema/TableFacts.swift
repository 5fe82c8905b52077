internal import GRDB

/// What the pragmas say of all tables, by the table's name
/// (https://sqlite.org/pragma.html#pragfunc).
struct TableFacts {
    private var columns: [String: [ColumnRow]] = [:]
    private var indexes: [String: [IndexRow]] = [:]
    /// By index.
    private var parts: [String: [(expression: Bool, text: String)]] = [:]
    private var foreignKeys: [String: [SchemaForeignKey]] = [:]
    private var options: [String: [SchemaTable.Option]] = [:]
    private var roots: [String: Int] = [:]
    /// Tables that virtual tables keep for themselves.
    private(set) var shadows: Set<String> = []

    private struct ColumnRow {
        var column: SchemaColumn
        let keyPosition: Int
        let isGenerated: Bool
    }

    private struct IndexRow {
        let name: String
        let isUnique: Bool
        /// `c` from CREATE INDEX, `u` from UNIQUE, `pk` from PRIMARY KEY.
        let origin: String
        let isPartial: Bool
    }

    /// Tables that store rows: views and virtual tables have no root page.
    private static let stored = "FROM sqlite_schema m, "
    private static let isStored = "WHERE m.type = 'table' AND m.rootpage > 0"

    init(_ database: Database) throws {
        try readTables(database)
        try readColumns(database)
        try readIndexes(database)
        try readForeignKeys(database)
    }

    private mutating func readTables(_ database: Database) throws {
        for row in try Row.fetchAll(
            database,
            sql: "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main'")
        {
            let name: String = row[0]
            let type: String = row[1]
            var found: [SchemaTable.Option] = []
            if type == "virtual" { found.append(.virtual) }
            if type == "shadow" { shadows.insert(name) }
            if row[2] { found.append(.withoutRowid) }
            if row[3] { found.append(.strict) }
            options[name] = found
        }
        for row in try Row.fetchAll(
            database, sql: "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'")
        {
            roots[row[0]] = row[1]
        }
    }

    private mutating func readColumns(_ database: Database) throws {
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT m.name, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
                \(Self.stored) pragma_table_xinfo(m.name) x \(Self.isStored)
                ORDER BY m.name, x.cid
                """)
        while let row = try rows.next() {
            let fallback: String? = row[4]
            let text = fallback.map { SQLToken.all(in: $0).unwrapped.canonical() }
            let hidden: Int = row[6]
            columns[row[0], default: []].append(
                ColumnRow(
                    column: SchemaColumn(
                        name: row[1],
                        type: row[2], isRequired: row[3], fallback: text == "null" ? nil : text),
                    keyPosition: row[5], isGenerated: hidden == 2 || hidden == 3))
        }
    }

    private mutating func readIndexes(_ database: Database) throws {
        for row in try Row.fetchAll(
            database,
            sql: """
                SELECT m.name, l.name, l."unique", l.origin, l.partial
                \(Self.stored) pragma_index_list(m.name) l \(Self.isStored)
                """)
        {
            indexes[row[0], default: []].append(
                IndexRow(name: row[1], isUnique: row[2], origin: row[3], isPartial: row[4]))
        }
        for row in try Row.fetchAll(
            database,
            sql: """
                SELECT i.name, x.name, x.coll
                FROM (SELECT l.name AS name \(Self.stored) pragma_index_list(m.name) l
                    \(Self.isStored)) i, pragma_index_xinfo(i.name) x
                WHERE x.key ORDER BY i.name, x.seqno
                """)
        {
            let column: String? = row[1]
            let collation: String? = row[2]
            let order = collation.map(\.asciiLowercased) ?? "binary"
            let suffix = order == "binary" ? "" : " collate \(order)"
            parts[row[0], default: []].append(
                (column == nil, (column?.asciiLowercased ?? "") + suffix))
        }
    }

    private mutating func readForeignKeys(_ database: Database) throws {
        for row in try Row.fetchAll(
            database,
            sql: """
                SELECT m.name, f.seq, f."table", f."from", f."to", f.on_update, f.on_delete
                \(Self.stored) pragma_foreign_key_list(m.name) f \(Self.isStored)
                ORDER BY m.name, f.id, f.seq
                """)
        {
            let name: String = row[0]
            let sequence: Int = row[1]
            let parentColumn: String? = row[4]
            if sequence == 0 {
                foreignKeys[name, default: []].append(
                    SchemaForeignKey(
                        columns: [], parent: row[2], parentColumns: [], onDelete: row[6],
                        onUpdate: row[5]))
            }
            guard let last = foreignKeys[name]?.indices.last else { continue }
            foreignKeys[name]?[last].columns.append(row[3])
            if let parentColumn { foreignKeys[name]?[last].parentColumns.append(parentColumn) }
        }
    }

    /// The table of this row of `sqlite_schema`. `indexStatements`: by the index's name.
    func table(
        _ object: SchemaObject, indexStatements: [String: String]
    ) -> SchemaTable {
        let name = object.name
        var table = SchemaTable(name: name)
        table.options = options[name] ?? []
        table.rootPage = roots[name] ?? 0
        table.digest = Schema.digest(SQLToken.all(in: object.sql).canonical())
        if table.options.contains(.virtual) { return table }
        let rows = columns[name] ?? []
        table.columns = rows.map(\.column)
        table.primaryKey = rows.filter { $0.keyPosition > 0 }
            .sorted { $0.keyPosition < $1.keyPosition }.map(\.column.name)
        let names = Set(rows.map { $0.column.name.asciiLowercased })
        table.foreignKeys = foreignKeys[name] ?? []
        if let definition = TableDefinition(object.sql, columns: names) {
            complete(&table, definition, rows)
        } else {
            table.options.append(.unread)
        }
        addIndexes(to: &table, indexStatements, columns: names)
        return table
    }

    private func complete(
        _ table: inout SchemaTable, _ definition: TableDefinition, _ rows: [ColumnRow]
    ) {
        if definition.isAutoincrement { table.options.append(.autoincrement) }
        table.checks = definition.checks
        table.conflicts = definition.conflicts
        for index in table.columns.indices {
            let column = table.columns[index].name.asciiLowercased
            table.columns[index].collation = definition.collations[column]
            if rows[index].isGenerated {
                table.columns[index].generated = definition.generated[column] ?? ""
            }
        }
        for index in table.foreignKeys.indices {
            let columns = table.foreignKeys[index].columns.map(\.asciiLowercased)
            table.foreignKeys[index].isDeferred = definition.deferred.contains(
                columns.joined(separator: ","))
        }
        table.foreignKeys.sort {
            ($0.columns + [$0.parent]).joined(separator: ",")
                < ($1.columns + [$1.parent]).joined(separator: ",")
        }
    }

    private func addIndexes(
        to table: inout SchemaTable, _ statements: [String: String], columns: Set<String>
    ) {
        for row in indexes[table.name] ?? [] where row.origin != "pk" {
            let definition = IndexDefinition(statements[row.name] ?? "", columns: columns)
            let parts = (parts[row.name] ?? []).enumerated().map { position, part in
                guard part.expression else { return part.text }
                let all = definition.parts
                return "(" + (position < all.count ? all[position] : "") + ")" + part.text
            }
            let index = SchemaIndex(
                name: row.origin == "c" ? row.name : nil, parts: parts,
                predicate: row.isPartial ? definition.predicate : nil)
            if row.isUnique {
                table.uniques.append(index)
            } else {
                table.indexes.append(index)
            }
        }
        let order = { (index: SchemaIndex) in
            (index.parts + [index.name ?? "", index.predicate ?? ""]).joined(separator: ",")
        }
        table.uniques.sort { order($0) < order($1) }
        table.indexes.sort { order($0) < order($1) }
    }
}

/// What a CREATE INDEX statement says of expressions (https://sqlite.org/expridx.html).
private struct IndexDefinition {
    private(set) var parts: [String] = []
    private(set) var predicate: String?

    init(_ sql: String, columns: Set<String>) {
        let tokens = SQLToken.all(in: sql)
        guard let start = tokens.firstIndex(where: { $0.isMark("(") }),
            let body = tokens.group(at: start)
        else { return }
        parts = Array(tokens[body].dropFirst().dropLast()).items.map {
            $0.unwrapped.canonical(columns: columns)
        }
        let rest = tokens[body.upperBound...]
        if rest.first?.isWord("where") == true {
            predicate = Array(rest.dropFirst()).unwrapped.canonical(columns: columns)
        }
    }
}
