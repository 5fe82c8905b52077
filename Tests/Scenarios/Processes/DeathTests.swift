import Board
import Control
import Kernel
import Testing

/// kill -9, at the worst moments.
@Suite("Sudden deaths", .serialized, .timeLimit(.minutes(1)))
struct DeathTests {
    private func twoColors() throws -> (
        bascule: Bascule, blue: ScriptedUpstream, green: ScriptedUpstream
    ) {
        let blue = try ScriptedUpstream(ScriptedUpstream.answering("blue"))
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let bascule = try Bascule(Configuration(blue: [blue], green: [green]))
        try bascule.waitForHealth()
        return (bascule, blue, green)
    }

    @Test("A killed worker costs only what it had in flight, and is back within 200 ms")
    func worker() throws {
        let (bascule, _, _) = try twoColors()
        let (clients, deaths) = (8, 5)
        let crowd = Crowd(clients, to: bascule.address)
        try crowd.waitForAnswers(200)
        var times: [Double] = []
        for _ in 0..<deaths {
            let old = try bascule.pid(of: "worker 0")
            ChildProcess.send(.kill, to: old)
            let killed = Instant.now
            // Looked up by its slot: `ps` knows it before it accepts.
            _ = try Wait.forValue("worker 0 is back") {
                bascule.roles.first { $0.title == "bascule: worker 0" && $0.pid != old }
            }
            times.append(Instant.now.milliseconds(since: killed))
            try crowd.waitForAnswers(200)
        }
        // The best of them: the machine may be busy with something else now and then.
        #expect(times.sorted()[0] < 200, "\(times)")
        let results = try crowd.stop()
        #expect(results.refused.isEmpty)
        // A client has one request on its way: each death can cost each at most that one.
        #expect(results.failures.count <= deaths * clients)
        for result in results.failures {
            guard case .broken = result.outcome else {
                Issue.record("\(result.outcome)")
                continue
            }
        }
    }

    @Test("While a worker is gone nobody is refused: connections wait for the one that follows")
    func noRefusal() throws {
        let app = try ScriptedUpstream()
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        let bascule = try Bascule(configuration)
        for _ in 0..<5 {
            let old = try bascule.pid(of: "worker 0")
            ChildProcess.send(.kill, to: old)
            #expect(try bascule.get("/").status == 200)
        }
    }

    @Test("A killed controller costs no request, and knows the active color when it is back")
    func controller() throws {
        let (bascule, _, _) = try twoColors()
        #expect(try bascule.run("switch", "green").code == 0)
        let crowd = Crowd(4, to: bascule.address)
        try crowd.waitForAnswers(100)
        for _ in 0..<3 {
            let old = try bascule.pid(of: "controller")
            ChildProcess.send(.kill, to: old)
            try crowd.waitForAnswers(100)
            try Wait.until("the controller answers again") {
                let command = try bascule.run("status", "--json")
                guard command.code == 0 else { return false }
                return try command.answer(Status.self).controller.pid != old
            }
            let service = try bascule.service()
            #expect(service.active == .green)
            #expect(service.phase == .open)
        }
        let results = try crowd.stop()
        #expect(results.failures.isEmpty, "\(results.failures.prefix(3))")
        #expect(results.allSatisfy { $0.body == "green" })
        try Wait.until("both colors are healthy again") {
            try bascule.service().colors.allSatisfy(\.healthy)
        }
        #expect(try bascule.run("switch", "blue").code == 0)
    }

    @Test("The active color outlives all of Bascule, by its journal")
    func restart() throws {
        let blue = try ScriptedUpstream(ScriptedUpstream.answering("blue"))
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let folder = try Scratch()
        let configuration = Configuration(blue: [blue], green: [green])
        let first = try Bascule(configuration, folder: folder)
        try first.waitForHealth()
        #expect(try first.run("switch", "green").code == 0)
        try first.stop()
        let second = try Bascule(configuration, folder: folder)
        #expect(try second.get("/").text == "green")
        #expect(try second.service().active == .green)
        second.program.kill()
        let third = try Bascule(configuration, folder: folder)
        #expect(try third.get("/").text == "green")
    }

    @Test("A hold by hand ends with its controller, and who waits is let through")
    func controllerInAHold() throws {
        let (bascule, blue, _) = try twoColors()
        #expect(try bascule.run("hold", "--for", "1h").code == 0)
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/held"))
        try Wait.until("it waits") { try bascule.service().held == 1 }
        let old = try bascule.pid(of: "controller")
        ChildProcess.send(.kill, to: old)
        #expect(try client.readAnswer().text == "blue")
        #expect(blue.requests.map(\.path) == ["/held"])
        try Wait.until("another controller answers") {
            try bascule.run("status", "--json").code == 0
        }
        #expect(try bascule.service().phase == .open)
    }

