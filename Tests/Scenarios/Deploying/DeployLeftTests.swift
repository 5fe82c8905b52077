import Board
import Control
import Foundation
import Kernel
import LoadClient
import Testing

/// What a deploy left, found by a controller that comes after it: closed stays closed, and what was
/// acknowledged since stays acknowledged.
@Suite("What a deploy leaves", .serialized, .timeLimit(.minutes(8)))
struct DeployLeftTests {
    /// Breaks blue's code, which reads the column, and fails.
    private static let breaking = """
        sqlite3 -bail -cmd '.timeout 8000' ledger.db <<'SQL' || exit 8
        BEGIN IMMEDIATE;
        ALTER TABLE "Transactions" DROP COLUMN "Note";
        INSERT INTO "__EFMigrationsHistory" VALUES ('20240312081000_AddPayee', '9.0.0');
        COMMIT;
        SQL
        exit 9
        """

    @Test("A service that a deploy left closed is closed after a restart of everything")
    func restarted() throws {
        let stage = try DeployStage(faults: "restore.lock=EIO")
        #expect(try deployBreaking(stage) == 1)
        try expectClosed(stage)
        try stage.bascule.stop()
        let again = try Again(stage)
        try expectClosed(stage)
        #expect(try stage.bascule.service().notice?.contains("bascule db restore") == true)
        // A person opens it, and that outlives a restart too.
        #expect(try stage.bascule.run("release", "web").code == 0)
        #expect(try stage.bascule.service().phase == .open)
        try again.stop()
        let last = try Again(stage)
        #expect(try stage.bascule.service().phase == .open)
        try last.stop()
    }

    @Test("What a deploy closed no second one opens: it is refused before its backup")
    func second() throws {
        let stage = try DeployStage(faults: "restore.lock=EIO")
        #expect(try deployBreaking(stage) == 1)
        try expectClosed(stage)
        let folder = stage.folder.file("backups")
        let backups = try Files.names("test.names", in: folder)
        let command = try Command(stage.start(DeployScript()))
        #expect(command.code == 3, "\(command.output)")
        #expect(command.output.contains("held-writes"), "\(command.output)")
        #expect(try Files.names("test.names", in: folder) == backups)
        try expectClosed(stage)
    }

    @Test("A deploy whose end could not be written is not taken up again later")
    func unwritten() throws {
        let stage = try DeployStage()
        let journal = stage.folder.file("state/journal.jsonl")
        let command = try run(stage, "mv \(journal) \(journal).away; exit 3")
        #expect(command.code == 3, "\(command.output)")
        #expect(command.output.contains("could not be written"), "\(command.output)")
        try FileManager.default.moveItem(atPath: journal + ".away", toPath: journal)
        let deploy = try stage.deploy(DeployScript(), ["--watch", "0s"])
        #expect(deploy.code == 0, "\(deploy.output)")
        let back = try stage.bascule.run("switch", "blue", "--watch", "0s")
        #expect(back.code == 0, "\(back.output)")
        let load = try stage.startLoad("kept", connections: 4)
        let (report, _) = try stage.finish(load)
        ChildProcess.send(.kill, to: try stage.bascule.pid(of: "controller"))
        let entry = try waitForEnd(stage)
        #expect(entry.to == .blue)
        try expectStored(report.acknowledged, stage)
        #expect(try stage.bascule.service().phase == .open)
        #expect(try stage.migrations() == 3)
    }

    @Test("A deploy that had switched is not taken back: what the new version wrote stays")
    func switched() throws {
        // The third drain: behind the way back's swap, which waits for nobody on a color that died.
        let stage = try DeployStage(faults: "switch.drain=kill@3")
        let program = try stage.start(DeployScript(), ["--watch", "60s"])
        try Wait.until("green is watched", seconds: 30) {
            try stage.bascule.service().operation?.step == .watch
        }
        let load = try stage.startLoad("after", connections: 4)
        let (report, _) = try stage.finish(load)
        #expect(!report.acknowledged.isEmpty)
        // The watch goes back, and its controller dies before that is written down.
        stage.green.program.kill()
        let command = try Command(program)
        #expect(command.code == 1, "\(command.output)")
        let entry = try waitForEnd(stage)
        #expect(entry.kind == .deploy)
        try expectStored(report.acknowledged, stage)
        let service = try stage.bascule.service()
        #expect(service.active == .blue)
        #expect(service.phase == .open)
        #expect(try stage.migrations() == 3)
    }

