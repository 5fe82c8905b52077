import Control
import Kernel
import Testing

@testable import SharedDatabase

@Suite("A restore is taken back only while nobody has written", .timeLimit(.minutes(2)))
struct RestoreUndoTests {
    @Test(
        "Who has written since the commit keeps what he wrote; nobody else is a hindrance",
        arguments: ["WAL", "DELETE"], [true, false])
    func undo(mode: String, isWritten: Bool) throws {
        let bench = try BackupBench(mode: mode)
        let backup = try bench.backUp()
        try bench.change("DELETE FROM Categories WHERE Id > 5")
        let job = try bench.start(.restore(bench.restoreOrder(backup.file)))
        _ = try job.losses()
        let safety = try job.ready()
        try job.commit()
        if isWritten { try bench.change("INSERT INTO Categories (Name) VALUES ('since')") }
        try job.say(.undo)
        guard isWritten else {
            #expect(try job.next() == .undone)
            #expect(try bench.value("SELECT count(*) FROM Categories") == "5")
            return
        }
        let failure = try job.failure()
        #expect(failure.kind == .broken)
        #expect(failure.message.contains(safety), "\(failure.message)")
        #expect(failure.message.contains("written"), "\(failure.message)")
        #expect(try bench.value("SELECT count(*) FROM Categories") == "2001")
        #expect(
            try bench.value("SELECT count(*) FROM Categories", of: bench.folder.file(safety))
                == "5")
    }
}
