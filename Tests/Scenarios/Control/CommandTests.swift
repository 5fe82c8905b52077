import Board
import Control
import Foundation
import Kernel
import Testing

/// What the commands answer, and with which exit code.
@Suite("Commands", .serialized, .timeLimit(.minutes(1)))
struct CommandTests {
    @Test("status tells the colors, the workers and the way back, for people and for programs")
    func status() throws {
        let colors = try TwoColors()
        let bascule = colors.bascule
        let text = try bascule.run("status")
        #expect(text.code == 0)
        for word in ["web", "blue", "green", "open"] { #expect(text.output.contains(word)) }
        let status = try bascule.status()
        let service = try #require(status.services.first)
        #expect(status.services.count == 1)
        #expect(service.name == "web")
        #expect(service.active == .blue)
        #expect(service.phase == .open)
        #expect(service.operation == nil)
        #expect(service.colors.map(\.name) == [.blue, .green])
        #expect(service.colors[0].targets.map(\.address) == [colors.blue.address.description])
        #expect(
            service.colors.allSatisfy { $0.targets.allSatisfy { $0.lastCheck?.passed == true } })
        #expect(status.workers.map(\.pid).sorted() == bascule.roles.dropFirst().map(\.pid).sorted())
        // The options are accepted before the command and after it.
        for line in [
            ["--json", "status"], ["status", "--json"],
            ["--socket", bascule.socket, "status", "web"],
            ["status", "web", "--socket", bascule.socket],
        ] {
            #expect(try Command(bascule.start(line)).code == 0, "\(line)")
        }
    }

    @Test("An answer that cannot be written is exit 1; a switch that nobody can be told of is 0")
    func unwritable() throws {
        let bascule = try TwoColors().bascule
        func code(_ words: String) throws -> Command {
            let path = BuildFolder.path(of: "bascule")
            return try Command(
                Program(
                    "/bin/sh",
                    ["-c", "exec '\(path)' --socket '\(bascule.socket)' \(words) > /dev/full"]))
        }
        let status = try code("status --json")
        #expect(status.code == 1)
        #expect(status.errors.contains("could not be written"))
        let history = try code("history")
        #expect(history.code == 1)
        #expect(history.errors.contains("could not be written"))
        #expect(try code("switch green").code == 0)
        #expect(try bascule.service().active == .green)
    }

    @Test("What is said to be overridden is what had refused, not what there was nothing to do for")
    func overridden() throws {
        let colors = try TwoColors()
        try colors.green.stop()
        let result = try colors.bascule.run(
            "switch", "green", "--override", "health", "--override", "migrations", "--json")
        #expect(result.code == 0, "\(result.output)")
        let passed = try result.events().filter { $0.state == .passed }
        let preflight = passed.first { $0.step == .preflight }
        #expect(preflight?.message == "journal; overridden: health")
        #expect(passed.first { $0.step == .verify }?.message == "overridden: health")
    }

    @Test(
        "switch goes to green and rollback back to blue, in both modes",
        arguments: ["handover", "overlap"])
    func switchAndBack(mode: String) throws {
        let bascule = try TwoColors().bascule
        let epoch = try bascule.service().epoch
        let there = try bascule.run("switch", "green", "--mode", mode, "--json")
        #expect(there.code == 0, "\(there.errors)")
        let ending = try there.ending()
        #expect(ending.outcome == .done)
        #expect(ending.active == .green)
        #expect(ending.epoch > epoch)
        #expect(ending.report.lost == 0)
        #expect(try bascule.get("/").text == "green")
        let back = try bascule.run("rollback", "--mode", mode)
        #expect(back.code == 0, "\(back.errors)")
        #expect(back.output.contains("blue"))
        #expect(try bascule.get("/").text == "blue")
        let steps = try there.events().filter { $0.state == .passed && $0.ending == nil }
            .map(\.step)
        let expected: [Step] =
            mode == "handover"
            ? [.preflight, .hold, .drain, .verify, .switch, .release]
            : [.preflight, .switch, .drain]
        #expect(steps.filter(expected.contains) == expected)
    }

    @Test("A switch to the color that is active changes nothing and is 0")
    func alreadyActive() throws {
        let bascule = try TwoColors().bascule
        let before = try bascule.service().epoch
        let command = try bascule.run("switch", "blue")
        #expect(command.code == 0)
        #expect((command.output + command.errors).contains("already active"))
        #expect(try bascule.service().epoch == before)
    }

    @Test("Each refusal has its own message and exit code")
    func refusals() throws {
        let colors = try TwoColors()
        colors.green.isHealthy = false
        let bascule = colors.bascule
        try Wait.until("green is unhealthy") { try !bascule.service().colors[1].healthy }
        for (line, code, word) in [
            (["switch", "purple"], 64, "purple"),
            (["switch", "nothing", "green"], 64, "nothing"),
            (["status", "nothing"], 64, "nothing"),
            (["status", "no thing"], 64, "no thing"),
            (["status", ""], 64, "without a name"),
            (["switch", "", "green"], 64, "without a name"),
            (["switch"], 64, ""),
            (["switch", "green", "--mode", "sideways"], 64, "sideways"),
            (["switch", "green", "--drain-timeout", "8"], 64, "8"),
            (["switch", "green"], 3, "health"),
            (["check", "--to", "green"], 3, "health"),
            (["rollback"], 3, ""),
            (["no-such-command"], 64, ""),
        ] as [([String], Int32, String)] {
            let command = try Command(bascule.start(line))
            #expect(command.code == code, "\(line): \(command.output)\(command.errors)")
            let said = command.output + command.errors
            #expect(word.isEmpty || said.contains(word), "\(line): \(said)")
        }
        #expect(try bascule.service().active == .blue)
        #expect(try bascule.get("/").text == "blue")
    }

