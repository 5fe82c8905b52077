/// Keys, checks and references of one table.
extension TableComparison {
    // MARK: Indexes

    mutating func compareUniques() {
        for index in new.uniques where !old.uniques.contains(where: { Self.same($0, index) }) {
            let parts = index.parts.joined(separator: ", ")
            let label = index.name ?? index.parts.joined(separator: ",")
            if let column = index.parts.first(where: alwaysNull) {
                add(
                    .safe, .uniqueAdded, label,
                    say: "(\(parts)) of \(new.name) is unique; rows of older code leave "
                        + "\(column) NULL, which equals nothing")
            } else if old.uniques.contains(where: { Self.implies($0, index) })
                || Self.implies(primaryKey, index)
            {
                add(
                    .safe, .uniqueAdded, label,
                    say: "(\(parts)) of \(new.name) is unique, as a part of it has always been")
            } else {
                let part = index.predicate.map { " where \($0)" } ?? ""
                add(
                    .breaks, .uniqueAdded, label,
                    say: "(\(parts)) of \(new.name) must be unique now\(part): older code that "
                        + "writes a second one fails")
            }
        }
        for index in old.uniques where !new.uniques.contains(where: { Self.same($0, index) }) {
            if index.parts.contains(where: { goneColumns.contains($0) }) { continue }
            add(
                .warn, .uniqueRemoved, index.name ?? index.parts.joined(separator: ","),
                say: "(\(index.parts.joined(separator: ", "))) of \(new.name) need not be unique "
                    + "any more: an upsert of older code on it fails, and duplicates may appear")
        }
    }

    mutating func compareIndexes() {
        for index in new.indexes where !old.indexes.contains(where: { Self.same($0, index) }) {
            add(
                .safe, .indexAdded, index.name ?? index.parts.joined(separator: ","),
                say: "\(new.name) has a new index on (\(index.parts.joined(separator: ", ")))")
        }
        for index in old.indexes where !new.indexes.contains(where: { Self.same($0, index) }) {
            add(
                .safe, .indexRemoved, index.name ?? index.parts.joined(separator: ","),
                say: "an index of \(new.name) on (\(index.parts.joined(separator: ", "))) is "
                    + "gone: what it made quick is slower")
        }
    }

    private var primaryKey: SchemaIndex {
        SchemaIndex(name: nil, parts: new.primaryKey.map(\.asciiLowercased), predicate: nil)
    }

    private static func same(_ left: SchemaIndex, _ right: SchemaIndex) -> Bool {
        left.parts == right.parts && left.predicate == right.predicate
    }

    /// What is unique by some of its parts is unique by all.
    private static func implies(_ known: SchemaIndex, _ index: SchemaIndex) -> Bool {
        known.predicate == nil && !known.parts.isEmpty
            && Set(known.parts).isSubset(of: index.parts)
    }

    /// A new column that rows of older code leave NULL.
    private func alwaysNull(_ part: String) -> Bool {
        guard newColumns.contains(part), let column = new[part] else { return false }
        return column.fallback == nil && column.generated == nil && !column.isRequired
    }

    // MARK: Checks

    mutating func compareChecks() {
        let kept = Set(old.checks.map(\.text)).intersection(new.checks.map(\.text))
        var gone = old.checks.filter { !kept.contains($0.text) }
        for check in new.checks where !kept.contains(check.text) {
            let label = check.name ?? String(Schema.digest(check.text).prefix(8))
            let before = gone.firstIndex {
                ($0.name != nil && $0.name == check.name)
                    || CheckBounds.isLoosened($0.text, check.text) != nil
            }
            if let before {
                let was = gone.remove(at: before).text
                if CheckBounds.isLoosened(was, check.text) == true {
                    add(
                        .warn, .checkLoosened, label,
                        say: "\(new.name) takes more than before (CHECK \(check.text), was "
                            + "\(was)): older code may read a value that it does not know")
                } else {
                    add(
                        .breaks, .checkTightened, label,
                        say: "\(new.name) has another CHECK (\(check.text), was \(was)): older "
                            + "code that writes what it forbids fails")
                }
            } else {
                added(check, label)
            }
        }
        for check in gone {
            let words = SQLToken.all(in: check.text).map(\.text)
            if words.contains(where: { goneColumns.contains($0) }) { continue }
            add(
                .warn, .checkRemoved, check.name ?? String(Schema.digest(check.text).prefix(8)),
                say: "the CHECK \(check.text) of \(new.name) is gone: older code may read a value "
                    + "that it does not know")
        }
    }

