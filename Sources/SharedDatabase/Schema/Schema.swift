/// A schema as code meets it: tables, columns, rules and views, in one order whatever order they
/// were made in, and without the text they were made with.
///
/// It is read from a database, kept in the journal as JSON, and compared with a later one. Names
/// keep their spelling and are compared without regard to case, as SQLite does.
public struct Schema: Codable, Hashable, Sendable {
    /// As the gate names this schema.
    public var fingerprint: String
    /// By name; bookkeeping tables and shadow tables of virtual ones left out.
    var tables: [SchemaTable] = []
    var views: [SchemaView] = []
    var triggers: [SchemaTrigger] = []
    public var traits = SchemaTraits()

    init(fingerprint: String) { self.fingerprint = fingerprint }
}

/// What holds for the whole file (https://sqlite.org/pragma.html).
public struct SchemaTraits: Codable, Hashable, Sendable {
    public var pageBytes = 0
    public var encoding = ""
    public var autoVacuum = 0
    public var userVersion = 0
    public var applicationID = 0

    public init() {}
}

struct SchemaTable: Codable, Hashable, Sendable {
    /// What a table is beside its columns.
    enum Option: String, Codable, Hashable, Sendable {
        case strict
        case withoutRowid = "without-rowid"
        case autoincrement
        case virtual
        /// Its statement could not be taken apart: CHECK, COLLATE and the like are not known.
        case unread
    }

    let name: String
    var options: [Option] = []
    var columns: [SchemaColumn] = []
    /// Columns of the primary key, in its order.
    var primaryKey: [String] = []
    var uniques: [SchemaIndex] = []
    /// Indexes that only help to find.
    var indexes: [SchemaIndex] = []
    var foreignKeys: [SchemaForeignKey] = []
    var checks: [SchemaCheck] = []
    /// `ON CONFLICT` clauses: the constraint, then what it does.
    var conflicts: [String] = []
    /// Where it begins in the file: a table that was made anew begins elsewhere.
    var rootPage = 0
    /// A digest of its statement, to see that there is a difference of any kind.
    var digest = ""

    /// The column that is the rowid under another name: it is numbered by itself
    /// (https://sqlite.org/lang_createtable.html#rowid).
    var rowidAlias: String? {
        guard !options.contains(.withoutRowid), primaryKey.count == 1,
            let column = self[primaryKey[0]], column.type.asciiLowercased == "integer"
        else { return nil }
        return column.name
    }

    subscript(_ name: String) -> SchemaColumn? {
        let name = name.asciiLowercased
        return columns.first { $0.name.asciiLowercased == name }
    }
}

struct SchemaColumn: Hashable, Sendable {
    let name: String
    /// As it was declared; may be empty.
    var type: String
    /// NOT NULL.
    var isRequired = false
    /// The expression of its DEFAULT; nil without one, and for NULL.
    var fallback: String?
    /// nil for BINARY.
    var collation: String?
    /// The expression that it is computed by; nil for a column that is written.
    var generated: String?
}

struct SchemaIndex: Codable, Hashable, Sendable {
    /// nil for one that a constraint made.
    let name: String?
    /// Columns in lower case, or expressions, each with its collation where it is not BINARY.
    var parts: [String]
    /// The WHERE of a partial index.
    var predicate: String?
}

struct SchemaForeignKey: Codable, Hashable, Sendable {
    var columns: [String]
    var parent: String
    var parentColumns: [String]
    /// `NO ACTION`, `RESTRICT`, `CASCADE`, `SET NULL` or `SET DEFAULT`.
    var onDelete: String
    var onUpdate: String
    var isDeferred = false
}

struct SchemaCheck: Codable, Hashable, Sendable {
    let name: String?
    /// In canonical form.
    let text: String
}

struct SchemaView: Codable, Hashable, Sendable {
    let name: String
    let digest: String
}

struct SchemaTrigger: Codable, Hashable, Sendable {
    let name: String
    /// The table or view that it watches.
    let table: String
    let digest: String
    /// It can refuse a statement.
    let raises: Bool
    /// It changes data.
    let writes: Bool
    /// It stands in for writes to a view.
    let isInstead: Bool
}

/// Left out of the text is what most columns do not have: there are thousands of them.
extension SchemaColumn: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, type, required, fallback, collation, generated
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        name = try members.decode(String.self, forKey: .name)
        type = try members.decode(String.self, forKey: .type)
        isRequired = try members.decodeIfPresent(Bool.self, forKey: .required) ?? false
        fallback = try members.decodeIfPresent(String.self, forKey: .fallback)
        collation = try members.decodeIfPresent(String.self, forKey: .collation)
        generated = try members.decodeIfPresent(String.self, forKey: .generated)
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(name, forKey: .name)
        try members.encode(type, forKey: .type)
        if isRequired { try members.encode(true, forKey: .required) }
        try members.encodeIfPresent(fallback, forKey: .fallback)
        try members.encodeIfPresent(collation, forKey: .collation)
        try members.encodeIfPresent(generated, forKey: .generated)
    }
}
