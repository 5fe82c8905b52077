/// One table before and after.
struct TableComparison {
    let old: SchemaTable
    let new: SchemaTable
    /// Tables of the older schema, in lower case: what hangs on a new one touches no older code.
    let oldTables: Set<String>
    /// Columns that only the newer schema has, in lower case; renamed ones left out.
    private(set) var newColumns: Set<String> = []
    /// Columns that only the older schema has.
    private(set) var goneColumns: Set<String> = []
    private(set) var findings: [SchemaFinding] = []

    static func findings(
        from old: SchemaTable, to new: SchemaTable, oldTables: Set<String>
    ) -> [SchemaFinding] {
        guard old.digest != new.digest || old != new else { return [] }
        var comparison = TableComparison(old: old, new: new, oldTables: oldTables)
        comparison.compare()
        return comparison.findings
    }

    private init(old: SchemaTable, new: SchemaTable, oldTables: Set<String>) {
        self.old = old
        self.new = new
        self.oldTables = oldTables
    }

    mutating func add(
        _ verdict: SchemaFinding.Verdict, _ kind: SchemaChange, _ member: String? = nil,
        say sentence: String
    ) {
        findings.append(
            SchemaFinding(verdict, kind, [new.name] + (member.map { [$0] } ?? []), sentence))
    }

    private mutating func compare() {
        if old.options.contains(.virtual) || new.options.contains(.virtual) {
            if old.digest != new.digest {
                add(
                    .breaks, .virtualTableChanged,
                    say: "the virtual table \(new.name) was made with another statement")
            }
            return
        }
        if new.options.contains(.unread) || old.options.contains(.unread) {
            add(
                .warn, .tableUnread,
                say: "the statement of \(new.name) could not be taken apart, and it changed")
        }
        compareOptions()
        compareColumns()
        compareUniques()
        compareIndexes()
        compareChecks()
        compareForeignKeys()
        if old.conflicts != new.conflicts {
            add(
                .warn, .conflictChanged,
                say: "what \(new.name) does with a conflict went from \(list(old.conflicts)) to "
                    + list(new.conflicts))
        }
        noteRebuild()
    }

    private func list(_ clauses: [String]) -> String {
        clauses.isEmpty ? "the default" : clauses.joined(separator: ", ")
    }

    /// A table whose statement changed and that begins on another page was copied into a new one,
    /// as EF Core does where SQLite has no ALTER TABLE for a change.
    private mutating func noteRebuild() {
        guard old.digest != new.digest else { return }
        if old.rootPage > 0, new.rootPage > 0, old.rootPage != new.rootPage {
            let taken = findings.contains { $0.id.hasPrefix(SchemaChange.defaultRemoved.rawValue) }
            add(
                .safe, .tableRebuilt,
                say: "\(new.name) was copied into a new table of its name (a rebuild): what was "
                    + "written between copy and rename is lost"
                    + (taken ? ", and so are DEFAULTs that the model does not have" : ""))
        } else if findings.isEmpty {
            add(
                .safe, .tableRewritten,
                say: "the statement of \(new.name) is written otherwise, and says the same")
        }
    }

    private mutating func compareOptions() {
        func has(_ option: SchemaTable.Option) -> (old: Bool, new: Bool) {
            (old.options.contains(option), new.options.contains(option))
        }
        let strict = has(.strict)
        if strict.old != strict.new {
            add(
                .breaks, .strictChanged,
                say: strict.new
                    ? "\(new.name) is STRICT now: a value of another type than its column's fails"
                    : "\(new.name) is not STRICT any more: older code may read values of any type")
        }
        let rowless = has(.withoutRowid)
        if rowless.old != rowless.new {
            add(
                .breaks, .rowidChanged,
                say: rowless.new
                    ? "\(new.name) is WITHOUT ROWID now: statements that name the rowid fail, and "
                        + "no id is made by itself"
                    : "\(new.name) has a rowid now: what its primary key promised is another thing")
        }
        let before = old.primaryKey.map(\.asciiLowercased)
        if before != new.primaryKey.map(\.asciiLowercased)
            || (old.rowidAlias == nil) != (new.rowidAlias == nil)
        {
            add(
                .breaks, .primaryKeyChanged,
                say: "the primary key of \(new.name) went from \(key(old)) to \(key(new)): how "
                    + "rows are named, and ids made, is another thing")
        }
        let numbered = has(.autoincrement)
        if numbered.old != numbered.new {
            add(
                .warn, .autoincrementChanged,
                say: numbered.new
                    ? "\(new.name) has AUTOINCREMENT now: ids are never used again"
                    : "\(new.name) has no AUTOINCREMENT any more: the id of a deleted row may be "
                        + "given to a new one")
        }
    }

