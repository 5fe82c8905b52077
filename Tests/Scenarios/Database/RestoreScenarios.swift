import Board
import Control
import Foundation
import Kernel
import LoadClient
import Testing

/// Restores through the real processes.
@Suite("Restores", .serialized, .timeLimit(.minutes(4)))
struct RestoreScenarios {
    @Test("A dry run says what would be lost and does nothing of it")
    func dryRun() throws {
        let stage = try DatabaseStage()
        let backup = try stage.backUp()
        try stage.add(5, "lost")
        let command = try stage.bascule.run("db", "restore", backup, "--dry-run", "--json")
        #expect(command.code == 0)
        let losses = try #require(try command.events().last?.details["losses"])
        let tables = try ControlJSON.decode([TableLoss].self, from: losses)
        #expect(tables.contains(TableLoss(table: "Transactions", live: 5, backup: 0, lost: 5)))
        #expect(try stage.rows() == 5)
        #expect(try stage.bascule.service().phase == .open)
        #expect(try stage.backups == [backup])
        let restored = try stage.bascule.run("db", "restore", backup)
        #expect(restored.code == 0, "\(restored.output)")
        #expect(try stage.rows() == 0)
    }

    @Test("A flipped octet, a missing manifest, a corrupt file, a strange name: refused")
    func refused() throws {
        let stage = try DatabaseStage()
        try stage.add(5, "kept")
        let backup = try stage.backUp()
        let path = stage.file(backup)
        let good = try Data(contentsOf: URL(filePath: path))
        var flipped = good
        let place = try #require(good.range(of: Data("Food".utf8)))
        flipped[place.lowerBound] ^= 0x20
        try flipped.write(to: URL(filePath: path))
        for verb in ["verify", "restore"] {
            let command = try stage.bascule.run("db", verb, backup)
            #expect(command.code == 3)
            #expect(command.output.contains("sha256"), "\(command.output)")
        }
        try Data(repeating: 0, count: good.count).write(to: URL(filePath: path))
        #expect(try stage.bascule.run("db", "restore", backup, "--override", "backup").code == 3)
        try good.write(to: URL(filePath: path))
        let manifest = try Data(contentsOf: URL(filePath: path + ".json"))
        try FileManager.default.removeItem(atPath: path + ".json")
        #expect(try stage.bascule.run("db", "restore", backup).code == 3)
        try manifest.write(to: URL(filePath: path + ".json"))
        #expect(try stage.bascule.run("db", "restore", "nothing.db").code == 3)
        #expect(try stage.rows() == 5)
        #expect(try stage.bascule.run("db", "restore", path).code == 0)
    }

    @Test("A request that does not end is waited for, then all is as before")
    func drainTimeout() throws {
        let stage = try DatabaseStage()
        let backup = try stage.backUp()
        try stage.add(3, "kept")
        let slow = try stage.bascule.connect()
        try slow.send(RawConnection.request("GET", "/diagnostics/delay?delay_ms=60000"))
        try Wait.until("it is in flight") {
            try stage.bascule.service().colors.map(\.inFlight).reduce(0, +) == 1
        }
        let command = try stage.bascule.run(
            "db", "restore", backup, "--drain-timeout", "200ms", "--json")
        #expect(command.code == 4, "\(command.output)")
        #expect(try stage.rows() == 3)
        #expect(try stage.bascule.service().phase == .open)
    }

    @Test("In maintenance nothing has to be held, and the maintenance goes on")
    func maintenance() throws {
        let stage = try DatabaseStage()
        let backup = try stage.backUp()
        try stage.add(3, "lost")
        #expect(try stage.bascule.run("maintenance", "web", "on").code == 0)
        let restored = try stage.bascule.run("db", "restore", backup)
        #expect(restored.code == 0, "\(restored.output)")
        #expect(restored.output.contains("the maintenance goes on"), "\(restored.output)")
        #expect(try stage.rows() == 0)
        #expect(try stage.bascule.service().phase == .maintenance)
        #expect(try stage.bascule.get("/categories").status == 503)
        #expect(try stage.bascule.run("maintenance", "web", "off").code == 0)
        #expect(try stage.bascule.get("/categories").status == 200)
    }

    @Test(
        "kill -9 of the job or the controller, at every step of a restore, leaves old or new whole",
        arguments: [
            "restore.lock=kill", "restore.copy=kill", "restore.commit=kill",
            "restore.committed=kill", "restore.check=kill", "backup.copy=kill",
            "backup.rename=kill", "restore.step.restore=kill@1",
        ])
    func killed(fault: String) throws {
        let folder = try Scratch()
        let backup = try { () -> String in
            let stage = try DatabaseStage(folder: folder)
            try stage.add(7, "old")
            let name = try stage.backUp()
            try stage.add(4, "new")
            try stage.bascule.stop()
            #expect(try stage.blue.stop() == 0)
            #expect(try stage.green.stop() == 0)
            return name
        }()
        let stage = try DatabaseStage(again: folder, faults: fault)
        let command = try stage.bascule.run("db", "restore", backup, "--json")
        #expect(command.code != 0, "\(command.output)")
        try Wait.until("the service is open again", seconds: 20) {
            // A controller that was killed is not back at once.
            let status = try stage.bascule.run("status", "--json")
            return try status.code == 0 && status.answer(Status.self).services[0].phase == .open
        }
        let isNew = fault.hasPrefix("restore.committed") || fault.hasPrefix("restore.check")
        #expect(try stage.rows() == (isNew ? 7 : 11))
        #expect(try DatabaseStage.isWhole(stage.live))
        try stage.add(2, "after")
        #expect(try stage.rows() == (isNew ? 9 : 13))
        #expect(try stage.bascule.run("db", "verify", backup).code == 0)
    }
}
