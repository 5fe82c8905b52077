import Board
import Control
import Foundation
import Kernel
import Testing

/// Which processes there are, whose they are, and how they begin and end.
@Suite("Processes", .serialized, .timeLimit(.minutes(1)))
struct RoleTests {
    @Test("ps shows a supervisor, a controller and the workers, and they run one executable")
    func titles() throws {
        let bascule = try Bascule(Configuration(blue: [try ScriptedUpstream()]))
        let titles = ["bascule: controller", "bascule: worker 0", "bascule: worker 1"]
        #expect(bascule.roles.map(\.title) == titles)
        #expect(ProcessFacts.title(of: bascule.program.pid) == "bascule: supervisor")
        for role in bascule.roles {
            let executable = URL(filePath: "/proc/\(role.pid)/exe").resolvingSymlinksInPath()
            #expect(executable.path == BuildFolder.path(of: "bascule"))
        }
        #expect(try bascule.status().controller.pid == bascule.pid(of: "controller"))
        #expect(try bascule.stop() == 0)
    }

    @Test("Workers come first: the controller's threads are nicer by 5 and interrupt nobody")
    func precedence() throws {
        let bascule = try Bascule(Configuration(blue: [try ScriptedUpstream()]))
        try bascule.waitForHealth()
        let worker = try ProcessFacts.niceValues(of: bascule.pid(of: "worker 0"))
        let controller = try ProcessFacts.niceValues(of: bascule.pid(of: "controller"))
        #expect(worker.count == 1)
        #expect(controller == Set(worker.map { $0 + 5 }))
        #expect(try ProcessFacts.policies(of: bascule.pid(of: "worker 0")) == [0])
        #expect(try ProcessFacts.policies(of: bascule.pid(of: "controller")) == [3])
        // An older Linux gives everybody the same.
        let shortened = OperatingSystemVersion(majorVersion: 6, minorVersion: 12, patchVersion: 0)
        if ProcessInfo.processInfo.isOperatingSystemAtLeast(shortened),
            let slice = try ProcessFacts.slice(of: bascule.pid(of: "worker 0"))
        {
            #expect(slice == 100_000)
        }
    }

