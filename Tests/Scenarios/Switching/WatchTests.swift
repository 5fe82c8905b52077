import Board
import Control
import GRDB
import Kernel
import Synchronization
import Testing

/// The time after a switch, in which a color that is worse than the one before is left again.
@Suite("The watch", .serialized, .timeLimit(.minutes(1)))
struct WatchTests {
    /// Blue answers well; green as the test lets it, and can be made to keep a request.
    private final class Stage: Sendable {
        let blue: ScriptedUpstream
        let green: ScriptedUpstream
        let bascule: Bascule
        private let fails: Flag

        final class Flag: Sendable {
            let isSet = Atomic(false)
        }

        init(_ change: (inout Configuration) -> Void = { _ in }) throws {
            let fails = Flag()
            self.fails = fails
            blue = try ScriptedUpstream(ScriptedUpstream.answering("blue"))
            green = try ScriptedUpstream { request, connection in
                if request.path == "/hang" {
                    // Until the connection goes away.
                    _ = try connection.readToEnd()
                    return .close
                }
                try connection.send(
                    fails.isSet.load(ordering: .relaxed)
                        ? "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno"
                        : ScriptedUpstream.answer("green"))
                return .keep
            }
            var configuration = Configuration(blue: [blue], green: [green])
            change(&configuration)
            bascule = try Bascule(configuration)
            try bascule.waitForHealth()
        }

        func letGreenFail() { fails.isSet.store(true, ordering: .relaxed) }

        /// Starts a switch to green and returns when it is being watched.
        func startWatch(_ flags: String...) throws -> Program {
            let command = try bascule.start(
                ["switch", "green", "--json", "--watch", "25s"] + flags)
            try waitForWatch()
            return command
        }

        func waitForWatch() throws {
            try Wait.until("green is watched") {
                try bascule.service().operation?.step == .watch
            }
        }
    }

    @Test("A quiet watch ends with 0, and its figures stand in the report")
    func quiet() throws {
        let stage = try Stage()
        let crowd = Crowd(2, to: stage.bascule.address)
        try crowd.waitForAnswers(60)
        let command = try stage.bascule.run("switch", "green", "--watch", "900ms", "--json")
        #expect(try crowd.stop().failures.isEmpty)
        #expect(command.code == 0, "\(command.output)")
        let watch = try #require(try command.ending().report.watch)
        #expect(watch.verdict == "quiet")
        #expect(watch.milliseconds >= 890)
        #expect(watch.after.answers > 0)
        #expect(watch.after.failures == 0)
        #expect(watch.before.failures == 0)
        #expect(watch.after.meanMilliseconds > 0)
        #expect(try command.events().last?.step == .watch)
    }

    @Test("A color that answers with errors is left by itself: 5, and blue serves again")
    func errors() throws {
        let stage = try Stage()
        let crowd = Crowd(2, to: stage.bascule.address)
        try crowd.waitForAnswers(60)
        let command = try stage.startWatch()
        stage.letGreenFail()
        let result = try Command(command)
        try crowd.waitForAnswers(20)
        try crowd.stop()
        #expect(result.code == 5, "\(result.output)")
        let ending = try result.ending()
        #expect(ending.outcome == .rolledBack)
        #expect(ending.active == .blue)
        #expect(ending.report.lost == 0)
        let watch = try #require(ending.report.watch)
        #expect(watch.verdict == "failing")
        #expect(watch.after.answers >= 20)
        #expect(watch.after.failures > 0)
        #expect(try stage.bascule.get("/").text == "blue")
        let entry = try stage.bascule.run("history", "--json").answer(HistoryAnswer.self)
            .operations.first
        #expect(entry?.outcome == .rolledBack)
        #expect(entry?.report?.watch == watch)
    }

    @Test("A color that hangs and loses its health is left as an overlap: nobody waits for it")
    func hangs() throws {
        let stage = try Stage()
        let command = try stage.startWatch("--drain-timeout", "500ms")
        let hanging = try stage.bascule.connect()
        try hanging.send(RawConnection.request("GET", "/hang"))
        try Wait.until("green has the request") {
            stage.green.requests.contains { $0.path == "/hang" }
        }
        stage.green.isHealthy = false
        let result = try Command(command)
        #expect(result.code == 5, "\(result.output)")
        #expect(try result.ending().active == .blue)
        #expect(try result.ending().report.watch?.verdict == "unhealthy")
        #expect(try stage.bascule.get("/").text == "blue")
        let steps = try result.events().filter { $0.state == .started }.map(\.step)
        #expect(steps.filter { $0 == .hold }.count == 1, "the way back held: \(steps)")
    }

    @Test("An operator's rollback is taken during the watch and ends it; others get 7")
    func rollback() throws {
        let stage = try Stage()
        let command = try stage.startWatch()
        let other = try stage.bascule.run("switch", "blue")
        #expect(other.code == 7, "\(other.output)\(other.errors)")
        #expect(other.errors.contains("watch"))
        let back = try stage.bascule.run("rollback", "--watch", "0s", "--json")
        #expect(back.code == 0, "\(back.output)\(back.errors)")
        #expect(try back.ending().active == .blue)
        let first = try Command(command)
        #expect(first.code == 0)
        #expect(try first.ending().report.watch?.verdict == "ended")
        #expect(try first.events().last?.message.contains("rollback") == true)
        #expect(try stage.bascule.service().active == .blue)
    }

