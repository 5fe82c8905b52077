import Board
import Control
import Foundation
import Kernel
import LoadClient
import Testing

/// Deploys through the real processes, with a script that migrates as command.
@Suite("Deploys of a version that migrates by itself", .serialized, .timeLimit(.minutes(5)))
struct DeployTests {
    @Test("A deploy under twelve writers migrates, switches, and loses nothing")
    func happyWay() throws {
        let stage = try DeployStage()
        let load = try stage.startLoad("happy")
        let command = try stage.deploy(DeployScript())
        #expect(command.code == 0, "\(command.output)\(command.errors)")
        #expect(try stage.bascule.service().active == .green)
        #expect(try stage.migrations() == 3)
        let (report, missing) = try stage.finish(load)
        #expect(report.failed.isEmpty, "\(report.failed.prefix(3))")
        #expect(missing.isEmpty)
        let steps = try command.events().filter { $0.state == .passed }.map(\.step)
        #expect(
            Array(steps.prefix(12)) == [
                .lock, .preflight, .backup, .hold, .drain, .snapshot, .command, .start, .hold,
                .drain, .verify, .switch,
            ], "\(steps)")
        let history = try stage.bascule.run("history", "--json").answer(HistoryAnswer.self)
        #expect(history.operations.first?.kind == .deploy)
        #expect(history.operations.first?.outcome == .done)
        // What a rollback with the database would take: the drained moment.
        let backups = try stage.bascule.run("db", "backups", "--json").answer(BackupsAnswer.self)
        #expect(backups.backups.contains { $0.reason == .drained })
        let back = try stage.bascule.run("rollback", "--restore-database", "--json")
        #expect(back.code == 0, "\(back.output)\(back.errors)")
        #expect(try stage.migrations() == 2)
    }

    @Test("While the command runs writes wait, reads go on, and status says so")
    func readsGoOn() throws {
        let stage = try DeployStage()
        let program = try stage.start(DeployScript(act: .waits))
        try stage.waitForPoint(program)
        let service = try stage.bascule.service()
        #expect(service.phase == .heldWrites)
        #expect(service.operation?.kind == .deploy)
        #expect(service.operation?.step == .command)
        #expect(try stage.bascule.get("/categories").status == 200)
        let writer = try stage.bascule.connect()
        let body = "{\"name\":\"Rent\"}"
        try writer.send(
            RawConnection.request(
                "POST", "/categories",
                ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]) + body)
        try Wait.until("the write waits") { try stage.bascule.service().held == 1 }
        try stage.letGo()
        #expect(try Command(program).code == 0)
        let answer = try writer.readAnswer()
        #expect(answer.status == 201)
        #expect(answer["x-bascule-color"] == "green")
    }

    @Test("--hold all lets reads wait too, --hold none holds nothing around the command")
    func holds() throws {
        let stage = try DeployStage()
        let all = try stage.start(DeployScript(point: .before, act: .waits), ["--hold", "all"])
        try stage.waitForPoint(all)
        #expect(try stage.bascule.service().phase == .held)
        all.send(.interrupt)
        let ended = try Command(all)
        #expect(ended.code == 3, "\(ended.output)")
        #expect(ended.output.contains("no request starts from epoch"), "\(ended.output)")
        #expect(!ended.output.contains("writes of"), "\(ended.output)")
        #expect(try stage.bascule.service().phase == .open)
        let none = try stage.start(DeployScript(act: .waits), ["--hold", "none"])
        try stage.waitForPoint(none)
        #expect(try stage.bascule.service().phase == .open)
        try stage.letGo()
        let done = try Command(none)
        #expect(done.code == 0, "\(done.output)")
        #expect(try stage.bascule.service().active == .green)
    }

    @Test("Who interrupts a deploy before its command lets go at once what waits")
    func interruptedEarly() throws {
        let stage = try DeployStage()
        let reader = try stage.bascule.connect()
        try reader.send(RawConnection.request("GET", "/diagnostics/delay?delay_ms=20000"))
        try Wait.until("it is in flight") {
            try stage.bascule.service().colors.map(\.inFlight).reduce(0, +) == 1
        }
        let program = try stage.start(DeployScript(), ["--hold", "all"])
        try Wait.until("it is waited for") {
            try stage.bascule.service().operation?.step == .drain
        }
        program.send(.interrupt)
        let command = try Command(program)
        #expect(command.code == 3, "\(command.output)")
        let events = try command.events()
        #expect(events.last?.message.contains("interrupted") == true, "\(command.output)")
        #expect(!events.contains { $0.step == .snapshot || $0.step == .settle })
        #expect(try stage.bascule.service().phase == .open)
    }

    @Test("A WebSocket ends with 1001 when the hold begins; the deploy waits for the app's end")
    func tunnels() throws {
        let app = SocketApp()
        let colors = try StreamColors(blue: app.behaviour(), grace: 60_000)
        let client = try colors.openSocket()
        try colors.waitForStreams(1)
        let program = try colors.bascule.start(["deploy", "green", "--json", "--", "true"])
        let close = try Frame.read(from: client)
        #expect(close.status == 1001)
        try client.send(Frame.close(1001, mask: Frame.clientMask))
        let command = try Command(program)
        #expect(command.code == 0, "\(command.output)")
        #expect(try colors.bascule.service().active == .green)
        try colors.waitForStreams(0)
    }

    @Test("What a deploy cannot be asked for is refused before anything is held")
    func refusals() throws {
        let stage = try DeployStage()
        let refused = try stage.bascule.run("deploy", "green", "--rehearse", "--", "true")
        #expect(refused.code == 64, "\(refused.output)\(refused.errors)")
        for line in [["deploy", "green"], ["deploy", "green", "--detach", "--", "true"]] {
            #expect(try Command(stage.bascule.start(line)).code == 64)
        }
        let overlap = try stage.bascule.run("deploy", "green", "--mode", "overlap", "--", "true")
        #expect(overlap.code == 64, "\(overlap.output)\(overlap.errors)")
        let active = try stage.bascule.run("deploy", "blue", "--", "true")
        #expect(active.code == 3)
        let missing = try stage.bascule.run("deploy", "green", "--", "/nowhere/command")
        #expect(missing.code == 3, "\(missing.output)\(missing.errors)")
        #expect(try stage.bascule.service().phase == .open)
    }

    @Test("Who writes past Bascule after the drained moment refuses the command, by its process")
    func writerFromElsewhere() throws {
        let stage = try DeployStage(faults: "backup.verify=stop")
        let program = try stage.start(DeployScript())
        // The first copy stops its process at the same step.
        var stopped: Set<Int32> = []
        for _ in 0..<2 {
            let pid = try Wait.forValue("a copy stops") {
                stage.bascule.roles.first {
                    $0.title.hasPrefix("bascule: database") && !stopped.contains($0.pid)
                        && ProcessFacts.isStopped($0.pid)
                }?.pid
            }
            stopped.insert(pid)
            if stopped.count == 2 {
                let writer = try Program(
                    "/usr/bin/sqlite3",
                    [
                        stage.folder.file("ledger.db"),
                        #"INSERT INTO "Categories" ("Name") VALUES ('elsewhere')"#,
                    ])
                #expect(try writer.ending() == 0)
            }
            ChildProcess.send(.resume, to: pid)
        }
        let command = try Command(program)
        #expect(command.code == 3, "\(command.output)")
        #expect(command.output.contains("wrote to the database after the drained moment"))
        #expect(command.output.contains("process"))
        #expect(Files.kind(stage.folder.file("at")) == nil)
        #expect(try stage.migrations() == 2)
        #expect(try stage.bascule.service().phase == .open)
    }
}
