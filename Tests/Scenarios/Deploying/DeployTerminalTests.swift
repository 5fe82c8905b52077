import Board
import Control
import Foundation
import Kernel
import Testing

/// The command of a deploy runs in the operator's terminal, with everything that belongs to that.
@Suite("A deploy's command and its terminal", .serialized, .timeLimit(.minutes(4)))
struct DeployTerminalTests {
    private func deploy(
        _ stage: DeployStage, _ script: String, _ turns: [TerminalDriver.Turn],
        through shell: Bool = false
    ) throws -> Command {
        let line = [
            BuildFolder.path(of: "bascule"), "deploy", "green", "--watch", "0s", "--",
            "/bin/sh", "-c", script,
        ]
        return try TerminalDriver.run(
            shell ? ["/bin/bash", "--norc", "--noprofile", "-i"] : line, turns,
            environment: ["BASCULE_SOCKET": stage.bascule.socket, "PS1": "$ "],
            folder: stage.folder.path)
    }

    @Test("It has the terminal for input and output, the operator's folder and rights")
    func terminal() throws {
        let stage = try DeployStage(greenLevel: 2)
        let script = """
            test -t 0 && test -t 1 && test -t 2 && echo all three are terminals
            test "$(ps -o tpgid= -p $$ | tr -d ' ')" = $$ && echo it has the keys
            echo "in $(pwd -P) as $(id -u)"; echo rea''dy; read word; echo "got <$word>"
            """
        let command = try deploy(stage, script, [.init("ready", "hello\n")])
        #expect(command.code == 0, "\(command.output)")
        for line in [
            "all three are terminals", "it has the keys", "got <hello>",
            "in \(stage.folder.path) as \(ThisProcess.userIdentifier)",
        ] {
            #expect(command.output.contains(line), "\(line): \(command.output)")
        }
        #expect(try stage.bascule.service().active == .green)
    }

    @Test("Ctrl-C reaches the command; what it still does is waited for, with its lease alive")
    func interrupted() throws {
        let stage = try DeployStage(greenLevel: 2)
        // Longer than the silence that would end it.
        let script = """
            trap 'echo trapped; sleep 6; echo cleaned up; exit 5' INT
            echo rea''dy; n=0; while [ $((n += 1)) -lt 600 ]; do sleep 0.1; done
            """
        let command = try deploy(stage, script, [.init("ready", TerminalDriver.interrupt)])
        #expect(command.code == 3, "\(command.output)")
        #expect(command.output.contains("cleaned up"), "\(command.output)")
        #expect(command.output.contains("the command ended with exit code 5"), "\(command.output)")
        // No shell: dash drops an interrupt that meets it while it starts a program.
        let plain = try deploy(
            stage,
            "exec python3 -c 'import signal, time; signal.signal(2, signal.SIG_DFL); "
                + "print(\"rea\" + \"dy\", flush=True); time.sleep(60)'",
            [.init("ready", TerminalDriver.interrupt)])
        #expect(plain.code == 3, "\(plain.output)")
        #expect(plain.output.contains("signal 2"), "\(plain.output)")
        let service = try stage.bascule.service()
        #expect(service.active == .blue)
        #expect(service.phase == .open)
    }

    @Test("Ctrl-Z does not suspend it, for others wait: it goes on, and that is said")
    func suspended() throws {
        let stage = try DeployStage(greenLevel: 2)
        let command = try deploy(
            stage, "echo rea''dy; read word; echo \"got <$word>\"",
            [.init("ready", TerminalDriver.suspend), .init("cannot be suspended", "on\n")])
        #expect(command.code == 0, "\(command.output)")
        #expect(command.output.contains("got <on>"), "\(command.output)")
        #expect(try stage.bascule.service().active == .green)
    }

    @Test("In the background it waits for the terminal that it asks for, and fg gives it that")
    func background() throws {
        let stage = try DeployStage(greenLevel: 2)
        let name = BuildFolder.path(of: "bascule")
        let line =
            "\(name) deploy green --watch 0s -- sh -c 'read word; echo \"got <$word>\"' &\n"
        // What the shell itself says of a job comes with its next prompt.
        let command = try deploy(
            stage, "",
            [
                // Whatever its prompt looks like.
                .init(" ", line), .init("job is in the background", "fg\n"),
                .init("deploy green", "hello\n"), .init("serves web", "exit $?\n"),
            ], through: true)
        #expect(command.code == 0, "\(command.output)")
        #expect(command.output.contains("got <hello>"), "\(command.output)")
        #expect(try stage.bascule.service().active == .green)
    }

    @Test("A terminal that stops whoever writes to it from the background stops no lease")
    func tostop() throws {
        let stage = try DeployStage(greenLevel: 2)
        // Longer than the silence that would end it.
        let command = try deploy(stage, "stty tostop; sleep 6; echo done with it", [])
        #expect(command.code == 0, "\(command.output)")
        #expect(command.output.contains("done with it"))
        #expect(try stage.bascule.service().active == .green)
    }

    @Test("Who was stopped before the command and goes on when the deploy is over does not run it")
    func lateCommandLine() throws {
        let stage = try DeployStage(greenLevel: 2, faults: "backup.pin=stop")
        let program = try stage.bascule.start(
            ["deploy", "green", "--json", "--", "/usr/bin/touch", stage.folder.file("at")])
        let job = try Wait.forValue("the pin stops in the hold") {
            stage.bascule.roles.first {
                $0.title.hasPrefix("bascule: database") && ProcessFacts.isStopped($0.pid)
            }?.pid
        }
        program.send(.stop)
        try Wait.until("the command line is stopped") { ProcessFacts.isStopped(program.pid) }
        ChildProcess.send(.resume, to: job)
        try Wait.until("the silence ends the deploy", seconds: 15) {
            let service = try stage.bascule.service()
            return service.operation == nil && service.phase == .open
        }
        program.send(.resume)
        let command = try Command(program)
        #expect(command.code == 3, "\(command.output)\(command.errors)")
        #expect(command.output.contains("nothing was heard of the command"))
        #expect(Files.kind(stage.folder.file("at")) == nil)
    }
}
