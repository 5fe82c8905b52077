import Control
import Foundation
import GRDB
import Journal
import Kernel
import Testing

/// Drill, rehearsal, statistics and a left-over lock through the real processes.
@Suite("Care of the database", .serialized, .timeLimit(.minutes(2)))
struct CareScenarios {
    /// Run by the role `database` with the clone in the environment.
    private static func rehearsal(_ sql: String) -> String {
        let script =
            "import os, sqlite3; db = sqlite3.connect(os.environ['BASCULE_DATABASE']); "
            + "db.executescript('''\(sql)''')"
        return "rehearse: [\"python3\", \"-c\", \"\(script)\"]"
    }

    @Test("A drill by hand says age, size and time, stands in the history, and in db status")
    func drill() throws {
        let stage = try DatabaseStage()
        let none = try stage.bascule.run("db", "drill")
        #expect(none.code == 3, "\(none.output)")
        let file = try stage.backUp()
        let drill = try stage.bascule.run("db", "drill", "--json")
        #expect(drill.code == 0, "\(drill.output)\(drill.errors)")
        let last = try #require(try drill.events().last)
        #expect(last.message.hasPrefix(file))
        #expect(last.message.contains("for blue: match"), "\(last.message)")
        guard case .object(let report) = last.details["drill"] else {
            Issue.record("no report: \(drill.output)")
            return
        }
        #expect(report["file"] == .string(file))
        #expect(report["age_seconds"]?.integer != nil)
        #expect(report["restore_ms"]?.integer != nil)
        let status = try stage.bascule.run("db", "status", "--json").answer(DatabaseReport.self)
        #expect(status.lastDrill != nil)
        #expect(try stage.bascule.run("history").output.contains("drill of the database"))
    }

    @Test("Every hour: a backup and a drill that were missed are made up for")
    func schedules() throws {
        let folder = try Scratch()
        let hours: (Int64) -> Timestamp = {
            Timestamp(milliseconds: Int64(WallClock.milliseconds) - $0 * 3_600_000)
        }
        let keys = ["schedule: \"every 1h\"", "drill: \"every 2h\""]
        let stage = try DatabaseStage(backup: keys, folder: folder) { folder in
            var journal = try Journal(folder: folder.file("state"))
            for memory in [
                JournalRecord.Schedule(text: "every 1h", since: hours(9), last: hours(3)),
                JournalRecord.Schedule(.drill, text: "every 2h", since: hours(9), last: hours(1)),
            ] {
                try journal.append(
                    JournalRecord(
                        time: hours(0), service: "web", operation: nil,
                        entry: .scheduled(memory)))
            }
        }
        try Wait.until("the missed backup is made", seconds: 30) { try stage.backups.count == 1 }
        let report = try stage.bascule.run("db", "status", "--json").answer(DatabaseReport.self)
        #expect(report.backup?.schedule == "every 1h")
        // The drill is due in an hour, and was not made.
        #expect(report.lastDrill == nil)
    }

    @Test("A drill that the clock has made due is made by itself, again and again")
    func drillByTheClock() throws {
        let folder = try Scratch()
        let clock = try FalseClock(in: folder)
        let stage = try DatabaseStage(
            wrapper: clock.wrapper, backup: ["drill: \"every 2h\""], folder: folder)
        let file = try stage.backUp()
        func drills() throws -> [HistoryEntry] {
            try stage.bascule.run("history", "--json").answer(HistoryAnswer.self).operations
                .filter { $0.kind == .drill && $0.ended != nil }
        }
        // Its look at the clock comes every five seconds: two of them find nothing to do.
        try clock.set(.shifted(3_600))
        #expect(try Wait.staysFalse(seconds: 11) { try !drills().isEmpty })
        for round in 1...2 {
            try clock.set(.shifted(3_600 + Int64(round) * 7_200))
            try Wait.until("drill \(round) is made", seconds: 20) { try drills().count == round }
        }
        let last = try #require(try drills().first)
        #expect(last.outcome == .done)
        #expect(last.by.user == "schedule")
        #expect(last.message.hasPrefix(file), "\(last.message)")
        let status = try stage.bascule.run("db", "status", "--json").answer(DatabaseReport.self)
        #expect(status.lastDrill != nil)
        #expect(try stage.backups == [file])
    }