    @Test("A rollback that is refused leaves the watch as it is, and that takes green back itself")
    func refusedRollback() throws {
        let stage = try Stage()
        let command = try stage.startWatch()
        stage.blue.isHealthy = false
        let back = try stage.bascule.run("rollback")
        #expect(back.code == 3, "\(back.output)\(back.errors)")
        #expect(back.errors.contains("health: "), "\(back.errors)")
        #expect(back.errors.contains("its watch goes on"), "\(back.errors)")
        #expect(back.errors.contains("--override health"), "\(back.errors)")
        #expect(try stage.bascule.service().operation?.step == .watch)
        stage.blue.isHealthy = true
        try Wait.until("blue is healthy") {
            try stage.bascule.run("check", "--to", "blue").code == 0
        }
        stage.letGreenFail()
        for _ in 0..<21 { _ = try stage.bascule.get("/") }
        let result = try Command(command)
        #expect(result.code == 5, "\(result.output)")
        #expect(try result.ending().active == .blue)
    }

    @Test("A graceful stop ends the watch with 0, and whoever asked for either is told")
    func stop() throws {
        let stage = try Stage()
        let command = try stage.startWatch()
        let stop = try stage.bascule.run("stop")
        #expect(stop.code == 0, "\(stop.output)\(stop.errors)")
        let result = try Command(command)
        #expect(result.code == 0, "\(result.output)\(result.errors)")
        let ending = try result.ending()
        #expect(ending.outcome == .done)
        #expect(ending.active == .green)
        #expect(ending.report.watch?.verdict == "ended")
        let last = try result.events().last?.message
        #expect(last == "green serves; the watch was ended by the end of bascule")
        #expect(try stage.bascule.program.ending() == 0)
    }

    @Test("Where the gate forbids the way back the new color stays, and that is said: 1")
    func stranded() throws {
        let folder = try Scratch()
        try DatabaseQueue(path: folder.file("app.db")).write { database in
            try database.execute(
                sql: """
                    CREATE TABLE "__EFMigrationsHistory" (
                        "MigrationId" TEXT NOT NULL PRIMARY KEY, "ProductVersion" TEXT NOT NULL);
                    INSERT INTO "__EFMigrationsHistory" VALUES ('20240115093000_Initial', '9.0.0');
                    """)
        }
        func health(_ id: String) -> String {
            "{\"migration\":\"\(id)\",\"migrations\":[\"\(id)\"]}"
        }
        let stage = try Stage {
            $0.services[0].database = [
                "sqlite: \(folder.file("app.db"))", "expect: {health_field: migration}",
            ]
        }
        stage.blue.health = health("20240115093000_Initial")
        stage.green.health = health("20240115093000_Initial")
        try Wait.until("the probes have read what the colors expect") {
            try stage.bascule.service().colors.allSatisfy { $0.expects != nil }
        }
        let crowd = Crowd(2, to: stage.bascule.address)
        let command = try stage.startWatch()
        stage.blue.health = health("20230101000000_Other")
        stage.letGreenFail()
        let result = try Command(command)
        try crowd.stop()
        #expect(result.code == 1, "\(result.output)")
        let last = try #require(try result.events().last)
        #expect(last.ending?.active == .green)
        #expect(last.message.contains("no way back to blue"))
        #expect(last.message.contains("migrations"))
        #expect(last.message.contains("bascule rollback"))
        #expect(try stage.bascule.service().active == .green)
    }

    @Test("A rollback to a color that never served is refused, and status says why")
    func neverServed() throws {
        let stage = try Stage()
        let refused = try stage.bascule.run("rollback")
        #expect(refused.code == 3)
        #expect(refused.errors.contains("green has never served"))
        #expect(try stage.bascule.service().rollback.possible == false)
        #expect(try stage.bascule.run("switch", "green").code == 0)
        #expect(try stage.bascule.service().rollback.possible)
        #expect(try stage.bascule.run("rollback").code == 0)
    }

    @Test("An operation goes on when its client hangs up, and history tells its end")
    func hangUp() throws {
        let stage = try Stage()
        let command = try stage.bascule.start(["switch", "green", "--json", "--watch", "1500ms"])
        // What it wrote stays, where a look at the step may come too late.
        try Wait.until("green is watched") {
            command.standardOutput.contains(#""step":"watch""#)
        }
        command.kill()
        _ = try command.ending()
        try Wait.until("the operation is over") { try stage.bascule.service().operation == nil }
        let entry = try stage.bascule.run("history", "--json").answer(HistoryAnswer.self)
            .operations.first
        #expect(entry?.outcome == .done)
        #expect(entry?.command?.contains("switch green") == true)
        #expect(try stage.bascule.service().active == .green)
        // Detached: back as soon as the lock is taken.
        let detached = try stage.bascule.run("rollback", "--watch", "60s", "--detach")
        #expect(detached.code == 0)
        #expect(try stage.bascule.service().operation != nil)
    }
}