    private func key(_ table: SchemaTable) -> String {
        if table.primaryKey.isEmpty { return "none" }
        let alias = table.rowidAlias == nil ? "" : ", the rowid"
        return "(" + table.primaryKey.joined(separator: ", ") + ")" + alias
    }

    // MARK: Columns

    private mutating func compareColumns() {
        let gone = old.columns.enumerated().filter { new[$0.element.name] == nil }
        var added = new.columns.enumerated().filter { old[$0.element.name] == nil }
        for (position, column) in gone {
            goneColumns.insert(column.name.asciiLowercased)
            let twin = added.firstIndex {
                $0.offset == position
                    && $0.element.type.asciiLowercased == column.type.asciiLowercased
                    && $0.element.isRequired == column.isRequired && gone.count <= added.count
            }
            if let twin {
                let name = added.remove(at: twin).element.name
                add(
                    .breaks, .columnRenamed, column.name,
                    say: "\(new.name).\(column.name) is called \(name) now: statements that name "
                        + "it fail with \"no such column\"")
            } else {
                add(
                    .breaks, .columnDropped, column.name,
                    say: "\(new.name).\(column.name) is gone: statements that name it fail with "
                        + "\"no such column\", or read its name as text where it stands in double "
                        + "quotes")
            }
        }
        newColumns = Set(added.map(\.element.name.asciiLowercased))
        for (_, column) in added { addedColumn(column) }
        for column in old.columns {
            if let now = new[column.name] { compare(column, now) }
        }
        let common = old.columns.map(\.name.asciiLowercased).filter { new[$0] != nil }
        if common != new.columns.map(\.name.asciiLowercased).filter({ old[$0] != nil }) {
            add(
                .warn, .columnsReordered,
                say: "the columns of \(new.name) stand in another order: code that reads or "
                    + "inserts by position takes one for another")
        }
    }

    private mutating func addedColumn(_ column: SchemaColumn) {
        let name = "\(new.name).\(column.name)"
        if column.generated != nil {
            add(
                .safe, .columnAdded, column.name,
                say: "\(name) is new and computed: older code does not write it")
        } else if isDemanded(column) {
            add(
                .breaks, .columnAdded, column.name,
                say: "\(name) is new, NOT NULL and without a DEFAULT: every INSERT of older code "
                    + "fails")
        } else {
            add(
                .safe, .columnAdded, column.name,
                say: "\(name) is new: code that names its columns does not notice, and its rows "
                    + "get \(column.fallback ?? "NULL")")
        }
    }

    /// An INSERT that leaves it out fails.
    private func isDemanded(_ column: SchemaColumn) -> Bool {
        guard column.name != new.rowidAlias, column.generated == nil else { return false }
        let isKey =
            new.options.contains(.withoutRowid) && new.primaryKey.contains(column.name)
        return (column.isRequired || isKey) && column.fallback == nil
    }

    private mutating func compare(_ before: SchemaColumn, _ now: SchemaColumn) {
        compareKind(before, now)
        compareType(before, now)
        if before.collation != now.collation {
            add(
                .warn, .collationChanged, now.name,
                say: "the collation of \(new.name).\(now.name) went from "
                    + "\(before.collation ?? "binary") to \(now.collation ?? "binary"): order and "
                    + "equality of text are other ones")
        }
        guard before.generated == nil, now.generated == nil else { return }
        compareRequired(before, now)
        compareDefault(before, now)
    }