    @Test(
        "A worker that dies while it holds has lost who waited: the switch goes on, and ends in 6")
    func workerThatHolds() throws {
        let mayAnswer = Steps()
        let blue = try ScriptedUpstream { request, connection in
            if request.path == "/slow" { try mayAnswer.wait(for: 0) }
            try connection.send(ScriptedUpstream.answer("blue"))
            return .keep
        }
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let bascule = try Bascule(Configuration(blue: [blue], green: [green]))
        try bascule.waitForHealth()
        let slow = try bascule.connect()
        try slow.send(RawConnection.request("GET", "/slow"))
        try Wait.until("blue is at work") { !blue.requests.isEmpty }
        let command = try bascule.start(["switch", "green", "--json"])
        try Wait.until("the service is held") { try bascule.service().phase == .held }
        // Who comes while the one with the slow request stands still comes to the other.
        let workers = try bascule.status().workers
        let busy = try #require(workers.first { $0.connections == 1 })
        let dying = try #require(workers.first { $0.id != busy.id })
        ChildProcess.send(.stop, to: busy.pid)
        let lost = try (0..<3).map { _ in try bascule.connect() }
        for client in lost { try client.send(RawConnection.request("GET", "/held")) }
        try Wait.until("they wait") { try bascule.service().held == lost.count }
        ChildProcess.send(.kill, to: dying.pid)
        try Wait.until("they wait no more") { try bascule.service().held == 0 }
        ChildProcess.send(.resume, to: busy.pid)
        let stays = try bascule.connect()
        try stays.send(RawConnection.request("GET", "/stays"))
        try Wait.until("it waits") { try bascule.service().held == 1 }
        mayAnswer.reach(0)
        #expect(try slow.readAnswer().text == "blue")
        let result = try Command(command)
        #expect(result.code == 6, "\(result.output)")
        let ending = try result.ending()
        #expect(ending.active == .green)
        #expect(ending.report.held == lost.count + 1)
        #expect(ending.report.lostWithWorker == lost.count)
        #expect(try stays.readAnswer().text == "green")
    }

    @Test("The deadline ends a hold also while nobody is left to end it")
    func deadlineWithoutController() throws {
        let (bascule, _, _) = try twoColors()
        #expect(try bascule.run("hold", "--for", "1s").code == 0)
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/held"))
        // Stopped, not killed: no other takes its place.
        let controller = try bascule.pid(of: "controller")
        ChildProcess.send(.stop, to: controller)
        defer { ChildProcess.send(.resume, to: controller) }
        // Its patience is over long before hold_timeout.
        #expect(try client.readAnswer().text == "blue")
    }

    @Test("A controller killed in the middle of a switch leaves the color as it was, and no hold")
    func controllerInASwitch() throws {
        let mayAnswer = Steps()
        let blue = try ScriptedUpstream { request, connection in
            if request.path == "/slow" { try mayAnswer.wait(for: 0) }
            try connection.send(ScriptedUpstream.answer("blue"))
            return .keep
        }
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let bascule = try Bascule(Configuration(blue: [blue], green: [green]))
        try bascule.waitForHealth()
        let slow = try bascule.connect()
        try slow.send(RawConnection.request("GET", "/slow"))
        try Wait.until("blue is at work") { !blue.requests.isEmpty }
        let command = try bascule.start(["switch", "green"])
        // The service is held a moment before that.
        try Wait.until("the drain has begun") {
            try bascule.service().operation?.step == .drain
        }
        let held = try bascule.connect()
        try held.send(RawConnection.request("GET", "/held"))
        let old = try bascule.pid(of: "controller")
        ChildProcess.send(.kill, to: old)
        // The next controller ends what the one before it has left unfinished.
        #expect(try held.readAnswer().text == "blue")
        #expect(try command.ending() != 0)
        mayAnswer.reach(0)
        #expect(try slow.readAnswer().text == "blue")
        try Wait.until("the controller is back") {
            try bascule.run("status").code == 0
        }
        let service = try bascule.service()
        #expect(service.active == .blue)
        #expect(service.phase == .open)
        #expect(service.operation == nil)
        let entry = try #require(
            try bascule.run("history", "--json").answer(HistoryAnswer.self).operations.first)
        #expect(entry.message.contains("ended in the step drain"), "\(entry.message)")
        let whole = try bascule.run("history", entry.operation, "--json")
            .answer(HistoryEntry.self)
        #expect(whole.events?.map(\.step) == [.lock, .drain, .drain])
        try bascule.waitForHealth()
        #expect(try bascule.run("switch", "green").code == 0)
    }
}
