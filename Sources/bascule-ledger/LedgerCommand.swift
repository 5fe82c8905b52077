internal import ArgumentParser
internal import Logging

/// `bascule-ledger`: a small finance API on a shared SQLite file, blue or green by flag.
///
/// It behaves like the applications that Bascule stands before: it migrates by itself when it
/// starts, records that as EF Core does, tells its migrations in its health, and ends gracefully.
@main
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bascule-ledger",
        abstract: "A small finance API on a shared SQLite file, for demonstrations and tests.")

    @Option(help: "The color that answers carry: blue or green.")
    var color: LedgerColor = .blue

    @Option(help: "The address to listen at.")
    var address = "127.0.0.1"

    @Option(help: "The port to listen at; 0 takes a free one and prints it.")
    var port = 5001

    @Option(help: "The SQLite file; made where it is missing.")
    var database = "ledger.db"

    @Option(
        help: "How many of its migrations this version knows, from 1 to \(Migration.all.count).")
    var schemaLevel = Migration.all.count

    @Flag(inversion: .prefixedNo, help: "Apply what is missing when starting.")
    var migrate = true

    @Option(help: "A file that gets one line for each accepted transaction.")
    var log: String?

    func validate() throws {
        guard (1...Migration.all.count).contains(schemaLevel) else {
            throw ValidationError("--schema-level goes from 1 to \(Migration.all.count)")
        }
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port goes from 0 to 65535")
        }
    }

    func run() async throws {
        var logger = Logger(label: "bascule-ledger")
        logger[metadataKey: "color"] = "\(color.rawValue)"
        let ledger = Ledger(
            identity: LedgerIdentity(color: color, migrations: .known(level: schemaLevel)),
            store: try Store(path: database),
            accepted: try log.map { try AcceptedLog(path: $0, color: color) },
            logger: logger)
        try await ledger.serve(address: address, port: port, migrates: migrate)
    }
}

/// Which of the two versions this process is.
enum LedgerColor: String, Codable, CaseIterable, ExpressibleByArgument, Sendable {
    case blue, green
}
