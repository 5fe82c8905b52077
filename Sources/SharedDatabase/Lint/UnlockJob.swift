internal import Control
internal import GRDB
internal import Kernel

/// What has to be so before a left-over lock is cleared, as far as the controller sees it.
public struct UnlockOrder: Codable, Hashable, Sendable {
    /// Targets that are healthy: each may have the database open in one process.
    public var healthyTargets: Int
    /// Why a color may be starting now; empty where none is.
    public var starting: [String]

    public init(healthyTargets: Int, starting: [String]) {
        self.healthyTargets = healthyTargets
        self.starting = starting
    }
}

/// Clears the row that a killed EF Core migration left in `__EFMigrationsLock`: with it every
/// later start of an application waits for ever.
///
/// Only when no color is starting, no process holds the write lock, and the row is older than ten
/// minutes: whoever is in the middle of a migration must not lose its lock.
struct UnlockJob {
    static let table = "__EFMigrationsLock"
    /// Older than any migration that somebody waits for.
    static let ageSecondsMin = 600

    let path: String
    let order: UnlockOrder

    func run(_ channel: borrowing WorkChannel) throws -> DatabaseNotice {
        try LostFile.expectNone(of: path)
        try channel.progress("look")
        guard try ageOfRow() != nil else { return .unlocked(nil) }
        try expectNobodyStarting()
        let writers = LockHolders.writers(of: path)
        guard writers.areNone else { throw Self.locked(path, writers) }
        return .unlocked(try clear())
    }

    /// A row's age in seconds; nil where there is no row.
    private func ageOfRow() throws -> Int? {
        let file = try SharedFile(at: path)
        let facts = try file.pin(busyTimeout: BackupCopy.busyTimeout) {
            try DatabaseFacts(reading: $0)
        }
        return try Self.lockRow(of: facts).map { try Self.age($0) }
    }

    private static func lockRow(of facts: DatabaseFacts) -> DirtyMarker? {
        facts.dirty.first {
            $0.kind == .lockRow && $0.name.asciiLowercased == table.asciiLowercased
        }
    }

    private static func age(_ row: DirtyMarker) throws -> Int {
        guard let age = row.ageSeconds else {
            throw WorkFailure(
                .refused, "the row in \(row.name) does not say when it was set",
                hint: "when no color is starting and no migration runs: delete it by hand")
        }
        guard age >= 0 else {
            throw WorkFailure(
                .refused,
                "the row in \(row.name) says that it was set \(-age) s from now: a clock is wrong",
                hint: "when no color is starting and no migration runs: delete it by hand")
        }
        guard age >= ageSecondsMin else {
            throw WorkFailure(
                .refused,
                "the row in \(row.name) was set \(age) s ago; expected at least "
                    + "\(ageSecondsMin) s, for a migration may be under way",
                hint: "wait; a migration that runs removes it by itself")
        }
        return age
    }

    private func expectNobodyStarting() throws {
        if let first = order.starting.first {
            throw WorkFailure(
                .refused, "a color is starting: \(first)",
                hint: "stop it, or wait until it is healthy, then run this command again")
        }
        let holders = FileHolders(of: try SharedFile(at: path).identity.path).strangers
        guard holders.count <= order.healthyTargets else {
            let names = holders.map { "\($0)" }.joined(separator: ", ")
            throw WorkFailure(
                .refused,
                "a color may be starting: the processes \(names) have \(path) open, for "
                    + Counting.text(order.healthyTargets, "healthy target"),
                hint: "stop the one that waits for the lock, then run this command again")
        }
    }

    private static func locked(_ path: String, _ writers: LockHolders) -> WorkFailure {
        WorkFailure(
            .refused, "\(writers) holds the write lock of \(path)",
            hint: "wait for it to end, then run this command again")
    }

    /// In one transaction that nobody can come in between.
    private func clear() throws -> Int {
        let age: Int
        do {
            age = try LiveWriting.write(path: path, busyTimeout: .zero) { database in
                let facts = try DatabaseFacts(reading: database)
                guard let row = Self.lockRow(of: facts) else { return 0 }
                let age = try Self.age(row)
                try database.execute(sql: "DELETE FROM \(row.name.asSQLName)")
                return age
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw Self.locked(path, LockHolders.writers(of: path))
        }
        return age
    }
}
