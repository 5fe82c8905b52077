import Board
import Kernel

/// A role that runs.
struct Child {
    let role: Role
    let pid: Int32
    /// The number of a job with a channel of its own: its end is seen there, and told nobody.
    var job: UInt64?
}

extension Supervisor {
    /// How long the controller has for its own end: it waits for no request.
    private static let controllerStopNanoseconds: UInt64 = 1_000_000_000
    /// After the workers' own bound, before they are killed.
    private static let workerStopMarginNanoseconds: UInt64 = 500_000_000

    mutating func start(_ role: Role) {
        let (generation, environment) = nextStart(of: role)
        do {
            let pid = try ChildProcess.start(
                "supervisor.start", executable: ChildProcess.thisExecutable,
                arguments: ["bascule: \(role)"], environment: environment,
                descriptors: wiring.descriptors(of: role))
            children[pid] = Child(role: role, pid: pid)
            if case .worker(let slot) = role {
                wiring.board.claim(slot: slot, pid: pid, generation: generation)
            }
        } catch {
            // No process could be made: the others go on, and this one is tried again.
            log("\(role) could not be started: \(error)")
            startLater(role, now: .now)
        }
    }

    mutating func nextStart(of role: Role) -> (UInt32, [String]) {
        let generation = generations[role, default: 0] + 1
        generations[role] = generation
        let start = RoleStart(
            role: role, generation: generation, supervisor: ThisProcess.identifier)
        let environment =
            ThisProcess.environment(without: Systemd.variables + [RoleStart.variable])
            + ["\(RoleStart.variable)=\(start.text)"]
        return (generation, environment)
    }

    /// Starts the role `database` for one job, with the end of a channel that the controller has
    /// made for it: `job N NUMBER`, N the service. The controller sees at its own end when the job
    /// is gone, or could not be started.
    mutating func startJob(_ message: String, _ channel: consuming Descriptor) {
        let words = message.split(separator: " ")
        guard words.count == 3, words[0] == "job", let service = Int(words[1]),
            plan.services.indices.contains(service), let number = UInt64(words[2])
        else { return log("the controller asked for an unknown job: \(message)") }
        if isStopping { return }
        let role = Role.database(service: service, name: plan.services[service].name)
        let (_, environment) = nextStart(of: role)
        do {
            let pid = try ChildProcess.start(
                "supervisor.start", executable: ChildProcess.thisExecutable,
                arguments: ["bascule: \(role)"], environment: environment,
                descriptors: wiring.descriptors(ofJobOn: channel.number))
            children[pid] = Child(role: role, pid: pid, job: number)
        } catch {
            log("\(role) could not be started: \(error)")
        }
    }

    /// Kills the process of a job that stands still: `end-job NUMBER`. It may be gone already.
    func endJob(_ number: UInt64) {
        for child in children.values where child.job == number {
            log("\(child.role) (pid \(child.pid)) stands still and is killed")
            ChildProcess.send(.kill, to: child.pid)
        }
    }

    mutating func startPaused(now: Instant) {
        for (role, moment) in paused where moment <= now {
            paused[role] = nil
            start(role)
        }
    }

    mutating func reapAll() {
        while let reaped = ChildProcess.reap() {
            // As process 1 we are told of strangers too.
            guard let child = children.removeValue(forKey: reaped.pid) else { continue }
            ended(child, reaped.ending)
        }
    }

    private mutating func ended(_ child: Child, _ ending: ChildProcess.Ending) {
        switch child.role {
        case .worker(let slot):
            let lost = wiring.board.clear(slot: slot)
            wiring.controller.send("supervisor.tell", "worker-ended \(slot) \(lost)")
            if isStopping { return }
            wiring.board.countWorkerRestart()
            log("\(child.role) (pid \(child.pid)) ended: \(ending); in flight: \(lost)")
        case .controller:
            if isStopping { return }
            log("controller (pid \(child.pid)) ended: \(ending)")
            // One that never decided who serves had a reason that a restart does not mend.
            if case .starting = stage, case .exited(let code) = ending {
                exitCode = code == 0 ? 1 : code
                return stop(now: .now)
            }
        case .database(let service, _):
            if child.job != nil { return }
            wiring.controller.send("supervisor.tell", "database-ended \(service) \(ending)")
            return
        case .reader: return readerEnded(child.pid, ending)
        }
        startLater(child.role, now: .now)
    }

    private mutating func startLater(_ role: Role, now: Instant) {
        switch restarts[role, default: RestartPolicy()].died(at: now) {
        case .atOnce: start(role)
        case .after(let nanoseconds):
            paused[role] = now.advanced(byNanoseconds: nanoseconds)
            log("\(role) dies again and again: started in \(nanoseconds / 1_000_000) ms")
        }
    }

    // MARK: Stopping

    var isStopping: Bool {
        switch stage {
        case .starting, .serving: false
        case .stoppingWorkers, .stoppingController, .ended: true
        }
    }

    /// The first call lets requests finish; a second one ends everything.
    mutating func stop(now: Instant) {
        guard !isStopping else {
            killAll { _ in true }
            stage = .ended
            return
        }
        Systemd.notify("STOPPING=1")
        paused = [:]
        // The workers take what waits in the queues and then close their copies; with ours open
        // the kernel would go on queueing for nobody.
        wiring.listeners.closeAll()
        // It lets go what waits by hand, which the workers would otherwise wait for.
        wiring.controller.send("supervisor.tell", "stopping")
        for child in children.values where Self.isWorker(child.role) {
            ChildProcess.send(.terminate, to: child.pid)
        }
        stage = .stoppingWorkers(
            until: now.advanced(
                byNanoseconds: plan.drainNanoseconds + Self.workerStopMarginNanoseconds))
    }

    mutating func stopController(now: Instant) {
        for child in children.values { ChildProcess.send(.terminate, to: child.pid) }
        stage = .stoppingController(
            until: now.advanced(byNanoseconds: Self.controllerStopNanoseconds))
    }

    func isRunning(where matches: (Role) -> Bool) -> Bool {
        children.values.contains { matches($0.role) }
    }

    func killAll(where matches: (Role) -> Bool) {
        for child in children.values where matches(child.role) {
            ChildProcess.send(.kill, to: child.pid)
        }
    }

    static func isWorker(_ role: Role) -> Bool {
        switch role {
        case .worker: true
        case .controller, .database, .reader: false
        }
    }
}
