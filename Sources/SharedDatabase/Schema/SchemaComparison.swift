/// What a change of schema does to code that was written for the older one: can it still read,
/// still write, still decode?
///
/// Judged from the two schemas alone, for that is all there is when an app migrates itself. What
/// it cannot see is a change of the data only (a unit, the words of an enumeration, the shape of
/// JSON).
public struct SchemaComparison {
    private let old: Schema
    private let new: Schema
    private var findings: [SchemaFinding] = []

    /// The changes on the way from `old` to `new`, the worst first; none for equal schemas.
    public static func findings(from old: Schema, to new: Schema) -> [SchemaFinding] {
        var comparison = SchemaComparison(old: old, new: new)
        comparison.compareTables()
        comparison.compareViews()
        comparison.compareTriggers()
        return (comparison.findings + findings(from: old.traits, to: new.traits)).ordered
    }

    private init(old: Schema, new: Schema) {
        self.old = old
        self.new = new
    }

    private mutating func add(
        _ verdict: SchemaFinding.Verdict, _ kind: SchemaChange, _ object: String...,
        say sentence: String
    ) {
        findings.append(SchemaFinding(verdict, kind, object, sentence))
    }

    // MARK: Tables

    private mutating func compareTables() {
        let before = Self.byName(old.tables, \.name)
        let after = Self.byName(new.tables, \.name)
        let views = Set(new.views.map(\.name.asciiLowercased))
        var added = new.tables.filter { before[$0.name.asciiLowercased] == nil }
        for table in old.tables {
            let name = table.name.asciiLowercased
            if let now = after[name] {
                findings += TableComparison.findings(
                    from: table, to: now, oldTables: Set(before.keys))
            } else if views.contains(name) {
                add(
                    .breaks, .tableBecameView, table.name,
                    say: "\(table.name) is a view now: reads go on, and every write to it fails "
                        + "unless a trigger stands in")
            } else if let twin = added.first(where: { Self.isTwin($0, of: table) }) {
                added.removeAll { $0.name == twin.name }
                add(
                    .breaks, .tableRenamed, table.name,
                    say: "\(table.name) is called \(twin.name) now: every statement that names it "
                        + "fails with \"no such table\"")
            } else {
                add(
                    .breaks, .tableDropped, table.name,
                    say: "\(table.name) is gone: every statement that names it fails with \"no "
                        + "such table\"")
            }
        }
        for table in added { addedTable(table) }
    }

    private mutating func addedTable(_ table: SchemaTable) {
        if old.views.contains(where: { $0.name.asciiLowercased == table.name.asciiLowercased }) {
            add(
                .warn, .viewBecameTable, table.name,
                say: "the view \(table.name) is a table now: what it shows no longer follows from "
                    + "other tables")
            return
        }
        add(
            .safe, .tableAdded, table.name,
            say: "\(table.name) is new: older code does not know it")
        let known = Set(old.tables.map(\.name.asciiLowercased))
        for key in table.foreignKeys where known.contains(key.parent.asciiLowercased) {
            add(
                .warn, .foreignKeyAdded, table.name, key.columns.joined(separator: ","),
                say: "the reference of \(table.name) (\(key.columns.joined(separator: ", "))) to "
                    + "\(key.parent) is new: deletes of older code in \(key.parent) meet ON DELETE "
                    + "\(key.onDelete) once \(table.name) has rows")
        }
    }

    /// The same columns under another name.
    private static func isTwin(_ candidate: SchemaTable, of table: SchemaTable) -> Bool {
        !table.columns.isEmpty
            && candidate.columns.map { [$0.name, $0.type].map(\.asciiLowercased) }
                == table.columns.map { [$0.name, $0.type].map(\.asciiLowercased) }
    }

    // MARK: Views and triggers

    private mutating func compareViews() {
        let before = Self.byName(old.views, \.name)
        let after = Self.byName(new.views, \.name)
        let tables = Set(new.tables.map(\.name.asciiLowercased))
        let oldTables = Set(old.tables.map(\.name.asciiLowercased))
        for view in old.views {
            let name = view.name.asciiLowercased
            if let now = after[name] {
                guard now.digest != view.digest else { continue }
                add(
                    .warn, .viewChanged, view.name,
                    say: "the view \(view.name) says something else: older code may read other "
                        + "columns or rows from it")
            } else if !tables.contains(name) {
                add(
                    .breaks, .viewDropped, view.name,
                    say: "the view \(view.name) is gone: every statement that names it fails")
            }
        }
        for view in new.views
        where before[view.name.asciiLowercased] == nil
            && !oldTables.contains(view.name.asciiLowercased)
        {
            add(
                .safe, .viewAdded, view.name,
                say: "the view \(view.name) is new: older code does not know it")
        }
    }

    private mutating func compareTriggers() {
        let before = Self.byName(old.triggers, \.name)
        let after = Self.byName(new.triggers, \.name)
        let present = Set((new.tables.map(\.name) + new.views.map(\.name)).map(\.asciiLowercased))
        let known = Set((old.tables.map(\.name) + old.views.map(\.name)).map(\.asciiLowercased))
        for trigger in old.triggers {
            if let now = after[trigger.name.asciiLowercased] {
                if now.digest != trigger.digest { changed(trigger, now) }
            } else if present.contains(trigger.table.asciiLowercased) {
                // With its table it would be gone too, and that is said of the table.
                lost(trigger)
            }
        }
        for trigger in new.triggers
        where before[trigger.name.asciiLowercased] == nil
            && known.contains(trigger.table.asciiLowercased)
        {
            added(trigger)
        }
    }

    private mutating func lost(_ trigger: SchemaTrigger) {
        let what =
            switch (trigger.isInstead, trigger.writes) {
            case (true, _): "writes to the view that it stood in for fail"
            case (false, true): "data that it kept up is not kept up any more"
            case (false, false): "what it refused is let in now"
            }
        add(
            trigger.isInstead || trigger.writes ? .breaks : .warn, .triggerLost, trigger.name,
            say: "the trigger \(trigger.name) on \(trigger.table) is gone: \(what)")
    }

    private mutating func added(_ trigger: SchemaTrigger) {
        let what =
            trigger.raises
            ? "it can refuse statements of older code" : "it acts on statements of older code too"
        add(
            trigger.raises ? .breaks : .warn, .triggerAdded, trigger.name,
            say: "the trigger \(trigger.name) on \(trigger.table) is new: \(what)")
    }

    private mutating func changed(_ trigger: SchemaTrigger, _ now: SchemaTrigger) {
        let refuses = now.raises && !trigger.raises
        let stops = trigger.writes && !now.writes
        let what =
            refuses
            ? "it can refuse statements of older code now"
            : stops ? "data that it kept up is not kept up any more" : "it does something else"
        add(
            refuses || stops ? .breaks : .warn, .triggerChanged, trigger.name,
            say: "the trigger \(trigger.name) on \(trigger.table) was changed: \(what)")
    }

    private static func byName<Item>(
        _ items: [Item], _ name: KeyPath<Item, String>
    ) -> [String: Item] {
        Dictionary(
            items.map { ($0[keyPath: name].asciiLowercased, $0) },
            uniquingKeysWith: { first, _ in first })
    }
}
