internal import Foundation
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import UnixSignals

/// The application: its state, its routes, and its life from start to end.
struct Ledger: Sendable {
    /// Longest time from TERM to the end; what is still answering then is cut.
    static let shutdownSecondsMax: Int64 = 5

    let identity: LedgerIdentity
    let store: Store
    let accepted: AcceptedLog?
    let logger: Logger
    let stage = Stage()
    let traffic = Traffic()

    /// Serves until TERM or INT. The socket listens first, so that health can say "Starting" while
    /// migrations run.
    func serve(address: String, port: Int, migrates: Bool) async throws {
        let application = Application(
            router: router(),
            configuration: .init(
                address: .hostname(address, port: port), serverName: "bascule-ledger"),
            services: [StartAndStop(ledger: self, migrates: migrates)],
            onServerRunning: { channel in
                guard let address = channel.localAddress, let port = address.port else { return }
                let line = "bascule-ledger \(identity.color.rawValue) listening on port \(port)\n"
                // Unbuffered: whoever started this process waits for the line.
                FileHandle.standardOutput.write(Data(line.utf8))
            },
            logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [application], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(Self.shutdownSecondsMax)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            throw CutShort()
        }
        try store.close()
    }

    private func router() -> Router<LedgerContext> {
        let router = Router(context: LedgerContext.self)
        router.add(middleware: AnswerMiddleware(identity: identity, traffic: traffic))
        HealthRoutes(ledger: self).add(to: router)
        DiagnosticRoutes().add(to: router)
        let served = router.group().add(middleware: ReadyMiddleware(stage: stage))
        CategoryRoutes(ledger: self).add(to: served)
        TransactionRoutes(ledger: self).add(to: served)
        ReportRoutes(ledger: self).add(to: served)
        return router
    }
}

/// What this process tells of itself.
struct LedgerIdentity: Sendable {
    let color: LedgerColor
    /// The migrations that this version's code expects, oldest first.
    let migrations: [Migration]

    var level: Int { migrations.count }
}

/// Requests were still being answered when the time for a graceful end was over.
struct CutShort: Error, CustomStringConvertible {
    var description: String {
        "requests that took longer than \(Ledger.shutdownSecondsMax) s after the stop were cut"
    }
}

/// Migrates at the beginning, and says "Stopping" from the moment that the end is asked for.
private struct StartAndStop: Service {
    let ledger: Ledger
    let migrates: Bool

    func run() async throws {
        if migrates {
            try await Migrator(store: ledger.store, logger: ledger.logger)
                .apply(ledger.identity.migrations)
        }
        await ledger.stage.move(to: .serving)
        try await gracefulShutdown()
        await ledger.stage.move(to: .stopping)
    }
}

/// Where a ledger is in its life.
actor Stage {
    enum Name: String, Sendable {
        case starting = "Starting"
        case serving = "Healthy"
        case stopping = "Stopping"
    }

    private(set) var name = Name.starting

    func move(to next: Name) { name = next }
}
