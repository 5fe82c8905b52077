internal import GRDB

/// The shared database: one writer and several readers in this process, and another process that
/// does the same.
struct Store: Sendable {
    /// How long a write waits for the other color's.
    static let busySeconds = 5.0

    let path: String
    private let pool: DatabasePool

    /// Opens the file, or makes it; sets WAL, so that readers and the writer do not wait for each
    /// other.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(Self.busySeconds)
        configuration.foreignKeysEnabled = true
        configuration.label = "ledger"
        configuration.prepareDatabase { database in
            // An acknowledged transaction outlives a power cut too.
            if !database.configuration.readonly {
                try database.execute(sql: "PRAGMA synchronous = FULL")
            }
        }
        self.path = path
        pool = try DatabasePool(path: path, configuration: configuration)
    }

    func read<Value: Sendable>(
        _ body: @Sendable @escaping (Database) throws -> Value
    ) async throws -> Value {
        try await pool.read(body)
    }

    /// One IMMEDIATE transaction: it waits for its turn at the beginning, so that it cannot fail
    /// with SQLITE_BUSY in the middle.
    func write<Value: Sendable>(
        _ body: @Sendable @escaping (Database) throws -> Value
    ) async throws -> Value {
        try await pool.write(body)
    }

    func close() throws { try pool.close() }
}
