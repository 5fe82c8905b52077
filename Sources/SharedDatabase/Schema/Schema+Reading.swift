internal import GRDB
internal import TLS

extension Schema {
    /// Reads the schema within the transaction that `database` is in. `objects`: all rows of its
    /// `sqlite_schema`.
    ///
    /// One statement for each kind of fact, whatever the number of tables. Views and virtual
    /// tables are known by their text only: to ask for their columns runs code of theirs.
    init(reading database: Database, objects: [SchemaObject]) throws {
        self.init(fingerprint: SchemaFingerprint.of(objects))
        let own = objects.filter {
            !Bookkeeping.contains($0.table) && !Bookkeeping.contains($0.name)
        }
        let facts = try TableFacts(database)
        let statements = Dictionary(
            own.lazy.filter { $0.type == "index" }.map { ($0.name, $0.sql) },
            uniquingKeysWith: { first, _ in first })
        tables = own.filter { $0.type == "table" && !facts.shadows.contains($0.name) }
            .map { facts.table($0, indexStatements: statements) }
            .sorted { Self.precedes($0.name, $1.name) }
        Self.resolveParents(&tables)
        views = own.filter { $0.type == "view" }.map { object in
            SchemaView(
                name: object.name,
                digest: Self.digest(SQLToken.all(in: object.sql).canonical()))
        }.sorted { Self.precedes($0.name, $1.name) }
        triggers = own.filter { $0.type == "trigger" }.map(SchemaTrigger.init)
            .sorted { Self.precedes($0.name, $1.name) }
        traits = try SchemaTraits(reading: database)
    }

    /// The same text has the same digest; 128 bits tell contents apart.
    static func digest(_ text: String) -> String {
        String(SHA256.hexadecimal(of: text).prefix(32))
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.asciiLowercased.utf8.lexicographicallyPrecedes(right.asciiLowercased.utf8)
    }

    /// A reference that names no columns means the parent's primary key.
    private static func resolveParents(_ tables: inout [SchemaTable]) {
        let keys = Dictionary(
            tables.map { ($0.name.asciiLowercased, $0.primaryKey) }, uniquingKeysWith: { $1 })
        for table in tables.indices {
            for index in tables[table].foreignKeys.indices
            where tables[table].foreignKeys[index].parentColumns.isEmpty {
                let parent = tables[table].foreignKeys[index].parent.asciiLowercased
                tables[table].foreignKeys[index].parentColumns = keys[parent] ?? []
            }
        }
    }
}

extension SchemaTraits {
    init(reading database: Database) throws {
        func number(_ name: String) throws -> Int {
            try Int.fetchOne(database, sql: "PRAGMA \(name)") ?? 0
        }
        self.init()
        pageBytes = try number("page_size")
        encoding = try String.fetchOne(database, sql: "PRAGMA encoding") ?? ""
        autoVacuum = try number("auto_vacuum")
        userVersion = try number("user_version")
        applicationID = try number("application_id")
    }
}

extension SchemaTrigger {
    fileprivate init(_ object: SchemaObject) {
        let tokens = SQLToken.all(in: object.sql)
        // Statements of the body begin after BEGIN or a semicolon.
        let begin = tokens.firstIndex { $0.isWord("begin") } ?? tokens.startIndex
        let body = tokens[begin...]
        let writes = zip(body, body.dropFirst()).contains { before, token in
            (before.isWord("begin") || before.isMark(";"))
                && ["insert", "update", "delete", "replace", "with"].contains(token.text)
                && token.kind == .word
        }
        let raises = zip(body, body.dropFirst()).contains { $0.isWord("raise") && $1.isMark("(") }
        self.init(
            name: object.name, table: object.table, digest: Schema.digest(tokens.canonical()),
            raises: raises, writes: writes,
            isInstead: tokens[..<begin].contains { $0.isWord("instead") })
    }
}
