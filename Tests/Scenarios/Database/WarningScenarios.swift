import Control
import Foundation
import Journal
import Kernel
import Testing

/// What `status`, `db status` and the metrics warn of.
@Suite("Warnings of the database", .serialized, .timeLimit(.minutes(2)))
struct WarningScenarios {
    private func warnings(_ stage: DatabaseStage) throws -> [DatabaseWarning] {
        try stage.bascule.run("db", "status", "--json").answer(DatabaseReport.self).warnings ?? []
    }

    @Test("A log that grows names the process whose read transaction holds it")
    func log() throws {
        let stage = try DatabaseStage()
        #expect(try warnings(stage).isEmpty)
        // One stays in a read transaction, another writes 80 MiB beside it.
        let script = """
            import sqlite3, sys, os
            reader = sqlite3.connect(sys.argv[1], isolation_level=None)
            reader.execute('BEGIN'); reader.execute('SELECT count(*) FROM Chain').fetchone()
            if os.fork() == 0:
                writer = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
                writer.execute('CREATE TABLE Big (Data BLOB)')
                for _ in range(5):
                    writer.execute('INSERT INTO Big VALUES (zeroblob(16777216))')
                os._exit(0)
            os.wait()
            open(sys.argv[2], 'w').close()
            sys.stdin.read() or __import__('time').sleep(60)
            """
        let mark = stage.folder.file("written")
        let reader = try Program("/usr/bin/python3", ["-c", script, stage.live, mark])
        try Wait.until("the log has grown", seconds: 30) { Files.kind(mark) != nil }
        let found = try warnings(stage)
        #expect(found.map(\.name) == [.log], "\(found)")
        #expect(found.first?.message.contains("process \(reader.pid)") == true, "\(found)")
        let status = try stage.bascule.run("status")
        #expect(status.output.contains("held by a read transaction of"), "\(status.output)")
        reader.kill()
    }

    @Test("A backup that does not come to be is overdue an hour after its time")
    func overdue() throws {
        func hoursAgo(_ hours: Int64) -> Timestamp {
            Timestamp(milliseconds: Int64(WallClock.milliseconds) - hours * 3_600_000)
        }
        let stage = try DatabaseStage(
            faults: "backup.sync=EIO", backup: ["schedule: \"every 1h\"", "drill: \"every 1h\""]
        ) { folder in
            var journal = try Journal(folder: folder.file("state"))
            for memory in [
                JournalRecord.Schedule(text: "every 1h", since: hoursAgo(9), last: hoursAgo(3)),
                JournalRecord.Schedule(.drill, text: "every 1h", since: hoursAgo(9), last: nil),
            ] {
                try journal.append(
                    JournalRecord(
                        time: hoursAgo(0), service: "web", operation: nil,
                        entry: .scheduled(memory)))
            }
        }
        // The drill may have been tried by then, and found no backup.
        let due: Set<DatabaseWarning.Name> = [.backupOverdue, .drillOverdue]
        try Wait.until("both are told") {
            try Set(warnings(stage).map(\.name)).isSuperset(of: due)
        }
        let told = try stage.bascule.service().database?.warnings ?? []
        #expect(Set(told.map(\.name)).isSuperset(of: due), "\(told)")
    }
}
