import Board
public import Kernel

/// The process that a person starts: it opens the sockets, makes the board, starts the roles, and
/// starts those again that die.
///
/// It does nothing that can fail often, for it is the one process that nobody replaces: no HTTP,
/// no TLS, no database. What a role holds is lost with the role; sockets, board and channels are
/// held here and outlive it.
public struct Supervisor: ~Copyable {
    /// Where it is in its life.
    enum Stage: Equatable {
        /// Until the controller has decided who serves and a worker accepts.
        case starting(controllerIsReady: Bool)
        case serving
        /// Workers were told to end; whoever is left at this moment is killed.
        case stoppingWorkers(until: Instant)
        case stoppingController(until: Instant)
        case ended
    }

    private enum Token {
        static let signals: UInt64 = 1
        static let controller: UInt64 = 2
        static let reader: UInt64 = 3
    }

    let plan: SupervisorPlan
    var wiring: Wiring
    var stage = Stage.starting(controllerIsReady: false)
    var children: [Int32: Child] = [:]
    var restarts: [Role: RestartPolicy] = [:]
    var generations: [Role: UInt32] = [:]
    /// Roles that wait to be started again.
    var paused: [Role: Instant] = [:]
    var reloading: Reloading
    /// What this process ends with.
    var exitCode: Int32 = 0
    private let signals: SignalReader
    private var poller: Poller

    /// Opens everything. Throws what could not be opened; nothing is left open then.
    public static func open(_ plan: SupervisorPlan) throws(SystemError) -> Supervisor {
        let signals = try SignalReader(
            "supervisor.signals", [.terminate, .interrupt, .hangup, .user1, .user2, .child, .pipe])
        for folder in plan.folders {
            try Folder.make(
                "supervisor.folder", folder.path, mode: folder.mode, owner: plan.owner)
        }
        let wiring = try Wiring.open(plan)
        let poller = try Poller("supervisor.poll", batch: 8)
        return Supervisor(plan, consume wiring, consume signals, consume poller)
    }

    private init(
        _ plan: SupervisorPlan, _ wiring: consuming Wiring, _ signals: consuming SignalReader,
        _ poller: consuming Poller
    ) {
        self.plan = plan
        reloading = Reloading(watching: plan.watch)
        self.wiring = wiring
        self.signals = signals
        self.poller = poller
    }

    /// Serves until it is told to stop. Returns the exit code of the process.
    public consuming func run() -> Int32 {
        ThisProcess.setTitle("bascule: supervisor")
        _ = poller.add(signals.descriptor.number, .readable, token: Token.signals)
        _ = poller.add(wiring.controller.descriptor.number, .readable, token: Token.controller)
        start(.controller)
        for slot in 0..<plan.workers { start(.worker(slot: slot)) }
        while stage != .ended {
            let count = poller.wait(milliseconds: patience)
            for index in 0..<count { handle(poller[index].token) }
            startPaused(now: .now)
            lookAtReloading(now: .now)
            advanceStage(now: .now)
        }
        return exitCode
    }

    private mutating func handle(_ token: UInt64) {
        if token == Token.controller {
            while var message = wiring.controller.receivePassed("supervisor.receive") {
                let text = String(decoding: message.octets, as: UTF8.self)
                if let channel = message.descriptor.take() {
                    startJob(text, channel)
                } else {
                    heard(text)
                }
            }
            return
        }
        if token == Token.reader { return hearReader() }
        while let signal = signals.next() {
            switch signal {
            case .terminate, .interrupt: stop(now: .now)
            case .child: reapAll()
            case .hangup: reload(for: .signal)
            case .user1: reopenLog()
            case .user2: log("USR2: upgrading is not served by this version yet")
            case .pipe, .kill, .stop, .resume: break
            }
        }
    }

    /// The end of a reader's channel; the poller forgets it when it is closed.
    mutating func watch(reader channel: CInt) {
        _ = poller.add(channel, .readable, token: Token.reader)
    }

    /// A message of the controller.
    private mutating func heard(_ message: String) {
        let words = message.split(separator: " ")
        switch words.first {
        case "ready": if case .starting = stage { stage = .starting(controllerIsReady: true) }
        case "stop": stop(now: .now)
        case "reload" where words.count == 2: reload(for: .controller(String(words[1])))
        case "end-job" where words.count == 2: UInt64(words[1]).map { endJob($0) }
        case "database":
            guard words.count == 2, let service = Int(words[1]),
                plan.services.indices.contains(service)
            else { return log("the controller asked for an unknown job: \(message)") }
            start(.database(service: service, name: plan.services[service].name))
        case _: log("the controller said something unknown: \(message)")
        }
    }

    /// Until something may have to be done without being told.
    private var patience: Int? {
        switch stage {
        case .starting, .stoppingWorkers, .stoppingController: return 5
        case .serving, .ended: break
        }
        let next = min(paused.values.min() ?? .never, reloading.next)
        return next == .never ? nil : Int(next.nanoseconds(since: .now) / 1_000_000) + 1
    }

    private mutating func advanceStage(now: Instant) {
        switch stage {
        case .starting(let controllerIsReady):
            let board = wiring.board
            let workers = 0..<plan.workers
            guard controllerIsReady, workers.contains(where: { board.slot($0).stage == .accepting })
            else { return }
            stage = .serving
            let addresses = wiring.addresses.map(\.description).joined(separator: ", ")
            ThisProcess.write("\(plan.banner) on \(addresses)\n", to: .standardOutput)
            Systemd.notify("READY=1")
        case .stoppingWorkers(let end):
            if !isRunning(where: Self.isWorker) {
                stopController(now: now)
            } else if now >= end {
                killAll(where: Self.isWorker)
                stopController(now: now)
            }
        case .stoppingController(let end):
            if children.isEmpty {
                stage = .ended
            } else if now >= end {
                killAll { _ in true }
                stage = .ended
            }
        case .serving, .ended: break
        }
    }

    func log(_ text: String) {
        ThisProcess.write("bascule: supervisor: \(text)\n")
    }
}
