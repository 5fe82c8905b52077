internal import GRDB
internal import Kernel

/// A write transaction on the live database: no checkpoint comes of it, and nothing is removed
/// under applications that have it open.
enum LiveWriting {
    /// Runs `body` in one transaction that has the write lock from its beginning.
    static func write<Value>(
        path: String, busyTimeout: Duration, _ body: (Database) throws -> Value
    ) throws -> Value {
        try LostFile.expectNone(of: path)
        let file = try SharedFile(at: path)
        guard case .readOnly = try file.opening(user: ThisProcess.userIdentifier) else {
            throw WorkFailure(.refused, "the folder of \(path) cannot be written")
        }
        let reader = try DatabaseQueue(
            path: file.identity.path, configuration: configuration(busyTimeout, isReadOnly: true))
        let result = Result {
            // It has to have read to be there when the writer closes.
            _ = try reader.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
            let writer = try DatabaseQueue(
                path: file.identity.path,
                configuration: configuration(busyTimeout, isReadOnly: false))
            let result = Result {
                try writer.writeWithoutTransaction { database in
                    var value: Value?
                    try database.inTransaction(.immediate) {
                        value = try body(database)
                        return .commit
                    }
                    return value
                }
            }
            // The reader goes last: a writer that closes last would checkpoint and remove the log.
            try writer.close()
            return try result.get()
        }
        try reader.close()
        guard let value = try result.get() else {
            throw WorkFailure(.failed, "the transaction gave no result")
        }
        return value
    }

    private static func configuration(
        _ busyTimeout: Duration, isReadOnly: Bool
    ) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(busyTimeout.inSeconds)
        configuration.foreignKeysEnabled = false
        configuration.label = "live"
        if !isReadOnly {
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA wal_autocheckpoint = 0")
                try database.execute(sql: "PRAGMA synchronous = FULL")
            }
        }
        return configuration
    }
}
