import Board
import Control
import Foundation
import Kernel
import LoadClient
import Testing

/// What goes wrong once the command has begun: before, between and after the two transactions of
/// the rebuild.
@Suite("Deploys that fail", .serialized, .timeLimit(.minutes(8)))
struct DeployFailureTests {
    enum Fault: String, CaseIterable, Sendable {
        case fails, dies, hangs, terminalCloses, controllerDies

        var act: DeployScript.Act {
            switch self {
            case .fails: .fails
            case .dies: .dies
            case .hangs, .terminalCloses, .controllerDies: .waits
            }
        }

        var codes: Set<Int32> {
            switch self {
            case .fails, .dies, .terminalCloses: [3]
            case .hangs: [4]
            // Who led it is gone; the next one settles it.
            case .controllerDies: [1]
            }
        }
    }

    @Test(
        "Whatever ends the command, wherever: nothing acknowledged is lost, all is as before",
        arguments: Fault.allCases, DeployScript.Point.allCases)
    func taken(fault: Fault, point: DeployScript.Point) throws {
        let stage = try DeployStage()
        let load = try stage.startLoad("\(fault)-\(point)", connections: 4)
        // Both transactions have time; before them there is nothing to be late for.
        let time = point == .before ? "1s" : "3s"
        let program = try stage.start(
            DeployScript(point: point, act: fault.act), fault == .hangs ? ["--timeout", time] : [])
        try stage.waitForPoint(program)
        switch fault {
        case .fails, .dies, .hangs: break
        case .terminalCloses: program.send(.hangup)
        case .controllerDies:
            ChildProcess.send(.kill, to: try stage.bascule.pid(of: "controller"))
        }
        let command = try Command(program)
        #expect(fault.codes.contains(command.code), "\(command.output)\(command.errors)")
        try waitForOpen(stage)
        let (report, missing) = try stage.finish(load)
        #expect(report.failed.isEmpty, "\(report.failed.prefix(2))")
        #expect(missing.isEmpty, "\(missing.count) of \(report.acknowledged.count)")
        #expect(try stage.bascule.service().active == .blue)
        #expect(try stage.migrations() == 2)
        #expect(try !stage.tables().contains("ef_temp_Transactions"))
        let entry = try lastDeploy(stage)
        #expect(entry.ended != nil)
        #expect(
            entry.message.contains(point == .before ? "serves as before" : "is restored"),
            "\(entry.message)")
    }

    @Test(
        "A command line that is killed takes its command along: all is as before at once",
        arguments: DeployScript.Point.allCases)
    func commandLineKilled(point: DeployScript.Point) throws {
        let stage = try DeployStage()
        let load = try stage.startLoad("killed-\(point)", connections: 4)
        let program = try stage.start(DeployScript(point: point, act: .waits))
        try stage.waitForPoint(program)
        program.kill()
        try waitForOpen(stage)
        let left = ProcessFacts.all().filter { process in
            ProcessFacts.title(of: process)?.hasPrefix("/bin/sh -c cd '\(stage.folder.path)'")
                ?? false
        }
        #expect(left.isEmpty)
        let (report, missing) = try stage.finish(load)
        #expect(report.failed.isEmpty, "\(report.failed.prefix(2))")
        #expect(missing.isEmpty)
        #expect(try stage.migrations() == 2)
        #expect(try !stage.tables().contains("ef_temp_Transactions"))
        let entry = try lastDeploy(stage)
        #expect(entry.outcome == .refused)
        #expect(entry.message.contains("its command line is gone"), "\(entry.message)")
        #expect(
            entry.message.contains(point == .before ? "serves as before" : "is restored"),
            "\(entry.message)")
    }

    @Test("What a command has started is told to end with it, and waited for")
    func whatItStarted() throws {
        let stage = try DeployStage()
        let script = """
            cd '\(stage.folder.path)'
            (trap 'sleep 0.5; touch late; exit' HUP; touch at
             n=0; while [ $((n += 1)) -lt 3000 ]; do sleep 0.02; done) &
            wait
            """
        let program = try stage.bascule.start(
            ["deploy", "green", "--json", "--", "/bin/sh", "-c", script])
        try stage.waitForPoint(program)
        program.send(.hangup)
        let command = try Command(program)
        #expect(command.code == 3, "\(command.output)")
        let late = try FileManager.default.attributesOfItem(atPath: stage.folder.file("late"))
        let written = try #require(late[.modificationDate] as? Date)
        let told = try #require(
            try command.events().first { $0.step == .command && $0.state == .failed })
        #expect(told.time.milliseconds >= Int64(written.timeIntervalSince1970 * 1_000))
        #expect(try lastDeploy(stage).message.contains("signal 1"))
    }

    @Test("Without a copy of the moment the service stays closed and says what ends it")
    func staysClosed() throws {
        let stage = try DeployStage(faults: "restore.lock=EIO")
        let program = try stage.deploy(DeployScript(act: .fails))
        #expect(program.code == 1, "\(program.output)")
        let ending = try #require(try program.events().last)
        for word in ["bascule db restore", "bascule switch web green", "bascule release web"] {
            #expect(ending.message.contains(word), "\(ending.message)")
        }
        let service = try stage.bascule.service()
        #expect(service.phase == .heldWrites)
        #expect(service.notice?.contains("bascule db restore") == true)
        let refused = try stage.bascule.connect().ask(
            RawConnection.request("POST", "/categories", ["Content-Length: 0"]))
        #expect(refused.status == 503)
        #expect(refused["x-bascule-reason"] == "migrating")
        #expect(refused["retry-after"] != nil)
        #expect(try stage.bascule.get("/categories").status == 200)
        // Somebody mends it by hand: then it opens by itself.
        let mend = try Program(
            "/usr/bin/sqlite3",
            [stage.folder.file("ledger.db"), "DROP TABLE ef_temp_Transactions"])
        #expect(try mend.ending() == 0)
        try waitForOpen(stage)
    }

    @Test("The hold's deadline refuses writes, ends the command, and takes back what it did")
    func deadline() throws {
        let stage = try DeployStage(deploy: ["hold_timeout: 4s"])
        let program = try stage.start(DeployScript(act: .waits))
        try stage.waitForPoint(program)
        let writer = try stage.bascule.connect()
        writer.patience = 15
        let answer = try writer.ask(
            RawConnection.request("POST", "/categories", ["Content-Length: 0"]))
        #expect(answer.status == 503)
        #expect(answer["x-bascule-reason"] == "migrating")
        let command = try Command(program)
        #expect(command.code == 4, "\(command.output)")
        try waitForOpen(stage)
        #expect(try stage.migrations() == 2)
        #expect(try !stage.tables().contains("ef_temp_Transactions"))
    }

    private func lastDeploy(_ stage: DeployStage) throws -> HistoryEntry {
        let history = try stage.bascule.run("history", "--json").answer(HistoryAnswer.self)
        return try #require(history.operations.first { $0.kind == .deploy })
    }

    private func waitForOpen(_ stage: DeployStage) throws {
        try Wait.until("the service is open", seconds: 25) {
            let status = try stage.bascule.run("status", "--json")
            guard status.code == 0 else { return false }
            let service = try status.answer(Status.self).services[0]
            return service.phase == .open && service.operation == nil
        }
    }
}
