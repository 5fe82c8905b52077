/// What a CREATE TABLE statement says and no pragma tells: CHECK, COLLATE, generated columns,
/// AUTOINCREMENT, ON CONFLICT and deferred references
/// (https://sqlite.org/lang_createtable.html).
struct TableDefinition {
    private(set) var checks: [SchemaCheck] = []
    /// By column, in lower case.
    private(set) var collations: [String: String] = [:]
    private(set) var generated: [String: String] = [:]
    private(set) var isAutoincrement = false
    private(set) var conflicts: [String] = []
    /// The columns, joined by commas, of foreign keys that are checked at the commit.
    private(set) var deferred: Set<String> = []

    private let columns: Set<String>

    /// nil where the statement is not understood. `columns`: the table's, in lower case.
    init?(_ sql: String, columns: Set<String>) {
        self.columns = columns
        let tokens = SQLToken.all(in: sql)
        guard tokens.first?.isWord("create") == true,
            let start = tokens.firstIndex(where: { $0.isMark("(") }),
            let body = tokens.group(at: start)
        else { return nil }
        for item in Array(tokens[body].dropFirst().dropLast()).items {
            guard let first = item.first, first.isName else { return nil }
            let isConstraint =
                first.kind == .word
                && ["constraint", "primary", "unique", "check", "foreign"].contains(first.text)
            var reader = ItemReader(
                tokens: item, column: isConstraint ? nil : first.asName.asciiLowercased)
            read(&reader)
        }
        checks.sort { $0.text < $1.text }
        conflicts.sort()
    }

    /// One column with its constraints, or constraints of the table.
    private mutating func read(_ item: inout ItemReader) {
        if item.column != nil { item.position = 1 }
        while let token = item.token {
            guard token.kind == .word else {
                item.skip()
                continue
            }
            read(token.text, &item)
        }
    }

    private mutating func read(_ word: String, _ item: inout ItemReader) {
        item.position += 1
        switch word {
        case "constraint":
            item.constraintName = item.token?.asName
            item.position += 1
        case "check":
            let text = item.takeGroup().unwrapped.canonical(columns: columns)
            checks.append(SchemaCheck(name: item.constraintName, text: text))
            item.begin("check")
        case "collate":
            if let column = item.column, let name = item.token?.asName.asciiLowercased {
                collations[column] = name == "binary" ? nil : name
            }
            item.position += 1
        case "as":
            let text = item.takeGroup().unwrapped.canonical(columns: columns)
            if let column = item.column { generated[column] = text }
        case "default":
            // A sign and a number, a literal, a name, or an expression in parentheses.
            if item.token?.isMark("+") == true || item.token?.isMark("-") == true {
                item.position += 1
            }
            item.skip()
        case "references":
            item.position += 1
            if item.token?.isMark("(") == true { item.skip() }
            item.begin("references")
        case "foreign": item.begin("foreign", columns: item.keyColumns)
        case "primary": item.begin("primary", columns: item.keyColumns)
        case "unique": item.begin("unique", columns: item.keyColumns)
        case "not" where item.token?.isWord("null") == true: item.begin("not null")
        case "on": readOn(&item)
        case "autoincrement": isAutoincrement = true
        case "deferrable":
            // NOT DEFERRABLE cannot be deferred whatever comes after it.
            let isNot = item.position >= 2 && item.tokens[item.position - 2].isWord("not")
            let isDeferred =
                item.token?.isWord("initially") == true
                && item.token(after: 1)?.isWord("deferred") == true
            if !isNot, isDeferred { deferred.insert(item.foreignColumns) }
        case _: break
        }
    }

    /// `ON CONFLICT x` of a constraint, or `ON DELETE x` of a reference, which a pragma tells.
    private mutating func readOn(_ item: inout ItemReader) {
        guard item.token?.isWord("conflict") == true,
            let action = item.token(after: 1)?.text
        else { return }
        item.position += 2
        if action != "abort" { conflicts.append("\(item.constraint) \(action)") }
    }
}

/// A walk through one item of a CREATE TABLE's list.
private struct ItemReader {
    let tokens: [SQLToken]
    /// In lower case; nil in a constraint of the table.
    let column: String?
    var position = 0
    var constraintName: String?
    /// The constraint that an `ON CONFLICT` would belong to.
    private(set) var constraint = ""
    /// Of the foreign key under way.
    private(set) var foreignColumns = ""

    init(tokens: [SQLToken], column: String?) {
        self.tokens = tokens
        self.column = column
        foreignColumns = column ?? ""
    }

    var token: SQLToken? { token(after: 0) }

    func token(after count: Int) -> SQLToken? {
        position + count < tokens.count ? tokens[position + count] : nil
    }

    /// Past one token, or past all of a parenthesis.
    mutating func skip() {
        position = tokens.group(at: position)?.upperBound ?? position + 1
    }

    mutating func takeGroup() -> [SQLToken] {
        guard let range = tokens.group(at: position) else { return [] }
        position = range.upperBound
        return Array(tokens[range])
    }

    /// The columns of a key: those in the parentheses that follow, else the item's own.
    var keyColumns: String {
        guard let start = tokens[position...].firstIndex(where: { $0.isMark("(") }),
            column == nil, let range = tokens.group(at: start)
        else { return column ?? "" }
        return Array(tokens[range].dropFirst().dropLast()).items
            .compactMap { $0.first?.asName.asciiLowercased }.joined(separator: ",")
    }

    mutating func begin(_ kind: String, columns: String? = nil) {
        if kind == "foreign" { foreignColumns = columns ?? "" }
        constraint = "\(kind)(\(columns ?? column ?? constraintName ?? ""))"
        constraintName = nil
    }
}
