/// The kinds of change, by the first half of a finding's ID, with the way to do each in steps that
/// two versions of the code live with: expand first, contract when the older one will not return.
enum SchemaChange: String, CaseIterable {
    case tableAdded = "table-added"
    case tableDropped = "table-dropped"
    case tableRenamed = "table-renamed"
    case tableBecameView = "table-became-view"
    case tableRebuilt = "table-rebuilt"
    case tableRewritten = "table-rewritten"
    case tableUnread = "table-unread"
    case virtualTableChanged = "virtual-table-changed"
    case strictChanged = "strict-changed"
    case rowidChanged = "rowid-changed"
    case columnAdded = "column-added"
    case columnDropped = "column-dropped"
    case columnRenamed = "column-renamed"
    case columnsReordered = "columns-reordered"
    case columnGenerated = "column-generated"
    case generatedChanged = "generated-changed"
    case generatedDropped = "generated-dropped"
    case typeChanged = "type-changed"
    case typeRewritten = "type-rewritten"
    case notNullAdded = "not-null-added"
    case notNullRemoved = "not-null-removed"
    case defaultAdded = "default-added"
    case defaultRemoved = "default-removed"
    case defaultChanged = "default-changed"
    case collationChanged = "collation-changed"
    case primaryKeyChanged = "primary-key-changed"
    case autoincrementChanged = "autoincrement-changed"
    case uniqueAdded = "unique-added"
    case uniqueRemoved = "unique-removed"
    case indexAdded = "index-added"
    case indexRemoved = "index-removed"
    case checkAdded = "check-added"
    case checkRemoved = "check-removed"
    case checkTightened = "check-tightened"
    case checkLoosened = "check-loosened"
    case foreignKeyAdded = "foreign-key-added"
    case foreignKeyRemoved = "foreign-key-removed"
    case foreignKeyChanged = "foreign-key-changed"
    case conflictChanged = "conflict-clause-changed"
    case triggerAdded = "trigger-added"
    case triggerLost = "trigger-lost"
    case triggerChanged = "trigger-changed"
    case viewAdded = "view-added"
    case viewDropped = "view-dropped"
    case viewChanged = "view-changed"
    case viewBecameTable = "view-became-table"
    case pageSizeChanged = "page-size-changed"
    case encodingChanged = "encoding-changed"
    case autoVacuumChanged = "auto-vacuum-changed"
    case userVersionChanged = "user-version-changed"
    case applicationIDChanged = "application-id-changed"
    // What only a lint finds.
    case leftHalfDone = "left-half-done"
    case historyLost = "history-lost"
    // What only a rehearsal finds.
    case oldReadFails = "old-read-fails"
    case oldUpdateFails = "old-update-fails"
    case oldDeleteFails = "old-delete-fails"
    case oldInsertFails = "old-insert-fails"
    case foreignKeysBroken = "foreign-keys-broken"
    case rowsChanged = "rows-changed"

    /// What to do instead, or about it.
    var remedy: String {
        switch self {
        case .tableAdded, .tableRewritten, .indexAdded, .indexRemoved, .viewAdded, .tableRebuilt:
            ""
        case .tableDropped, .columnDropped, .viewDropped:
            "leave it where it is now, and drop it in a later deploy, when no version that names "
                + "it may come back"
        case .tableRenamed, .tableBecameView:
            "keep the old name as well: a view with INSTEAD OF triggers, or the new table filled "
                + "by triggers from the old one, until the older version is gone"
        case .columnRenamed:
            "add the new column beside the old one, keep both filled (by triggers or by the code), "
                + "and drop the old one in a later deploy"
        case .tableUnread, .virtualTableChanged, .viewBecameTable:
            "read both statements, and take it on yourself where the older code lives with both"
        case .strictChanged, .rowidChanged, .primaryKeyChanged, .typeChanged:
            "make a new table or column of the new kind beside the old one, keep both filled, move "
                + "the readers over, and drop the old one in a later deploy"
        case .columnAdded:
            "add it nullable or with a DEFAULT; require it in a later deploy"
        case .columnsReordered:
            "leave the order, or see that no code reads or inserts by position"
        case .columnGenerated, .generatedChanged, .generatedDropped:
            "add a column of another name for the new meaning, and drop the old one later"
        case .typeRewritten, .notNullRemoved, .defaultAdded, .defaultChanged, .collationChanged,
            .autoincrementChanged, .conflictChanged:
            "see that the older code lives with both; then accept it"
        case .notNullAdded:
            "leave it nullable while a version that may write NULL can come back; fill the gaps, "
                + "and require it in a later deploy"
        case .defaultRemoved:
            "put the DEFAULT back (EF Core: HasDefaultValue in the model, since a rebuild of the "
                + "table keeps only what the model says)"
        case .uniqueAdded:
            "have the code keep it unique first; add the index when no version that does not may "
                + "come back"
        case .uniqueRemoved:
            "keep it until the older version is gone; duplicates written meanwhile stand in its way"
        case .checkAdded, .checkTightened:
            "have the code keep to it first; add the CHECK in a later deploy"
        case .checkRemoved, .checkLoosened:
            "write no value that the older code does not know until it is gone"
        case .foreignKeyAdded, .foreignKeyRemoved, .foreignKeyChanged:
            "have the code keep to it first; change the constraint in a later deploy"
        case .triggerAdded:
            "see what it does to the older code's statements; add it when that code is gone"
        case .triggerLost, .triggerChanged:
            "make it again (EF Core's rebuild of a table drops its triggers: add them to the "
                + "migration with migrationBuilder.Sql)"
        case .viewChanged:
            "give the new view a new name, and drop the old one in a later deploy"
        case .pageSizeChanged, .encodingChanged, .autoVacuumChanged:
            "older backups do not go back into this file in place: make a new one"
        case .oldReadFails, .oldUpdateFails, .oldDeleteFails, .oldInsertFails:
            "split the migration: first what the older code lives with, the rest in a later deploy"
        case .leftHalfDone:
            "have the migration end what it begins, in one transaction"
        case .historyLost:
            "leave the history to the migration tool"
        case .foreignKeysBroken:
            "mend the references in the migration, or accept it"
        case .rowsChanged:
            "see that the older code reads the new values as well; then accept it"
        case .userVersionChanged, .applicationIDChanged:
            "see that the older code does not look at this number; then accept it"
        }
    }
}
