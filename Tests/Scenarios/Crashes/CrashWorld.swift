import Board
import Control
import Kernel

/// Bascule before two apps, with clients at work, whose controller stops itself at named steps of
/// every switch. There a fault is applied, and what comes of it is judged.
final class CrashWorld {
    private let configuration: Configuration
    private let folder: Scratch
    private let ledger = CrashLedger()
    private let bascule: Bascule
    private let walkers: Walkers
    private let stream: StreamClient
    /// nil for a service without one.
    private let database: CrashDatabase?
    private var apps: [Color: ScriptedUpstream]
    private var active = Color.blue
    private var episodes = 0
    /// Requests that were broken in episodes where that may be.
    private var failuresKnown = 0

    /// At every one of these steps the controller stops.
    init(stoppingAt steps: [CrashStep], walkers count: Int = 4) throws {
        folder = try Scratch()
        // They die and come back to the same port.
        let ledger = ledger
        let blue = try FreePort.lasting { try ScriptedUpstream(port: $0, ledger.behaviour(.blue)) }
        let green = try FreePort.lasting {
            try ScriptedUpstream(port: $0, ledger.behaviour(.green))
        }
        apps = [.blue: blue, .green: green]
        var service = Configuration.Service()
        service.blue = [blue.address.description]
        service.green = [green.address.description]
        service.switchover.append("stream_grace: 30ms")
        database = steps.contains(where: \.needsDatabase) ? try CrashDatabase(in: folder) : nil
        service.database = database?.keys ?? []
        configuration = Configuration([service])
        let faults = steps.map { "\($0.name)=stop" }.joined(separator: ",")
        bascule = try Bascule(
            configuration, wrapper: ["/usr/bin/env", "BASCULE_FAULTS=\(faults)"], folder: folder)
        try bascule.waitForHealth()
        walkers = Walkers(count, to: bascule.address)
        stream = StreamClient(to: bascule.address)
    }

    /// One switch to the other color. Its controller is let through so many stops, and the fault
    /// is applied at the next one. Returns what is not as it has to be.
    func episode(
        _ fault: CrashFault, at step: CrashStep, afterStops stops: Int = 0,
        mode: SwitchMode = .handover
    ) throws -> [String] {
        let before = active
        let target = before.other
        let slow = step == .drain && fault != .oldColorDies ? try startSlow() : nil
        let bothBusy = ledger.bothBusy
        let controller = try bascule.pid(of: "controller")
        try stream.waitForEvent(from: before)
        let command = try bascule.start(
            [
                "switch", target.name, "--json", "--mode", mode.rawValue,
                "--watch", step == .watch ? "200ms" : "0s",
            ] + step.limits(fault, mode))
        for _ in 0..<stops where try waitForStop(of: controller, or: command) != nil {
            ChildProcess.send(.resume, to: controller)
        }
        let stopped = try waitForStop(of: step.isInJob ? nil : controller, or: command)
        if let stopped { try apply(fault, step, stopped, command, target) }
        ledger.slow.reach(episodes)
        // From here on it is let through wherever it stops.
        let resumer = Resumer { [bascule] in
            guard step.isInJob else { return [controller] }
            return fault == .jobStopped ? [] : bascule.jobs
        }
        defer { resumer.end() }
        let ended = try Command(command)
        if fault == .jobStopped { bascule.jobs.forEach { ChildProcess.send(.resume, to: $0) } }
        try repair(fault, before, isApplied: stopped != nil)
        let acknowledged = Instant.now
        if let slow { _ = try? slow.readAnswer() }
        return try judge(fault, ended, before, target, acknowledged)
            + (mode == .handover && !fault.mayLeaveWorkBehind && ledger.bothBusy > bothBusy
                ? ["both colors were at work"] : [])
            + (fault.codes(at: step).contains(ended.code) || mode == .overlap || stops > 0
                ? [] : ["exit code \(ended.code): \(ended.errors)\(ended.output)"])
    }

    /// Ends it: everything is back at zero, and the journal says what the board said.
    func end() throws -> [String] {
        try walkers.stop()
        try stream.stop()
        var wrong = try database?.judge(bascule) ?? []
        try Wait.until("all counts are zero") {
            let service = try bascule.service()
            return service.held == 0
                && service.colors.allSatisfy { $0.inFlight == 0 && $0.streams == 0 }
        }
        if !ledger.duplicates.isEmpty { wrong.append("sent twice: \(ledger.duplicates)") }
        try bascule.stop()
        let next = try Bascule(configuration, folder: folder)
        let known = try next.service().active
        if known != active { wrong.append("the journal says \(known), the board said \(active)") }
        return wrong
    }

    // MARK: An episode

