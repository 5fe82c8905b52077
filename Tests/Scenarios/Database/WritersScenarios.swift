import Control
import Foundation
import Kernel
import Testing

/// The check `writers` of a switch: nobody should write to the database past the door.
@Suite("Writers past the door", .serialized, .timeLimit(.minutes(2)))
struct WritersScenarios {
    private func check(_ command: Command) throws -> Check? {
        let verify = try command.events().first { $0.step == .verify && $0.state == .passed }
        guard case .array(let list) = verify?.details["checks"] else { return nil }
        return
            try list
            .map { try ControlJSON.decode(Check.self, from: ControlJSON.encode($0)) }
            .first { $0.name == .writers }
    }

    /// A process that writes past the door until it is killed.
    private func startWriter(_ stage: DatabaseStage) throws -> Program {
        let script = """
            import sqlite3, sys, time
            db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
            open(sys.argv[2], 'w').close()
            end = time.monotonic() + 60
            while time.monotonic() < end:
                db.execute('INSERT INTO Chain (Row, Sum) VALUES (NULL, 0)')
            """
        let mark = stage.folder.file("writes")
        let writer = try Program("/usr/bin/python3", ["-c", script, stage.live, mark])
        try Wait.until("it writes") { Files.kind(mark) != nil }
        return writer
    }

    @Test("A process that writes while requests are held is named, and refuses nothing")
    func named() throws {
        let stage = try DatabaseStage()
        let writer = try startWriter(stage)
        let command = try stage.bascule.run("switch", "green", "--json")
        writer.kill()
        #expect(command.code == 0, "\(command.output)\(command.errors)")
        let check = try #require(try check(command))
        #expect(check.state == .warned)
        #expect(check.saw?.contains("process \(writer.pid) (python3)") == true, "\(check)")
        #expect(try Set(stage.entries().map(\.reason)) == [.preSwitch, .drained])
    }

    @Test("Where nobody writes the check passes")
    func quiet() throws {
        let stage = try DatabaseStage()
        try stage.add(5, "before")
        let command = try stage.bascule.run("switch", "green", "--json")
        #expect(command.code == 0, "\(command.output)\(command.errors)")
        #expect(try check(command)?.state == .passed)
    }

    @Test("Without copies it is looked all the same, and said that there is none of the moment")
    func withoutCopies() throws {
        let stage = try DatabaseStage()
        let writer = try startWriter(stage)
        let command = try stage.bascule.run("switch", "green", "--no-backup", "--json")
        writer.kill()
        #expect(command.code == 0, "\(command.output)\(command.errors)")
        let check = try #require(try check(command))
        #expect(check.state == .warned)
        #expect(check.saw?.contains("process \(writer.pid) (python3)") == true, "\(check)")
        #expect(
            try command.events().contains {
                $0.step == .drain && $0.message == "no copy of the drained moment: --no-backup"
            })
        #expect(try stage.backups.isEmpty)
    }

    @Test("Without a backup before the hold the drained moment is kept all the same")
    func drainedAlone() throws {
        let stage = try DatabaseStage(backup: ["before_switch: false"])
        try stage.add(5, "before")
        let command = try stage.bascule.run("switch", "green", "--watch", "0s", "--json")
        #expect(command.code == 0, "\(command.output)\(command.errors)")
        #expect(try check(command)?.state == .passed)
        #expect(try !command.events().contains { $0.step == .backup && $0.state == .started })
        #expect(try stage.entries().map(\.reason) == [.drained])
    }

    @Test("A database without a log, and none to copy to: the check says why it was not made")
    func withoutLog() throws {
        let folder = try Scratch()
        let path = try StatementTests.database(in: folder, mode: "delete")
        let colors = try TwoColors { $0.services[0].database = ["sqlite: \(path)"] }
        let command = try colors.bascule.run("switch", "green", "--watch", "0s", "--json")
        #expect(command.code == 0, "\(command.output)\(command.errors)")
        let check = try #require(try check(command))
        #expect(check.state == .skipped)
        #expect(check.saw?.contains("in WAL mode only") == true, "\(check)")
    }
}
