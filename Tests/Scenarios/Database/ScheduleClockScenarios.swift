import Control
import Foundation
import Journal
import Kernel
import Testing

@Suite("Schedules and a clock that jumps", .serialized, .timeLimit(.minutes(1)))
struct ScheduleClockScenarios {
    @Test("A backup that was made tomorrow does not keep those of today from being made")
    func ahead() throws {
        let now = Timestamp(milliseconds: Int64(WallClock.milliseconds))
        func hours(_ count: Int64) -> Timestamp {
            Timestamp(milliseconds: now.milliseconds + count * 3_600_000)
        }
        let stage = try DatabaseStage(backup: ["schedule: \"every 2h\""]) { folder in
            var journal = try Journal(folder: folder.file("state"))
            try journal.append(
                JournalRecord(
                    time: now, service: "web", operation: nil,
                    entry: .scheduled(
                        JournalRecord.Schedule(
                            text: "every 2h", since: hours(-9), last: hours(24)))))
        }
        let next = try Wait.forValue("the schedule is told") {
            try stage.bascule.run("db", "status", "--json").answer(DatabaseReport.self)
                .backup?.next
        }
        #expect(hours(2) <= next && next < hours(3), "\(next)")
    }
}
