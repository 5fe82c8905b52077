import Board
import Control
import Foundation
import Kernel
import Testing

/// A table: at every named step of a switch, what may go wrong there.
@Suite("Crash matrix", .serialized, .timeLimit(.minutes(3)))
struct CrashMatrixTests {
    /// For a soak: every fault at every step, the unlikely ones too.
    private static let isWhole = ProcessInfo.processInfo.environment["BASCULE_CRASHES"] == "all"

    /// The faults of every step, and those that belong to some.
    private static func faults(at step: CrashStep) -> [CrashFault] {
        if isWhole { return CrashFault.allCases.filter { step.isInJob || !$0.isOfJob } }
        let everywhere: [CrashFault] = [
            .controllerKilled, .controllerStopped, .workerKilled, .workerStopped,
        ]
        switch step {
        case .preflight: return everywhere + [.newColorDies]
        case .drain: return everywhere + [.oldColorDies, .commandKilled]
        case .verify: return everywhere + [.newColorDies]
        case .swap, .acknowledge: return everywhere + [.commandKilled]
        // The process itself stands still there, whatever happens to others.
        case .copying: return [.jobKilled, .jobStopped, .controllerKilled, .workerKilled]
        case .pinning: return [.jobKilled, .jobStopped, .controllerKilled]
        case .lock, .backup, .hold, .decision, .release, .watch: return everywhere
        }
    }

    @Test(
        "Whatever dies or stops at a step, one color serves, nothing is lost or sent twice",
        arguments: CrashStep.allCases)
    func cell(step: CrashStep) throws {
        let world = try CrashWorld(stoppingAt: [step])
        for fault in Self.faults(at: step) {
            let wrong = try world.episode(fault, at: step)
            #expect(wrong.isEmpty, "\(fault) at \(step): \(wrong)")
        }
        let wrong = try world.end()
        #expect(wrong.isEmpty, "\(step): \(wrong)")
    }

    @Test(
        "After the supervisor's death the journal's color counts, and no hold stands",
        arguments: [
            (CrashStep.drain, Color.blue), (.decision, .blue), (.swap, .green), (.release, .green),
        ])
    func supervisor(step: CrashStep, expected: Color) throws {
        let folder = try Scratch()
        let blue = try ScriptedUpstream(ScriptedUpstream.answering("blue"))
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let configuration = Configuration(blue: [blue], green: [green])
        let first = try Bascule(
            configuration, wrapper: ["/usr/bin/env", "BASCULE_FAULTS=\(step.name)=stop"],
            folder: folder)
        try first.waitForHealth()
        let roles = first.roles
        let controller = try first.pid(of: "controller")
        let command = try first.start(["switch", "green"])
        try Wait.until("the controller stops at \(step)") {
            ProcessFacts.isStopped(controller)
        }
        // The kernel lets a stopped process go on when its parent dies (it sends HUP and CONT to an
        // orphaned group): the controller dies first, while nobody can start another.
        first.program.send(.stop)
        ChildProcess.send(.kill, to: controller)
        first.program.kill()
        try Wait.until("every role ends with its supervisor") {
            !roles.contains { ProcessFacts.isRunning($0.pid) }
        }
        #expect(try command.ending() != 0)
        let second = try Bascule(configuration, folder: folder)
        let service = try second.service()
        #expect(service.active == expected)
        #expect(service.phase == .open)
        #expect(service.operation == nil)
        #expect(try second.get("/").text == expected.name)
        try second.waitForHealth()
        #expect(try second.run("switch", expected.other.name).code == 0)
        #expect(try second.get("/").text == expected.other.name)
    }

    @Test(
        "On a full or failing disk a switch is refused or done, never both; the next one works",
        arguments: ["journal.append=ENOSPC", "journal.sync=EIO"], 1...4)
    func disk(fault: String, pass: Int) throws {
        let folder = try Scratch()
        let blue = try ScriptedUpstream(ScriptedUpstream.answering("blue"))
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let configuration = Configuration(blue: [blue], green: [green])
        let bascule = try Bascule(
            configuration, wrapper: ["/usr/bin/env", "BASCULE_FAULTS=\(fault)@\(pass)"],
            folder: folder)
        try bascule.waitForHealth()
        let first = try bascule.run("switch", "green", "--json")
        #expect([0, 3].contains(first.code), "\(first.errors)")
        let active: Color = first.code == 0 ? .green : .blue
        #expect(try bascule.get("/").text == active.name)
        let service = try bascule.service()
        #expect(service.active == active)
        #expect(service.phase == .open)
        // The fault was there once: there is room again.
        let second = try bascule.run("switch", active.other.name, "--json")
        #expect(second.code == 0, "\(second.errors)\(second.output)")
        #expect(try bascule.get("/").text == active.other.name)
        try bascule.stop()
        let next = try Bascule(configuration, folder: folder)
        #expect(try next.service().active == active.other)
    }

    @Test("Of two operators at once exactly one has the service, and the other gets 7")
    func twoOperators() throws {
        let colors = try TwoColors()
        for (number, color) in ["green", "blue"].enumerated() {
            let slow = number == 0 ? try colors.startSlow() : nil
            let commands = try (0..<2).map { _ in
                try colors.bascule.start(["switch", color, "--json"])
            }
            if number == 0 {
                try Wait.until("one of them is told") { commands.contains { !$0.isRunning } }
                colors.letSlowAnswer()
            }
            let codes = try commands.map { try Command($0).code }.sorted()
            // Without a slow request the second may come when all is done: already active.
            #expect(codes == [0, 7] || number == 1 && codes == [0, 0], "\(codes)")
            if let slow { #expect(try slow.readAnswer().text == "blue") }
            #expect(try colors.bascule.get("/").text == color)
        }
    }
}