    private mutating func compareKind(_ before: SchemaColumn, _ now: SchemaColumn) {
        let name = "\(new.name).\(now.name)"
        switch (before.generated, now.generated) {
        case (nil, .some):
            add(
                .breaks, .columnGenerated, now.name,
                say: "\(name) is computed now: statements that write it fail with \"cannot INSERT "
                    + "into generated column\"")
        case (.some, nil):
            add(
                isDemanded(now) ? .breaks : .warn, .generatedDropped, now.name,
                say: "\(name) is not computed any more: rows of older code get "
                    + (isDemanded(now) ? "no value, and fail" : now.fallback ?? "NULL"))
        case (.some(let old), .some(let new)) where old != new:
            add(
                .warn, .generatedChanged, now.name,
                say: "\(name) is computed in another way: older code reads another meaning")
        case (.some, .some), (nil, nil): break
        }
    }

    private mutating func compareType(_ before: SchemaColumn, _ now: SchemaColumn) {
        let isStrict = new.options.contains(.strict)
        let (from, to) = (Affinity(before.type, isStrict), Affinity(now.type, isStrict))
        let name = "\(new.name).\(now.name)"
        if from != to {
            add(
                .breaks, .typeChanged, now.name,
                say: "the type of \(name) went from \(type(before)) to \(type(now)): values are "
                    + "stored as \(to.rawValue) instead of \(from.rawValue), which older code may "
                    + "not decode")
        } else if SQLToken.all(in: before.type).canonical()
            != SQLToken.all(in: now.type).canonical()
        {
            add(
                .warn, .typeRewritten, now.name,
                say: "the type of \(name) is written \(type(now)) instead of \(type(before)); "
                    + "values are stored as before")
        }
    }

    private func type(_ column: SchemaColumn) -> String {
        column.type.isEmpty ? "none" : column.type
    }

    private mutating func compareRequired(_ before: SchemaColumn, _ now: SchemaColumn) {
        let name = "\(new.name).\(now.name)"
        // The rowid is never NULL, whatever is written.
        guard before.isRequired != now.isRequired, now.name != new.rowidAlias,
            before.name != old.rowidAlias
        else { return }
        if now.isRequired {
            add(
                .breaks, .notNullAdded, now.name,
                say: "\(name) is NOT NULL now: older code that writes NULL fails, and NULLs that "
                    + "were there have been filled with something")
        } else {
            add(
                .warn, .notNullRemoved, now.name,
                say: "\(name) may be NULL now: older code does not expect that once newer code "
                    + "has written one")
        }
    }

    private mutating func compareDefault(_ before: SchemaColumn, _ now: SchemaColumn) {
        let name = "\(new.name).\(now.name)"
        guard before.fallback != now.fallback else { return }
        switch (before.fallback, now.fallback) {
        case (.some(let value), nil) where isDemanded(now):
            add(
                .breaks, .defaultRemoved, now.name,
                say: "\(name) lost its DEFAULT \(value) and is NOT NULL: an INSERT of older code "
                    + "that leaves it out fails")
        case (.some(let value), nil):
            add(
                .warn, .defaultRemoved, now.name,
                say: "\(name) lost its DEFAULT \(value): rows of older code that leave it out get "
                    + "NULL")
        case (nil, .some(let value)) where before.isRequired:
            add(
                .safe, .defaultAdded, now.name,
                say: "\(name) has the DEFAULT \(value) now; older code always gave a value")
        case (nil, let value):
            add(
                .warn, .defaultAdded, now.name,
                say: "\(name) has the DEFAULT \(value ?? "NULL") now: rows of older code that "
                    + "leave it out get that instead of NULL")
        case (.some(let from), .some(let to)):
            add(
                .warn, .defaultChanged, now.name,
                say: "the DEFAULT of \(name) went from \(from) to \(to): rows of older code that "
                    + "leave it out mean something else")
        }
    }
}

/// How SQLite stores what is written to a column of a declared type
/// (https://sqlite.org/datatype3.html section 3.1).
private enum Affinity: String {
    case integer, text, blob, real, numeric

    init(_ type: String, _ isStrict: Bool) {
        let type = type.asciiLowercased
        let has = { (part: String) in type.contains(part) }
        if has("int") {
            self = .integer
        } else if has("char") || has("clob") || has("text") {
            self = .text
        } else if has("blob") || type.isEmpty || isStrict && type == "any" {
            self = .blob
        } else if has("real") || has("floa") || has("doub") {
            self = .real
        } else {
            self = .numeric
        }
    }
}
