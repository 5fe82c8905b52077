internal import Control

/// What a page is made from.
struct DashboardContent: Sendable {
    /// Of a service's database.
    enum Backup: Sendable {
        case notConfigured
        /// None is known.
        case missing
        /// The moment that the newest one holds.
        case newest(Timestamp)
    }

    var status: Status
    /// One for each service.
    var backups: [Backup]
    /// Newest first.
    var operations: [HistoryEntry]
    var now: Timestamp
}