    @Test("A read that is lost with a worker while the command runs does not take a deploy back")
    func lostRead() throws {
        let stage = try DeployStage()
        let program = try stage.start(
            DeployScript(point: .before, act: .waits), ["--watch", "0s"])
        try stage.waitForPoint(program)
        let reader = try stage.bascule.connect()
        try reader.send(RawConnection.request("GET", "/diagnostics/delay?delay_ms=20000"))
        try Wait.until("it is in flight") {
            try stage.bascule.service().colors.map(\.inFlight).reduce(0, +) == 1
        }
        let workers = stage.bascule.roles.filter { $0.title.hasPrefix("bascule: worker") }
        for worker in workers { ChildProcess.send(.kill, to: worker.pid) }
        try Wait.until("the loss is counted") {
            try stage.bascule.service().colors.map(\.inFlight).reduce(0, +) == 0
        }
        try stage.letGo()
        let command = try Command(program)
        let ending = try command.ending()
        #expect(ending.active == .green, "\(command.output)")
        // It is told all the same.
        #expect(ending.report.lostWithWorker == 1)
        #expect(command.code == 6)
    }

    // MARK: Steps

    private func run(_ stage: DeployStage, _ text: String) throws -> Command {
        try Command(
            stage.bascule.start([
                "deploy", "green", "--json", "--", "/bin/sh", "-c",
                "cd '\(stage.folder.path)'\n" + text,
            ]))
    }

    private func deployBreaking(_ stage: DeployStage) throws -> Int32 {
        try run(stage, Self.breaking).code
    }

    private func expectClosed(_ stage: DeployStage) throws {
        #expect(try stage.bascule.service().phase == .heldWrites)
        let refused = try stage.bascule.connect().ask(
            RawConnection.request("POST", "/categories", ["Content-Length: 0"]))
        #expect(refused.status == 503)
        #expect(refused["x-bascule-reason"] == "migrating")
        #expect(try stage.bascule.get("/categories").status == 200)
    }

    private func expectStored(_ acknowledged: [String], _ stage: DeployStage) throws {
        let stored = Set(try stage.stored())
        let missing = acknowledged.filter { !stored.contains($0) }
        #expect(missing.isEmpty, "\(missing.count) of \(acknowledged.count)")
    }

    /// Once a controller answers and nothing goes on: the newest operation.
    private func waitForEnd(_ stage: DeployStage) throws -> HistoryEntry {
        try Wait.forValue("the newest operation has ended", seconds: 30) {
            let status = try stage.bascule.run("status", "--json")
            guard status.code == 0,
                try status.answer(Status.self).services[0].operation == nil
            else { return nil }
            let history = try stage.bascule.run("history", "--json").answer(HistoryAnswer.self)
            return history.operations.first.flatMap { $0.ended == nil ? nil : $0 }
        }
    }

    /// Another `bascule serve` with the configuration of a stage whose own has ended.
    private final class Again: Sendable {
        private let program: Program

        init(_ stage: DeployStage) throws {
            let program = try Program(
                BuildFolder.path(of: "bascule"),
                ["serve", "--config", stage.folder.file("bascule.yaml")])
            self.program = program
            try Wait.until("it answers: \(program.standardError)", seconds: 20) {
                try stage.bascule.run("status", "--json").code == 0
            }
            try stage.bascule.waitForHealth()
        }

        func stop() throws {
            program.send(.terminate)
            #expect(try program.ending() == 0)
        }

        deinit { if program.isRunning { program.send(.terminate) } }
    }
}