    private mutating func added(_ check: SchemaCheck, _ label: String) {
        let read = columns(behind: check.text)
        let rule = "\(new.name) has the CHECK \(check.text)"
        guard !read.isEmpty, read.isSubset(of: newColumns) else {
            add(
                .breaks, .checkAdded, label,
                say: "\(rule) now: older code that writes what it forbids fails")
            return
        }
        let parts = new.columns.filter { read.contains($0.name.asciiLowercased) }
        switch CheckTrial.run(check, on: parts) {
        case .passes:
            add(
                .warn, .checkAdded, label,
                say: "\(rule) on new columns: what rows of older code get there passes it")
        case .fails:
            add(
                .breaks, .checkAdded, label,
                say: "\(rule) on new columns: what rows of older code get there does not pass it, "
                    + "and every INSERT of older code fails")
        case .unknown:
            add(
                .warn, .checkAdded, label,
                say: "\(rule) on new columns: the values that rows of older code get there have "
                    + "to pass it, which could not be tried")
        }
    }

    /// The columns that an expression reads, in lower case; also by way of computed ones.
    private func columns(behind text: String) -> Set<String> {
        let known = Set(new.columns.map(\.name.asciiLowercased))
        var found: Set<String> = []
        var texts = [text]
        while let next = texts.popLast() {
            let words = Set(SQLToken.all(in: next).map(\.text)).intersection(known)
            for name in words.subtracting(found) {
                found.insert(name)
                if let rule = new[name]?.generated { texts.append(rule) }
            }
        }
        return found
    }

    // MARK: References

    mutating func compareForeignKeys() {
        for key in new.foreignKeys {
            let before = old.foreignKeys.first { Self.same($0, key) }
            if let before { compare(before, key) } else { added(key) }
        }
        for key in old.foreignKeys where !new.foreignKeys.contains(where: { Self.same($0, key) }) {
            let columns = key.columns.map(\.asciiLowercased)
            if columns.contains(where: { goneColumns.contains($0) }) { continue }
            add(
                .warn, .foreignKeyRemoved, key.columns.joined(separator: ","),
                say: "\(describe(key)) is gone: rows may point nowhere, and what older code left "
                    + "to ON DELETE \(key.onDelete) is not done")
        }
    }

    private mutating func added(_ key: SchemaForeignKey) {
        let label = key.columns.joined(separator: ",")
        guard key.columns.contains(where: { alwaysNull($0.asciiLowercased) }) else {
            add(
                .breaks, .foreignKeyAdded, label,
                say: "\(describe(key)) is new: older code that writes a row without its parent "
                    + "fails (where foreign_keys is on), and so may its deletes there")
            return
        }
        let isParentOld = oldTables.contains(key.parent.asciiLowercased)
        add(
            isParentOld ? .warn : .safe, .foreignKeyAdded, label,
            say: "\(describe(key)) is new, on a column that older code leaves NULL"
                + (isParentOld
                    ? "; its deletes in \(key.parent) meet ON DELETE \(key.onDelete)" : ""))
    }

    private mutating func compare(_ before: SchemaForeignKey, _ now: SchemaForeignKey) {
        let label = now.columns.joined(separator: ",")
        let isChecked = { (action: String) in action == "NO ACTION" || action == "RESTRICT" }
        for (name, from, to) in [
            ("DELETE", before.onDelete, now.onDelete), ("UPDATE", before.onUpdate, now.onUpdate),
        ] where from != to {
            // To forbid later or at once is the same to a statement of its own.
            let fails = !isChecked(from) && isChecked(to)
            add(
                fails ? .breaks : .warn, .foreignKeyChanged, label,
                say: "ON \(name) of \(describe(now)) went from \(from) to \(to): "
                    + (fails
                        ? "older code whose \(name.lowercased())s relied on it fails"
                        : "older code keeps or loses other rows than it thinks"))
        }
        guard before.isDeferred != now.isDeferred else { return }
        add(
            now.isDeferred ? .warn : .breaks, .foreignKeyChanged, label,
            say: now.isDeferred
                ? "\(describe(now)) is checked at the commit now, not at the statement"
                : "\(describe(now)) is checked at each statement now: older code that writes the "
                    + "child first fails")
    }

    private static func same(_ left: SchemaForeignKey, _ right: SchemaForeignKey) -> Bool {
        let names = { (key: SchemaForeignKey) in
            [key.columns, [key.parent], key.parentColumns].map { $0.map(\.asciiLowercased) }
        }
        return names(left) == names(right)
    }

    private func describe(_ key: SchemaForeignKey) -> String {
        "the reference of \(new.name) (\(key.columns.joined(separator: ", "))) to \(key.parent)"
    }
}