    @Test("A rehearsal judges the clone and leaves the live database and no file behind")
    func rehearse() throws {
        let stage = try DatabaseStage(
            database: [Self.rehearsal("CREATE TABLE Budgets (Id INTEGER PRIMARY KEY);")])
        try stage.add(5, "rehearse")
        let good = try stage.bascule.run("db", "rehearse", "--json")
        #expect(good.code == 0, "\(good.output)\(good.errors)")
        let message = try good.events().last?.message ?? ""
        #expect(message.contains("table-added:budgets (safe)"), "\(message)")
        let tables = try DatabaseQueue(path: stage.live).read {
            try String.fetchAll($0, sql: "SELECT name FROM sqlite_schema")
        }
        #expect(!tables.contains("Budgets"))
        let left = try FileManager.default.contentsOfDirectory(
            atPath: stage.folder.file("backups"))
        #expect(left.isEmpty, "\(left)")
    }

    @Test("A rehearsal that breaks older code is exit 3; --override schema lets it pass")
    func breaking() throws {
        let stage = try DatabaseStage(
            database: [Self.rehearsal("ALTER TABLE Transactions RENAME TO Bookings;")])
        try stage.add(2, "rehearse")
        let refused = try stage.bascule.run("db", "rehearse")
        #expect(refused.code == 3, "\(refused.output)")
        #expect(refused.output.contains("table-renamed:transactions"), "\(refused.output)")
        #expect(try stage.bascule.run("db", "rehearse", "--override", "schema").code == 0)
    }

    @Test("Without database.rehearse a rehearsal is wrong usage; optimize and unlock need nothing")
    func unconfigured() throws {
        let stage = try DatabaseStage()
        let command = try stage.bascule.run("db", "rehearse")
        #expect(command.code == 64)
        #expect(command.errors.contains("database.rehearse"), "\(command.errors)")
        let optimize = try stage.bascule.run("db", "optimize")
        #expect(optimize.code == 0, "\(optimize.output)")
        #expect(optimize.output.contains("the tables were looked at"))
        let nothing = try stage.bascule.run("db", "unlock")
        #expect(nothing.code == 0, "\(nothing.output)")
    }

    @Test("A left-over lock is cleared, and the gate passes again; a fresh one is kept")
    func unlock() throws {
        let stage = try DatabaseStage()
        let queue = try DatabaseQueue(path: stage.live)
        func lock(_ ago: String) throws {
            try queue.write { database in
                try database.execute(
                    sql: """
                        CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" (
                            "Id" INTEGER PRIMARY KEY, "Timestamp" TEXT NOT NULL);
                        INSERT OR REPLACE INTO "__EFMigrationsLock"
                            VALUES (1, strftime('%Y-%m-%d %H:%M:%f', 'now', '\(ago)'));
                        """)
            }
        }
        try lock("-1 minutes")
        #expect(try stage.bascule.run("check", "--to", "green").code == 3)
        let fresh = try stage.bascule.run("db", "unlock")
        #expect(fresh.code == 3, "\(fresh.output)")
        #expect(fresh.output.contains("expected at least 600 s"), "\(fresh.output)")
        try lock("-11 minutes")
        // This test has the file open as well, and is no healthy target.
        #expect(try stage.bascule.service().database?.problem != nil)
        let held = try stage.bascule.run("db", "unlock")
        #expect(held.code == 3, "\(held.output)")
        #expect(held.output.contains("\(ThisProcess.identifier)"), "\(held.output)")
        try queue.close()
        let cleared = try stage.bascule.run("db", "unlock")
        #expect(cleared.code == 0, "\(cleared.output)")
        // What is told right after it is of after it.
        let service = try stage.bascule.service()
        #expect(service.database?.problem == nil, "\(String(describing: service.database))")
        #expect(try stage.bascule.run("check", "--to", "green").code == 0)
    }
}