    @Test("It says one line when it accepts traffic, and the socket's folder stays clean")
    func oneLine() throws {
        let bascule = try Bascule(Configuration(blue: [try ScriptedUpstream()]))
        let lines = bascule.program.standardOutput.split(separator: "\n")
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix("bascule "))
        #expect(FileManager.default.fileExists(atPath: bascule.socket))
        try bascule.stop()
        #expect(bascule.program.standardOutput.split(separator: "\n").count == 1)
        #expect(try bascule.run("status").code == 69)
    }

    @Test("The admin address answers probes and metrics, and nothing that changes anything")
    func admin() throws {
        let port = try FreePort.next()
        var configuration = Configuration(blue: [try ScriptedUpstream()])
        configuration.lines.append("admin: {address: \"127.0.0.1:\(port)\"}")
        let bascule = try Bascule(configuration)
        #expect(try bascule.get("/").status == 200)
        let client = try RawConnection(to: .ipv4(0x7f00_0001, port: port))
        #expect(try client.get("/healthz").status == 200)
        let metrics = try client.get("/metrics")
        #expect(metrics.status == 200)
        #expect(metrics.text.contains("bascule_active{service=\"web\",color=\"blue\"} 1"))
        #expect(try client.get("/v1/status").status == 404)
        #expect(try client.post("/v1/services/web/hold", "{}").status == 404)
        #expect(try bascule.service().phase == .open)
    }

    @Test(
        "Started as root with a user, the roles give root away for good",
        .enabled(if: ThisProcess.isRoot, "only root can become another user"))
    func privileges() throws {
        let nobody = try #require(Identity(user: "nobody"))
        let daemon = try #require(Identity(user: "daemon"))
        var configuration = Configuration(blue: [try ScriptedUpstream()])
        configuration.lines += ["user: nobody", "worker_user: daemon"]
        let bascule = try Bascule(configuration)
        for role in bascule.roles {
            let identity = role.title.hasPrefix("bascule: worker") ? daemon : nobody
            let ids = Array(repeating: "\(identity.user)", count: 4).joined(separator: "\t")
            // One worker is enough to accept traffic: another may still be on its way there.
            try Wait.until("\(role) is no longer root") {
                let facts = ProcessFacts.status(of: role.pid)
                return facts["Uid"] == ids && facts["NoNewPrivs"] == "1"
            }
            let facts = ProcessFacts.status(of: role.pid)
            let groups = Array(repeating: "\(identity.group)", count: 4).joined(separator: "\t")
            #expect(facts["Uid"] == ids, "\(role)")
            #expect(facts["Gid"] == groups, "\(role)")
            let supplementary = Set((facts["Groups"] ?? "").split(separator: " ").map(String.init))
            #expect(supplementary == Set(identity.groups.map { "\($0)" }), "\(role)")
            #expect(facts["NoNewPrivs"] == "1", "\(role)")
            for set in ["CapPrm", "CapEff", "CapInh", "CapAmb"] {
                #expect(facts[set] == "0000000000000000", "\(role) \(set)")
            }
        }
        #expect(try bascule.get("/").status == 200)
        #expect(try bascule.service().name == "web")
        // A worker that is replaced is as unprivileged as the first.
        let worker = try bascule.pid(of: "worker 0")
        ChildProcess.send(.kill, to: worker)
        let next = try Wait.forValue("worker 0 is back") {
            bascule.roles.first { $0.title == "bascule: worker 0" && $0.pid != worker }
        }
        try Wait.until("it is no longer root") {
            ProcessFacts.status(of: next.pid)["Uid"]?.hasPrefix("\(daemon.user)\t") == true
        }
    }

    @Test(
        "A user that does not exist is exit 78 before anything listens",
        .enabled(if: ThisProcess.isRoot, "only root becomes another user"))
    func unknownUser() throws {
        let folder = try Scratch()
        var configuration = Configuration(blue: [try ScriptedUpstream()])
        configuration.lines.append("user: nobody-of-this-name")
        let port = try FreePort.next()
        let file = try folder.write(
            configuration.text(listen: ["127.0.0.1:\(port)"], folder: folder.path),
            to: "bascule.yaml")
        let command = try Command("serve", "--config", file)
        #expect(command.code == 78)
        #expect(command.errors.contains("nobody-of-this-name"))
        #expect(command.output.isEmpty)
    }

    @Test("TERM under load ends everything in time, and no request fails")
    func gracefulEnd() throws {
        let app = try ScriptedUpstream()
        let bascule = try Bascule(Configuration(blue: [app]))
        let crowd = Crowd(8, to: bascule.address)
        try crowd.waitForAnswers(200)
        let start = Instant.now
        #expect(try bascule.stop() == 0)
        #expect(Instant.now.milliseconds(since: start) < 9_000)
        let results = try crowd.stop()
        // Once nobody listens any more a new connection is refused; before that, nothing fails.
        let failed = results.failures.filter {
            if case .refused = $0.outcome { false } else { true }
        }
        #expect(failed.isEmpty, "\(failed.prefix(3))")
    }

    @Test("TERM lets a request that runs come to its end")
    func gracefulEndOfOne() throws {
        let mayAnswer = Steps()
        let app = try ScriptedUpstream { _, connection in
            try mayAnswer.wait(for: 0)
            try connection.send(ScriptedUpstream.answer("late"))
            return .keep
        }
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/"))
        try Wait.until("the app has it") { !app.requests.isEmpty }
        bascule.program.send(.terminate)
        try Wait.until("nobody listens any more") {
            do {
                _ = try bascule.connect()
                return false
            } catch RawConnection.Failure.refused {
                return true
            }
        }
        mayAnswer.reach(0)
        let answer = try client.readAnswer()
        #expect(answer.text == "late")
        #expect(answer["connection"] == "close")
        #expect(try bascule.program.ending() == 0)
    }

    @Test("Whoever stops it while nothing is to be waited for is told so, and who watches as well")
    func stopIsTold() throws {
        for _ in 0..<3 {
            let bascule = try Bascule(Configuration(blue: [try ScriptedUpstream()]))
            let events = try bascule.start(["events"])
            try Wait.until("somebody watches") {
                try bascule.run("release").code == 0 && bascule.run("hold").code == 0
                    && events.standardOutput.contains("held by hand")
            }
            let stop = try bascule.run("stop")
            #expect(stop.code == 0, "\(stop.output)\(stop.errors)")
            #expect(stop.output.contains("gracefully"))
            let watched = try Command(events)
            #expect(watched.code == 1)
            #expect(watched.errors.contains("the controller ended the stream"))
            #expect(try bascule.program.ending() == 0)
        }
    }

    @Test("When the supervisor is killed, its roles end by themselves")
    func supervisorKilled() throws {
        let bascule = try Bascule(Configuration(blue: [try ScriptedUpstream()]))
        let roles = bascule.roles
        #expect(roles.count == 3)
        bascule.program.kill()
        try Wait.until("all roles have ended") {
            !roles.contains { ProcessFacts.isRunning($0.pid) }
        }
        #expect(throws: RawConnection.Failure.self) { _ = try bascule.connect() }
    }

    @Test("From the sixth death in ten seconds on a role is started later, and the log says so")
    func backOff() throws {
        var configuration = Configuration(blue: [try ScriptedUpstream()])
        configuration.workers = 1
        let bascule = try Bascule(configuration)
        for death in 1...6 {
            let pid = try bascule.pid(of: "worker 0")
            #expect(!bascule.program.standardError.contains("again and again"), "\(death)")
            ChildProcess.send(.kill, to: pid)
            try Wait.until("worker 0 is gone") { !ProcessFacts.isRunning(pid) }
        }
        try Wait.until("the log says so") {
            bascule.program.standardError.contains("worker 0 dies again and again")
        }
        #expect(try bascule.get("/").status == 200)
    }
}
