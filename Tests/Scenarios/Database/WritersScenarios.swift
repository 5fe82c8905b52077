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

    @Test("A process that writes while requests are held is named, and refuses nothing")
    func named() throws {
        let stage = try DatabaseStage()
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
}
