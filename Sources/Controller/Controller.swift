internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Logging
internal import Settings

/// The role `controller`: decides which color serves, sees how the targets are, and answers the
/// control socket.
public enum Controller {
    /// Runs until the task is cancelled.
    ///
    /// Route words and targets are on the board, and the supervisor is told `ready`, before
    /// anything is answered. Throws what makes a start impossible: no control socket, or no
    /// journal while nothing is decided yet.
    public static func run(_ context: ControllerContext) async throws {
        let logger = context.logger
        Files.setCreationMask(0o077)
        let supervisor = SupervisorLink(context.supervisor)
        let journal = try openJournal(context)
        let workers = WorkerLinks(board: context.board, ends: context.workers)
        let jobs = context.jobs.enumerated().map {
            DatabaseJobs(service: $0.offset, channel: $0.element, supervisor: supervisor)
        }
        TicketRotation.begin(on: context.board)
        let hub = EventHub()
        let counts = await Self.counts(of: context.settings, journal)
        let book = CertificateBook(context.facts, logger: logger)
        let services = context.settings.services.indices.map { index in
            ServiceControl(
                parts(
                    of: index, context, workers: workers, journal: journal, hub: hub,
                    jobs: jobs[index], supervisor: supervisor, counts: counts, book: book))
        }
        let reloads = ReloadDesk(supervisor: supervisor, board: context.board)
        let socket = try ControlSocket.open(context.settings.control, logger: logger)
        let listener = socket.listener
        let plane = ControlPlane(
            settings: context.settings, book: book, reloads: reloads, version: context.version,
            board: context.board, services: services, workers: workers,
            journal: journal, hub: hub, counts: counts, supervisor: supervisor, started: .now)
        let server = APIServer(
            handler: APIHandler(plane: plane, logger: logger),
            permission: Permission(context.settings), logger: logger)
        let work = Task {
            await withDiscardingTaskGroup { group in
                for service in services {
                    for targets in service.parts.allTargets {
                        await targets.start()
                        group.addTask { await targets.run() }
                    }
                }
                group.addTask {
                    await listen(to: supervisor, services, jobs, book, reloads, logger)
                }
                group.addTask { await book.run() }
                group.addTask { await TicketRotation.run(on: context.board) }
                for service in services { await Recovery(service.parts).run() }
                for service in services {
                    let left = await Recovery(service.parts).leftDeploy()
                    if let left { await service.settle(left.entry, left.moment) }
                    group.addTask { await ServiceKeeper(service: service).run() }
                }
                workers.wakeAll()
                supervisor.ready()
                for service in services {
                    group.addTask { await service.parts.backups.run(service) }
                    if context.watchesSchema {
                        group.addTask { await SchemaWatch(service: service).run() }
                        group.addTask { await DatabaseCare.run(service) }
                    }
                }
                group.addTask { await server.serve(listener, .control) }
                if let admin = context.admin {
                    group.addTask { await server.serve(admin, .admin) }
                }
            }
        }
        await end(work, after: Farewell(services: services, hub: hub, server: server))
        // Whoever knocks now is refused at once. The admin listener is not ours alone.
        Socket.stopListening(socket.listener.descriptor.number)
    }

    /// Waits for the work, and ends it after the farewell where this task is cancelled.
    private static func end(_ work: Task<Void, Never>, after farewell: Farewell) async {
        await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            Task {
                await farewell.wait()
                work.cancel()
            }
        }
    }

    private static func counts(
        of settings: Settings, _ journal: JournalKeeper
    ) async -> OperationCounts {
        let past = await journal.state()
        return OperationCounts(
            Dictionary(
                uniqueKeysWithValues: settings.services.map { ($0.name, past.tally(of: $0.name)) }))
    }

    private static func parts(
        of index: Int, _ context: ControllerContext, workers: WorkerLinks,
        journal: JournalKeeper, hub: EventHub, jobs: DatabaseJobs, supervisor: SupervisorLink,
        counts: OperationCounts, book: CertificateBook
    ) -> ServiceParts {
        let settings = context.settings.services[index]
        let logger = context.logger
        func targets(_ color: Color) -> ColorTargets? {
            settings[color].map {
                ColorTargets(
                    $0, color: color, of: settings, index: index, board: context.board,
                    book: book, logger: logger)
            }
        }
        let schema = SchemaMemory(
            service: settings.name, version: context.version, journal: journal, jobs: jobs,
            logger: logger)
        return ServiceParts(
            index: index, settings: settings, board: context.board, workers: workers,
            journal: journal, hub: hub, blue: targets(.blue), green: targets(.green),
            gate: Gatekeeper(settings: settings.database, jobs: jobs, memory: schema),
            backups: BackupKeeper(), supervisor: supervisor, schema: schema, counts: counts,
            traffic: TrafficHistory(
                context.board, service: index,
                kept: max(settings.switchover.watch, TrafficHistory.keptMin)),
            logger: logger)
    }

    private static func openJournal(_ context: ControllerContext) throws -> JournalKeeper {
        let journal: JournalKeeper
        do throws(SystemError) {
            journal = try JournalKeeper(folder: context.settings.state)
        } catch {
            if error.operation == "journal.lock", error.errno == .busy {
                context.logger.error(
                    "another bascule uses \(context.settings.state): `state` is for one alone")
            }
            let isLiving = context.settings.services.indices.allSatisfy {
                context.board.route($0).isDecided
            }
            // With nothing decided there is no color to serve with; a living board has one.
            guard isLiving else { throw error }
            context.logger.error("no switch passes without the journal: \(error)")
            return JournalKeeper(unavailable: error)
        }
        switch journal.finding {
        case .recovered(let bytes):
            context.logger.notice("the journal's torn end, \(bytes) octets, was cut off")
        case .corrupt(let line, let reason):
            context.logger.error(
                "no switch passes: line \(line) of the journal: \(reason)",
                metadata: ["state": "\(context.settings.state)"])
        // One that was made knows no color, which is said of each service.
        case .made, .sound, nil: break
        }
        return journal
    }

    private static func listen(
        to supervisor: SupervisorLink, _ services: [ServiceControl], _ jobs: [DatabaseJobs],
        _ book: CertificateBook, _ reloads: ReloadDesk, _ logger: Logger
    ) async {
        var isStopping = false
        for await message in supervisor.messages() {
            switch message {
            case .databaseEnded(let service, let isClean) where jobs.indices.contains(service):
                await jobs[service].ended(isClean: isClean)
            case .workerEnded(let slot, let lost):
                logger.log(
                    level: lost > 0 || !isStopping ? .warning : .info,
                    "worker \(slot) ended; \(Counting.text(lost, "request")) lost with it")
            case .stopping:
                isStopping = true
                for service in services { await service.endHoldByHand() }
            case .reload(let question, let answer): await reloads.heard(answer, to: question)
            case .facts(let facts): book.replace(facts)
            case .databaseEnded, .other:
                logger.warning("the supervisor said something unknown: \(message)")
            }
        }
    }
}
