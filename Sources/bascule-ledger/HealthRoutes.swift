internal import Foundation
internal import GRDB
internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// `/health`, as Bascule reads it, and `/`.
struct HealthRoutes: Sendable {
    let ledger: Ledger

    /// Keys as they are outside.
    private struct Health: ResponseEncodable {
        let status: String
        let migration: String
        let migrations: [String]
        let color: String
        let pid: Int32
    }

    private struct Greeting: ResponseEncodable {
        let name = "bascule-ledger"
        let color: String
        let schemaLevel: Int
        let pid: Int32
        /// This request included; streams are not counted.
        let inFlight: Int
    }

    func add(to router: some RouterMethods<LedgerContext>) {
        router.get("health") { request, context in try await health(request, context) }
        router.get("") { _, _ in
            Greeting(
                color: ledger.identity.color.rawValue, schemaLevel: ledger.identity.level,
                pid: ProcessInfo.processInfo.processIdentifier, inFlight: ledger.traffic.now)
        }
    }

    /// 200 while requests are served and the database can be read, else 503.
    private func health(_ request: Request, _ context: LedgerContext) async throws -> Response {
        let stage = await ledger.stage.name
        var status = stage.rawValue
        var isHealthy = stage == .serving
        if isHealthy {
            do {
                _ = try await ledger.store.read { database in
                    try Int.fetchOne(database, sql: #"SELECT COUNT(*) FROM "Categories""#)
                }
            } catch {
                context.logger.error("database not readable", metadata: ["error": "\(error)"])
                status = "Unhealthy"
                isHealthy = false
            }
        }
        let ids = ledger.identity.migrations.map(\.id)
        var response = try Health(
            status: status, migration: ids.last ?? "", migrations: ids,
            color: ledger.identity.color.rawValue,
            pid: ProcessInfo.processInfo.processIdentifier
        ).response(from: request, context: context)
        if !isHealthy { response.status = .serviceUnavailable }
        return response
    }
}
