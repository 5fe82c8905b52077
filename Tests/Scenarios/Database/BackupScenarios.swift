import Board
import Control
import Foundation
import Journal
import Kernel
import LoadClient
import Testing

/// Backups through the real processes.
@Suite("Backups", .serialized, .timeLimit(.minutes(4)))
struct BackupScenarios {
    @Test(
        "While people work: backup, verify, restore and a rollback with restore; no request fails")
    func underLoad() throws {
        let stage = try DatabaseStage(backup: ["keep: 20"])
        let load = try stage.startLoad("db")
        func workOn(_ count: Int) throws {
            let before = load.progress.requests
            try Wait.until("the load goes on") { load.progress.requests > before + count }
        }
        try workOn(100)
        let first = try stage.backUp()
        #expect(try DatabaseStage.isWhole(stage.file(first)))
        #expect(try stage.bascule.run("db", "verify", first).code == 0)
        try workOn(50)
        let restore = try stage.bascule.run("db", "restore", first, "--yes", "--json")
        #expect(restore.code == 0, "\(restore.output)\(restore.errors)")
        #expect(try restore.ending().report.lost == 0)
        try workOn(50)
        let change = try stage.bascule.run("switch", "green", "--json")
        #expect(change.code == 0, "\(change.output)\(change.errors)")
        try workOn(50)
        let back = try stage.bascule.run("rollback", "--restore-database", "--json")
        #expect(back.code == 0, "\(back.output)\(back.errors)")
        try workOn(50)
        let report = load.finish()
        #expect(report.broken.isEmpty, "\(report.broken.prefix(3))")
        #expect(report.lostConnections.isEmpty)
        #expect(try stage.bascule.service().active == .blue)
        #expect(try DatabaseStage.isWhole(stage.live))
        let reasons = Set(try stage.entries().compactMap(\.reason))
        #expect(reasons == [.manual, .safety, .preSwitch, .drained])
        for name in try stage.backups { #expect(try DatabaseStage.isWhole(stage.file(name))) }
    }

    @Test("The snapshot of the drained moment holds all that the old color acknowledged")
    func drainedMoment() throws {
        let stage = try DatabaseStage()
        try stage.add(20, "drained")
        let command = try stage.bascule.run("switch", "green", "--json")
        #expect(command.code == 0, "\(command.output)")
        let operation = try #require(try command.events().last?.operation)
        let entries = try stage.entries()
        #expect(Set(entries.map(\.reason)) == [.preSwitch, .drained])
        #expect(entries.allSatisfy { $0.operation == operation && $0.hasManifest })
        let backups = stage.bascule.folder.text(
            of: "backups/\(entries.first { $0.reason == .drained }?.file ?? "").json")
        #expect(backups.contains(#""streams":0"#))
        #expect(backups.contains(#""Transactions":20"#))
        // Without a backup none is made, and the checks say so.
        let second = try stage.bascule.run("switch", "blue", "--no-backup")
        #expect(second.code == 0, "\(second.output)")
        #expect(try stage.backups.count == 2)
    }

    @Test("A backup that cannot be made refuses the switch, unless the operator insists")
    func refused() throws {
        let stage = try DatabaseStage(faults: "backup.sync=EIO")
        let command = try stage.bascule.run("switch", "green")
        #expect(command.code == 3, "\(command.output)")
        #expect(command.output.contains("backup.sync"))
        #expect(try stage.bascule.service().active == .blue)
        #expect(try stage.backups.isEmpty)
        let insisted = try stage.bascule.run("switch", "green", "--override", "backup")
        #expect(insisted.code == 0, "\(insisted.output)")
    }

    @Test(
        "Whatever step fails: no half file under a final name, older ones stay, the reason is told",
        arguments: [
            "backup.copy=ENOSPC", "backup.single=EIO", "backup.verify=EIO",
            "backup.manifest.write=ENOSPC", "backup.manifest.sync=EIO", "backup.rename=EIO",
            "backup.folder.sync=EIO",
        ])
    func faults(fault: String) throws {
        let folder = try Scratch()
        let old = try { () -> String in
            let stage = try DatabaseStage(folder: folder)
            let name = try stage.backUp()
            try stage.bascule.stop()
            #expect(try stage.blue.stop() == 0)
            #expect(try stage.green.stop() == 0)
            return name
        }()
        let stage = try DatabaseStage(again: folder, faults: fault)
        let command = try stage.bascule.run("db", "backup")
        #expect(command.code == 3, "\(command.output)")
        #expect(command.output.contains(String(fault.prefix { $0 != "=" })), "\(command.output)")
        #expect(try stage.backups == [old])
        #expect(try stage.bascule.run("db", "verify", old).code == 0)
        let left = try Files.names("test.names", in: folder.file("backups"))
        #expect(left == [old, old + ".json"])
    }

    @Test("A second operation is told who has the service; pruning keeps what is configured")
    func busyAndPrune() throws {
        let stage = try DatabaseStage()
        var names: [String] = []
        for _ in 0..<3 { names.append(try stage.backUp()) }
        let command = try stage.bascule.run("db", "prune", "--keep", "1", "--json")
        let answer = try command.answer(PruneAnswer.self)
        #expect(Set(answer.removed) == Set(names.dropLast()))
        #expect(answer.left == 1)
        let status = try stage.bascule.run("db", "status", "--json").answer(DatabaseReport.self)
        #expect(status.backup?.count == 1)
        #expect(status.backup?.last?.file == names.last)
        #expect(status.journalMode == "wal")
        #expect(status.migrations?.count == 2)
    }

    @Test("A scheduled backup that was missed is made up for, once")
    func missed() throws {
        // Twelve hours from the next one, whatever the time is: none comes due meanwhile.
        let past = Calendar.current.dateComponents(
            [.hour, .minute], from: Date(timeIntervalSinceNow: -12 * 3_600))
        let daily = String(
            format: "daily %02d:%02d", try #require(past.hour), try #require(past.minute))
        let stage = try DatabaseStage(backup: ["schedule: \"\(daily)\""]) { folder in
            let now = Int64(WallClock.milliseconds)
            var journal = try Journal(folder: folder.file("state"))
            let memory = JournalRecord.Schedule(
                text: daily,
                since: Timestamp(milliseconds: now - 3 * 86_400_000), last: nil)
            try journal.append(
                JournalRecord(
                    time: Timestamp(milliseconds: now), service: "web", operation: nil,
                    entry: .scheduled(memory)))
        }
        try Wait.until("the missed backup is made", seconds: 30) { try stage.backups.count == 1 }
        #expect(try stage.entries().first?.reason == .schedule)
        try Wait.until("the next one is known") {
            let report = try stage.bascule.run("db", "status", "--json")
                .answer(DatabaseReport.self)
            guard let next = report.backup?.next else { return false }
            return next.milliseconds > Int64(WallClock.milliseconds)
        }
        #expect(try stage.backups.count == 1)
    }
}
