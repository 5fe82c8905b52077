internal import Foundation
internal import GRDB
internal import Logging

/// Applies migrations and records them, statement by statement as EF Core 9 does on SQLite: a row
/// in `__EFMigrationsLock` while it works, a transaction a migration, `__EFMigrationsHistory`.
struct Migrator: Sendable {
    /// EF Core waits for the lock without end, and a lock that a crash left stops every start
    /// (dotnet/efcore#38958). This one gives up and says what to do.
    static let lockWaitMax = Duration.seconds(60)
    /// The version of EF Core whose records these are like.
    static let productVersion = "9.0.0"

    let store: Store
    let logger: Logger

    func apply(_ migrations: [Migration]) async throws {
        try await lock()
        do {
            try await applyMissing(of: migrations)
        } catch {
            try await unlock()
            throw error
        }
        try await unlock()
    }

    /// EF Core ignores what the database has beyond this code's migrations, and so does this.
    private func applyMissing(of migrations: [Migration]) async throws {
        let applied = try await store.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS "__EFMigrationsHistory" (
                        "MigrationId" TEXT NOT NULL
                            CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY,
                        "ProductVersion" TEXT NOT NULL
                    )
                    """)
            return try Set(
                String.fetchAll(
                    database, sql: #"SELECT "MigrationId" FROM "__EFMigrationsHistory""#))
        }
        for migration in migrations where !applied.contains(migration.id) {
            try await store.write { database in
                for statement in migration.statements { try database.execute(sql: statement) }
                try database.execute(
                    sql: """
                        INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
                        VALUES (?, ?)
                        """, arguments: [migration.id, Self.productVersion])
            }
            logger.info("migration applied", metadata: ["migration": "\(migration.id)"])
        }
    }

    private func lock() async throws {
        let deadline = ContinuousClock.now + Self.lockWaitMax
        var pause = Duration.milliseconds(100)
        while try await !takeLock() {
            guard ContinuousClock.now < deadline else { throw LeftOverLock(path: store.path) }
            logger.info("another process migrates; waiting")
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(5))
        }
    }

    private func takeLock() async throws -> Bool {
        let stamp = Self.timestamp(Date())
        return try await store.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" (
                        "Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY,
                        "Timestamp" TEXT NOT NULL
                    )
                    """)
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO "__EFMigrationsLock" ("Id", "Timestamp") VALUES (1, ?)
                    """, arguments: [stamp])
            return database.changesCount == 1
        }
    }

    private func unlock() async throws {
        try await store.write { database in
            try database.execute(sql: #"DELETE FROM "__EFMigrationsLock""#)
        }
    }

    /// `2024-01-15 09:30:00.123+00:00`, as EF Core writes a DateTimeOffset on SQLite.
    static func timestamp(_ date: Date) -> String {
        date.formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true)
                .year().month().day()
                .dateTimeSeparator(.space).time(includingFractionalSeconds: true)) + "+00:00"
    }
}

/// The lock outlived every migration that could be running.
struct LeftOverLock: Error, CustomStringConvertible {
    let path: String

    var description: String {
        "another process has held the migrations lock for "
            + "\(Migrator.lockWaitMax.components.seconds) s. If none is migrating, it was left by a crash; clear it with: "
            + "sqlite3 \(path) 'DELETE FROM \"__EFMigrationsLock\"'"
    }
}
