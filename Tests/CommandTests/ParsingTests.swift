import ArgumentParser
import Board
import Control
import Testing

@testable import bascule

@Suite("The command line")
struct ParsingTests {
    private func parsed<Command: ParsableCommand>(
        _ line: String, as type: Command.Type
    ) throws -> Command {
        let words = line.split(separator: " ").map(String.init)
        return try #require(try BasculeCommand.parseAsRoot(words) as? Command)
    }

    /// The exit code and the message of a line that is refused.
    private func refusal(_ line: String) -> (code: Int32, message: String)? {
        do {
            _ = try BasculeCommand.parseAsRoot(line.split(separator: " ").map(String.init))
            return nil
        } catch {
            return (
                BasculeCommand.exitCode(for: error).rawValue, BasculeCommand.message(for: error)
            )
        }
    }

    @Test("Options stand before or behind the verb; what stands behind counts")
    func optionPlaces() throws {
        let before = try parsed("--socket /a --json status", as: StatusCommand.self)
        #expect(before.connection.socket == "/a")
        #expect(before.connection.json)
        let behind = try parsed("status --socket /a web --json", as: StatusCommand.self)
        #expect(behind.connection.socket == "/a")
        #expect(behind.connection.json)
        #expect(behind.service == "web")
        let nested = try parsed("--json config --socket /a show", as: ConfigShowCommand.self)
        #expect(nested.connection.socket == "/a")
        #expect(nested.connection.json)
        let both = try parsed("--socket /a status --socket /b", as: StatusCommand.self)
        #expect(both.connection.socket == "/b")
        #expect(!both.connection.json)
    }

    @Test("A switch takes a color, or a service and a color")
    func switchNames() throws {
        let short = try parsed("switch green", as: SwitchCommand.self)
        #expect(short.service == nil)
        #expect(short.color == .green)
        let long = try parsed("switch web blue", as: SwitchCommand.self)
        #expect(long.service == "web")
        #expect(long.color == .blue)
    }

    @Test("Every flag of a switch stands in its body under its name")
    func switchBody() throws {
        let line =
            "switch web green --mode overlap --hold-timeout 10s --drain-timeout 5s "
            + "--on-drain-timeout cut --streams close --watch 0s --timeout 2m --no-backup "
            + "--accept a1 --accept a2 --override health --override schema --detach"
        let command = try parsed(line, as: SwitchCommand.self)
        #expect(
            try ControlJSON.text(command.options.body) == """
                {"accept":["a1","a2"],"detach":true,"drain_timeout":"5s","hold_timeout":"10s",\
                "mode":"overlap","no_backup":true,"on_drain_timeout":"cut",\
                "override":["health","schema"],"streams":"close","timeout":"120s","watch":"0s"}
                """)
    }

    @Test("Flags that are not given are not sent")
    func emptyBody() throws {
        let command = try parsed("rollback", as: RollbackCommand.self)
        #expect(try ControlJSON.text(command.options.body) == "{}")
        #expect(command.service == nil)
        #expect(!command.restoreDatabase)
    }

    @Test("The other verbs")
    func otherVerbs() throws {
        let check = try parsed("check web --to green", as: CheckCommand.self)
        #expect(check.service == "web")
        #expect(check.color.color == .green)
        let hold = try parsed("hold --for 1m30s", as: HoldCommand.self)
        #expect(hold.duration == .seconds(90))
        #expect(try parsed("release web", as: ReleaseCommand.self).service == "web")
        #expect(try parsed("requests", as: RequestsCommand.self).service == nil)
        #expect(try parsed("serve --config /a", as: ServeCommand.self).config == "/a")
        #expect(
            try parsed("serve", as: ServeCommand.self).config == "/etc/bascule/bascule.yaml")
        #expect(try parsed("config check /a", as: ConfigCheckCommand.self).file == "/a")
        let operation = "01J8ZQ4T9ZK3V5W7X9YABCDEFG"
        #expect(
            try parsed("history web \(operation)", as: HistoryCommand.self).names
                == ["web", operation])
        #expect(HistoryCommand.isOperation(operation))
        let deploy = try parsed("deploy web green --hold all -- up -d", as: DeployCommand.self)
        #expect(deploy.service == "web")
        #expect(deploy.color == .green)
        #expect(deploy.command == ["up", "-d"])
        #expect(try parsed("deploy green -- up", as: DeployCommand.self).service == nil)
        #expect(!HistoryCommand.isOperation("web"))
    }

    @Test(
        "Wrong usage exits 64 and says what was found and what was expected",
        arguments: [
            ("switch red", "found \"red\" as color, expected blue or green"),
            ("switch web red", "found \"red\" as color, expected blue or green"),
            ("switch a b green", "found 3 names, expected a color, or a service and a color"),
            (
                "switch green --hold-timeout 10",
                "found \"10\", expected a duration with a unit, like 250ms, 30s, 5m or 1h"
            ),
            (
                "switch green --hold-timeout 5s --drain-timeout 6s",
                "--drain-timeout: found 6s, expected at most --hold-timeout (5s): "
                    + "the hold would end before the drain"
            ),
            (
                "switch green --mode overlap --on-drain-timeout back",
                "--on-drain-timeout: found back, expected overlap or cut"
            ),
            (
                "switch green --override journal",
                "--override: found \"journal\", which cannot be overridden"
            ),
            (
                "db restore a.db --override disk",
                "The value 'disk' is invalid for '--override <check>'"
            ),
            ("db restore a.db --override writers", "The value 'writers' is invalid for"),
            ("deploy -- start", "found no name, expected a color, or a service and a color"),
            ("deploy red -- start", "found \"red\" as color, expected blue or green"),
            ("deploy a b green -- start", "found \"b\" as color, expected blue or green"),
            ("deploy web green more -- start", "Unexpected argument 'more'"),
            ("deploy web green start", "no command, expected -- and what starts the new version"),
            ("deploy green", "no command, expected -- and what starts the new version"),
            ("switch green --override x", "The value 'x' is invalid for '--override <check>'"),
            ("switch green --mode both", "The value 'both' is invalid for '--mode <mode>'"),
            ("check --to red", "The value 'red' is invalid for '--to <color>'"),
            ("check", "Missing expected argument '--to <color>'"),
            ("frob", "Unexpected argument 'frob'"),
            ("history a b", "found \"b\" as operation, expected an ID of 26 characters"),
            ("hold --for soon", "found \"soon\", expected a duration with a unit"),
        ])
    func wrongUsage(line: String, expected: String) {
        let refused = refusal(line)
        #expect(refused?.code == 64)
        #expect(refused?.message.contains(expected) == true, "\(refused?.message ?? "accepted")")
    }

    @Test("Help lists the checks that --override takes there, and no other")
    func overrides() throws {
        let every = BasculeCommand.helpMessage(for: SwitchCommand.self)
        #expect(every.contains("writers"))
        #expect(!every.contains("journal"))
        let restore = BasculeCommand.helpMessage(for: DatabaseRestoreCommand.self)
        #expect(restore.contains("migrations, schema, backup"), "\(restore)")
        let command = try parsed(
            "db restore a.db --override backup --override schema", as: DatabaseRestoreCommand.self)
        #expect(command.override.map(\.name) == [.backup, .schema])
    }

    @Test("A socket's path of 107 octets is accepted, one of 108 is not")
    func socketLength() throws {
        let path = "/" + String(repeating: "a", count: 106)
        #expect(try parsed("status --socket \(path)", as: StatusCommand.self).service == nil)
        #expect(refusal("status --socket \(path)a")?.code == 64)
    }
}
