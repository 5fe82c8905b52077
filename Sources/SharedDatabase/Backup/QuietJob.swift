internal import Control
internal import GRDB
internal import Kernel

/// Waits until nobody writes to a database any more: no process has had its write lock for a
/// while, and nobody has committed.
struct QuietJob {
    /// Between two looks: shorter than what SQLite needs for a commit that is synced.
    private static let lookMilliseconds = 5

    let path: String

    func run(for milliseconds: Int, limit: Int) throws -> DatabaseNotice {
        let end = Instant.now.advanced(byNanoseconds: UInt64(max(0, limit)) * 1_000_000)
        let enough = UInt64(max(0, milliseconds)) * 1_000_000
        let file = try SharedFile(at: path)
        guard case .readOnly = try file.opening(user: ThisProcess.userIdentifier) else {
            throw WorkFailure(.refused, "the folder of \(path) cannot be written")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(BackupCopy.busyTimeout.inSeconds)
        configuration.label = "quiet"
        let queue = try DatabaseQueue(path: file.identity.path, configuration: configuration)
        let result = Result {
            let writers = try Self.wait(queue, file.identity.path, enough, until: end)
            let facts = try queue.read { try DatabaseFacts(reading: $0) }
            return DatabaseNotice.quieted(writers: writers, facts: facts)
        }
        try queue.close()
        return try result.get()
    }

    /// Who writes where the time ran out; nil once it is quiet.
    private static func wait(
        _ queue: DatabaseQueue, _ path: String, _ enough: UInt64, until end: Instant
    ) throws -> String? {
        var since = Instant.now
        var version = try Self.version(queue)
        while true {
            let holders = LockHolders.writers(of: path)
            let now = try Self.version(queue)
            // Whoever cannot look cannot say that it is quiet.
            if !holders.areNone || now != version {
                since = .now
                version = now
            }
            if Instant.now.nanoseconds(since: since) >= enough { return nil }
            guard Instant.now < end else { return Writers.of(path).description }
            ThisProcess.pause(milliseconds: lookMilliseconds)
        }
    }

    /// https://sqlite.org/pragma.html#pragma_data_version
    private static func version(_ queue: DatabaseQueue) throws -> Int {
        try queue.inDatabase { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
    }
}