    /// A request that the old color works on until it is let go.
    private func startSlow() throws -> RawConnection {
        episodes += 1
        let client = try bascule.connect()
        try client.send(
            RawConnection.request("POST", "/slow-\(episodes)", ["Content-Length: 2"]) + "ok")
        let path = "/slow-\(episodes)"
        try Wait.until("the app is at work") { ledger.hasSeen(path) }
        return client
    }

    /// The process that stands still at a step: the controller, or without one a job on the
    /// database; nil where the command has ended before.
    private func waitForStop(of controller: Int32?, or command: Program) throws -> Int32? {
        try Wait.forValue("the controller or a job stops, or the command ends") { () -> Int32?? in
            let pids = controller.map { [$0] } ?? bascule.jobs
            if let pid = pids.first(where: ProcessFacts.isStopped) { return .some(pid) }
            return command.isRunning ? nil : .some(nil)
        }
    }

    private func apply(
        _ fault: CrashFault, _ step: CrashStep, _ stopped: Int32, _ command: Program,
        _ target: Color
    ) throws {
        switch fault {
        case .jobKilled: ChildProcess.send(.kill, to: stopped)
        case .jobStopped: break
        case .workerKilled:
            let worker = try bascule.pid(of: "worker 0")
            ChildProcess.send(.kill, to: worker)
            try Wait.until("worker 0 is back") {
                bascule.roles.contains { $0.title == "bascule: worker 0" && $0.pid != worker }
            }
        case .workerStopped: ChildProcess.send(.stop, to: try bascule.pid(of: "worker 0"))
        case .controllerKilled:
            ChildProcess.send(.kill, to: step.isInJob ? try bascule.pid(of: "controller") : stopped)
        case .controllerStopped:
            // Nobody is held beyond the deadline, although nobody is left to end the hold.
            if step.isHeld { try walkers.wait(for: 2 * walkers.count, since: .now) }
        case .commandKilled: command.kill()
        case .oldColorDies: try apps[target.other]?.stop()
        case .newColorDies: try apps[target]?.stop()
        }
    }

    /// Everybody is back, and no operation is under way.
    private func repair(_ fault: CrashFault, _ before: Color, isApplied: Bool) throws {
        switch fault {
        case .workerStopped: ChildProcess.send(.resume, to: try bascule.pid(of: "worker 0"))
        // A command that ended before its step has left everybody alive.
        case .oldColorDies: if isApplied { try revive(before) }
        case .newColorDies: if isApplied { try revive(before.other) }
        case .workerKilled, .controllerKilled, .controllerStopped, .commandKilled, .jobKilled,
            .jobStopped:
            break
        }
        try Wait.until("no operation is under way") {
            let command = try bascule.run("status", "--json")
            guard command.code == 0 else { return false }
            let service = try command.answer(Status.self).services[0]
            return service.operation == nil && service.phase == .open
                && service.colors.allSatisfy(\.healthy)
        }
    }

    private func revive(_ color: Color) throws {
        guard let port = apps[color]?.address.port else { return }
        // A process that is being started by another thread has the old listener until its exec.
        apps[color] = try Wait.forValue("the port of \(color)") {
            try app(color, at: port)
        }
    }

    /// nil while the port is taken.
    private func app(_ color: Color, at port: UInt16) throws -> ScriptedUpstream? {
        do {
            return try ScriptedUpstream(port: port, ledger.behaviour(color))
        } catch let error as SystemError where error.errno == .addressInUse {
            return nil
        }
    }

    // MARK: Judging

    private func judge(
        _ fault: CrashFault, _ ended: Command, _ before: Color, _ target: Color,
        _ acknowledged: Instant
    ) throws -> [String] {
        var wrong: [String] = []
        active = try bascule.service().active
        if let ending = try? ended.ending() {
            if ending.active != active { wrong.append("told \(ending.active), serves \(active)") }
        }
        switch ended.code {
        case 0 where active != target: wrong.append("told done, but \(active) serves")
        case 3 where active != before, 4 where active != before, 5 where active != before:
            wrong.append("told \(ended.code), but \(active) serves")
        case _: break
        }
        // Nothing is held any more, and whoever asks now is answered by the active color alone.
        try walkers.wait(for: 2 * walkers.count, since: acknowledged)
        let bodies = Set(walkers.bodies(since: acknowledged))
        if bodies != [active.name] { wrong.append("\(active) serves, answers came from \(bodies)") }
        // By the apps' own logs too.
        let late = ledger.records.filter { $0.color != active && $0.start > acknowledged }
        if !late.isEmpty { wrong.append("\(late.count) began on the color that had left") }
        let failures = walkers.failures
        let broken = failures.count - failuresKnown
        failuresKnown = failures.count
        if broken > fault.brokenMax(clients: walkers.count) {
            wrong.append("\(broken) requests failed: \(failures.suffix(2).map(\.failure))")
        }
        // A stream of the color that has left ends, another goes on.
        try stream.waitForEvent(from: active)
        return wrong + stream.wrong(isBroken: fault.mayBreakStreams)
    }
}
