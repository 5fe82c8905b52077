/// What the gate says of a database and a target, by its words for a person.
public enum GateVerdict: String, Codable, Hashable, Sendable, CaseIterable {
    /// The database has exactly the migrations that the target knows.
    case match
    /// Nothing was ever stored in this database.
    case fresh
    /// The target would still migrate.
    case databaseBehind = "database-behind"
    /// The target is older than the database; passes only with a certificate.
    case databaseAhead = "database-ahead"
    /// The target knows a migration that is older than the newest applied one, and not applied.
    case outOfOrder = "out-of-order"
    /// Each side has migrations that the other one lacks.
    case diverged
    /// The same migrations as were recorded, on another schema: changed by hand, or a migration
    /// that was cut before it was written down.
    case drift
    /// A migration runs now, or one was cut and left something behind.
    case dirty
    /// The target was asked what it expects and stated nothing.
    case unstated
    /// There are tables and no history of migrations.
    case unmanaged
    /// There are tables, and the history of migrations is empty.
    case unbaselined
    /// Histories of more than one tool.
    case ambiguous
    /// Target, other color and Bascule do not hold the same file.
    case split
    /// Somebody kept the database locked for longer than the gate may wait.
    case locked
    /// SQLite says that the file is damaged, or is no database.
    case corrupt
    /// The file is missing, or this process may not read it as SQLite has to.
    case unreadable

    /// Whether traffic may go to the target. `isFirstDeploy`: no color has served before.
    public func passes(isFirstDeploy: Bool) -> Bool {
        switch self {
        case .match: true
        case .fresh: isFirstDeploy
        case .databaseBehind, .databaseAhead, .outOfOrder, .diverged, .drift, .dirty, .unstated,
            .unmanaged, .unbaselined, .ambiguous, .split, .locked, .corrupt, .unreadable:
            false
        }
    }
}
