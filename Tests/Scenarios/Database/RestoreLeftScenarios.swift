import Board
import Control
import Foundation
import GRDB
import Kernel
import LoadClient
import Testing

/// Ways back that take the database back too, and what stands in their way.
@Suite("Ways back with the database", .serialized, .timeLimit(.minutes(6)))
struct RestoreLeftScenarios {
    @Test("What was written once the hold was over is kept, and the service closed until it fits")
    func holdOver() throws {
        let stage = try deployed(faults: "restore.check=stop")
        let program = try stage.bascule.start([
            "rollback", "--restore-database", "--yes", "--json", "--hold-timeout", "5s",
            "--drain-timeout", "4s",
        ])
        let job = try Wait.forValue("the job is stopped after its commit", seconds: 30) {
            stage.bascule.jobs.first(where: ProcessFacts.isStopped)
        }
        // Held until the hold is over; then green takes it, and it is acknowledged.
        let writer = try stage.bascule.connect()
        writer.patience = 15
        let answer = try writer.post(
            "/categories", #"{"name":"Meanwhile"}"#, "Content-Type: application/json")
        #expect(answer.status == 201)
        ChildProcess.send(.resume, to: job)
        let command = try Command(program)
        #expect(command.code == 1, "\(command.output)")
        let message = try #require(try command.events().last?.message)
        for word in ["somebody has written", "bascule switch web blue", "bascule db restore"] {
            #expect(message.contains(word), "\(message)")
        }
        let names = try stage.read {
            try String.fetchAll($0, sql: #"SELECT "Name" FROM "Categories""#)
        }
        #expect(names.contains("Meanwhile"))
        #expect(try stage.migrations() == 2)
        #expect(try stage.bascule.service().phase == .heldWrites)
        try expectGoesOn(stage)
    }

    @Test("In maintenance the database and the color go back, and the maintenance goes on")
    func maintained() throws {
        let stage = try deployed()
        #expect(try stage.bascule.run("maintenance", "on").code == 0)
        let command = try stage.bascule.run("rollback", "--restore-database", "--yes")
        #expect(command.code == 0, "\(command.output)")
        #expect(command.output.contains("the maintenance goes on"), "\(command.output)")
        #expect(try stage.migrations() == 2)
        let service = try stage.bascule.service()
        #expect(service.active == .blue)
        #expect(service.phase == .maintenance)
        #expect(try stage.bascule.get("/categories").status == 503)
        #expect(try stage.bascule.run("maintenance", "off").code == 0)
        #expect(try stage.bascule.service().phase == .open)
    }

    @Test(
        "A controller that dies after the commit leaves it closed, and says what ends it",
        arguments: [false, true])
    func controllerDies(isMaintained: Bool) throws {
        let stage = try deployed(faults: "restore.step.verify=kill")
        if isMaintained { #expect(try stage.bascule.run("maintenance", "on").code == 0) }
        let command = try stage.bascule.run("rollback", "--restore-database", "--yes")
        #expect(command.code == 1, "\(command.output)")
        let entry = try Wait.forValue("the next controller has told", seconds: 20) {
            () -> HistoryEntry? in
            let history = try stage.bascule.run("history", "--json")
            guard history.code == 0 else { return nil }
            let first = try history.answer(HistoryAnswer.self).operations.first
            return first?.ended == nil ? nil : first
        }
        #expect(entry.kind == .rollback)
        for word in ["bascule switch web blue", "bascule db restore"] {
            #expect(entry.message.contains(word), "\(entry.message)")
        }
        #expect(try stage.migrations() == 2)
        if isMaintained {
            #expect(try stage.bascule.service().phase == .maintenance)
            let off = try stage.bascule.run("maintenance", "off")
            #expect(off.output.contains("writes are answered 503"), "\(off.output)")
        }
        let service = try stage.bascule.service()
        #expect(service.active == .green)
        #expect(service.phase == .heldWrites)
        #expect(service.notice == entry.message)
        let refused = try stage.bascule.connect().ask(
            RawConnection.request("POST", "/categories", ["Content-Length: 0"]))
        #expect(refused.status == 503)
        try expectGoesOn(stage)
    }

    @Test("It ends a watch, like every rollback")
    func watch() throws {
        let stage = try DeployStage()
        let program = try stage.start(DeployScript(), ["--watch", "60s"])
        try Wait.until("green is watched", seconds: 30) {
            try stage.bascule.service().operation?.step == .watch
        }
        let command = try stage.bascule.run("rollback", "--restore-database", "--yes")
        #expect(command.code == 0, "\(command.output)")
        #expect(try program.ending() == 0)
        #expect(try stage.bascule.service().active == .blue)
        #expect(try stage.migrations() == 2)
    }

    @Test("A rollback ends a watch at once, while the drained moment is still being copied")
    func copying() throws {
        let stage = try DatabaseStage(faults: "backup.verify=stop")
        let program = try stage.bascule.start(["switch", "green", "--watch", "60s"])
        let first = try stopped(stage, "the copy before the switch")
        ChildProcess.send(.resume, to: first)
        try Wait.until("green is watched", seconds: 30) {
            try stage.bascule.service().operation?.step == .watch
        }
        let snapshot = try stopped(stage, "the copy of the drained moment")
        let rollback = try stage.bascule.start(["rollback", "--no-backup", "--watch", "0s"])
        #expect(try rollback.ending(within: 15) == 0)
        #expect(try stage.bascule.service().active == .blue)
        #expect(try program.ending() == 0)
        ChildProcess.send(.resume, to: snapshot)
        try Wait.until("the copy is there") {
            try stage.entries().contains { $0.reason == .drained }
        }
    }

    @Test("A restore asks for the same certificates as a switch, and a dry run only shows")
    func certificates() throws {
        let stage = try deployed()
        let old = try #require(
            try stage.bascule.run("db", "backups", "--json").answer(BackupsAnswer.self)
                .backups.first { $0.reason == .preSwitch }?.file)
        // Green does not live with what was before it; a dry run says so and is good.
        let dry = try stage.bascule.run("db", "restore", old, "--dry-run", "--json")
        #expect(dry.code == 0, "\(dry.output)")
        let last = try #require(try dry.events().last)
        #expect(last.message.contains("would be refused"), "\(last.message)")
        #expect(last.details["losses"] != nil)
        #expect(try stage.bascule.run("db", "restore", old).code == 3)
        // Blue lives with what green has added, and with a copy of it.
        let back = try stage.bascule.run("switch", "blue", "--watch", "0s")
        #expect(back.code == 0, "\(back.output)")
        let made = try stage.bascule.run("db", "backup", "--json")
        guard case .object(let manifest) = try made.events().last?.details["backup"],
            case .string(let file) = manifest["file"]
        else {
            Issue.record("no backup: \(made.output)")
            return
        }
        let look = try stage.bascule.run("db", "restore", file, "--dry-run", "--json")
        #expect(look.code == 0)
        #expect(try look.events().last?.message.contains("refused") == false)
        let restored = try stage.bascule.run("db", "restore", file)
        #expect(restored.code == 0, "\(restored.output)")
        #expect(try stage.migrations() == 3)
    }

    // MARK: Steps

    /// Green serves, with a migration that blue does not know.
    private func deployed(faults: String? = nil) throws -> DeployStage {
        let stage = try DeployStage(faults: faults)
        let command = try stage.deploy(DeployScript(), ["--watch", "0s"])
        #expect(command.code == 0, "\(command.output)")
        return stage
    }

    private func stopped(_ stage: DatabaseStage, _ what: String) throws -> Int32 {
        try Wait.forValue("\(what) is stopped", seconds: 30) {
            stage.bascule.jobs.first(where: ProcessFacts.isStopped)
        }
    }

    /// With the color that the restored database is that of.
    private func expectGoesOn(_ stage: DeployStage) throws {
        let command = try stage.bascule.run("switch", "blue", "--watch", "0s")
        #expect(command.code == 0, "\(command.output)")
        let service = try stage.bascule.service()
        #expect(service.active == .blue)
        #expect(service.phase == .open)
        let answer = try stage.bascule.connect().post(
            "/categories", #"{"name":"After"}"#, "Content-Type: application/json")
        #expect(answer.status == 201)
    }
}