    @Test("A service of one color has nowhere to go back to: a state, no wrong usage")
    func oneColor() throws {
        let bascule = try TwoColors { $0.services[0].green = [] }.bascule
        let back = try bascule.run("rollback")
        #expect(back.code == 3)
        #expect(back.errors.contains("blue alone"), "\(back.errors)")
        #expect(try bascule.run("switch", "green").code == 64)
    }

    @Test("A group of commands alone is wrong usage, its help stands where errors do")
    func groups() throws {
        for (line, word) in [
            ([], "USAGE: bascule"), (["db"], "bascule db"), (["config"], "show"),
        ] as [([String], String)] {
            let alone = try Command(Command.start(line))
            #expect(alone.code == 64, "\(line)")
            #expect(alone.output.isEmpty, "\(line)")
            #expect(alone.errors.contains(word), "\(line)")
            let help = try Command(Command.start(line + ["--help"]))
            #expect(help.code == 0, "\(line)")
            #expect(help.output.contains(word), "\(line)")
        }
    }

    @Test("A field of another operation is refused, and what is known here is said")
    func foreignFields() throws {
        let bascule = try TwoColors().bascule
        for (verb, body, word) in [
            ("switch", "{\"to\":\"green\",\"restore_database\":true}", "in a switch"),
            (
                "deploy", "{\"to\":\"green\",\"command\":[\"x\"],\"restore_database\":false}",
                "in a deploy"
            ),
            ("switch", "{\"to\":\"green\",\"to\":\"blue\"}", "to: found twice"),
            ("rollback", "{\"to\":\"green\"}", "the color before"),
        ] {
            let client = try RawConnection(to: .unix(path: bascule.socket))
            let answer = try client.post("/v1/services/web/\(verb)", body)
            #expect(answer.status == 400, "\(body)")
            #expect(answer.text.contains(word), "\(answer.text)")
        }
        #expect(try bascule.service().active == .blue)
    }

    @Test("check tells every check and changes nothing")
    func check() throws {
        let colors = try TwoColors()
        let before = try colors.bascule.service().epoch
        let passed = try colors.bascule.run("check", "--to", "green", "--json")
        #expect(passed.code == 0)
        let answer = try passed.answer(CheckAnswer.self)
        #expect(answer.passed)
        #expect(answer.checks.contains { $0.name == .health && $0.state == .passed })
        colors.green.isHealthy = false
        try Wait.until("green is unhealthy") {
            try colors.bascule.run("check", "--to", "green").code == 3
        }
        #expect(try colors.bascule.service().epoch == before)
    }

    @Test("No controller at the socket is 69, and the message names the socket")
    func noController() throws {
        let folder = try Scratch()
        let socket = folder.file("nobody.sock")
        for command in [["status"], ["switch", "green"], ["hold"]] {
            let result = try Command(
                Command.start(command, environment: ["BASCULE_SOCKET": socket]))
            #expect(result.code == 69)
            #expect(result.errors.contains(socket))
        }
    }

    @Test(
        "Who may not operate may read where the socket lets them, and gets 77",
        .enabled(if: ThisProcess.isRoot, "only root can run a command as somebody else"))
    func permissions() throws {
        func run(_ bascule: Bascule, _ arguments: String...) throws -> Command {
            let line =
                ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
                + [BuildFolder.path(of: "bascule")] + arguments
            return try Command(
                Program(
                    "/usr/bin/setpriv", line, environment: ["BASCULE_SOCKET": bascule.socket]))
        }
        let open = try TwoColors { $0.control.append("mode: \"0666\"") }.bascule
        #expect(try run(open, "status").code == 0)
        for command in [["switch", "green"], ["hold"], ["release"], ["rollback"]] {
            let result = try run(open, command[0], command.count > 1 ? command[1] : "web")
            #expect(result.code == 77, "\(command): \(result.errors)")
            #expect(result.errors.contains("nobody") || result.errors.contains("permitted"))
        }
        #expect(try open.service().active == .blue)
        let closed = try TwoColors { $0.control.append("mode: \"0600\"") }.bascule
        #expect(try run(closed, "status").code == 77)
    }

    @Test("curl can do what the command line does")
    func curl() throws {
        let bascule = try TwoColors().bascule
        func curl(_ arguments: String...) throws -> Command {
            try Command(
                Program(
                    "/usr/bin/curl",
                    ["--silent", "--max-time", "10", "--unix-socket", bascule.socket] + arguments))
        }
        let status = try curl("http://bascule/v1/status")
        #expect(try status.answer(Status.self).services[0].active == .blue)
        let unknown = try curl("--include", "http://bascule/v1/services/nothing")
        #expect(unknown.output.contains("404"))
        #expect(unknown.output.lowercased().contains("application/problem+json"))
        let switched = try curl(
            "--include", "--data", "{\"to\":\"green\",\"mode\":\"overlap\"}",
            "http://bascule/v1/services/web/switch")
        #expect(switched.output.lowercased().contains("application/x-ndjson"))
        #expect(switched.output.contains("\"outcome\":\"done\""))
        let wrong = try curl(
            "--data", "{\"to\":\"green\",\"sideways\":true}",
            "http://bascule/v1/services/web/switch")
        #expect(wrong.output.contains("sideways"))
        #expect(try bascule.service().active == .green)
    }
}
