import Kernel
import Testing

@testable import SharedDatabase

@Suite("Who reads from a log", .timeLimit(.minutes(1)))
struct LogReadersTests {
    private func locks(_ line: String) -> Set<LogReaders.Lock> {
        LogReaders(inode: 77, table: line).locks
    }

    @Test("A read lock on one of the five octets of readers, of that file, counts")
    func table() {
        #expect(
            locks("1: POSIX  ADVISORY  READ 42 fd:01:77 124 124\n")
                == [LogReaders.Lock(process: 42, octet: 124)])
        #expect(locks("1: POSIX  ADVISORY  READ 42 fd:01:77 123 123").count == 1)
        #expect(locks("1: POSIX  ADVISORY  READ 42 fd:01:77 127 127").count == 1)
        #expect(locks("1: POSIX  ADVISORY  READ 42 fd:01:77 0 EOF").count == 5)
    }

    @Test(
        "Anything else does not",
        arguments: [
            "", "1: POSIX  ADVISORY  READ 42 fd:01:77 122 122",
            "1: POSIX  ADVISORY  READ 42 fd:01:77 128 128",
            "1: POSIX  ADVISORY  WRITE 42 fd:01:77 124 124",
            "1: POSIX  ADVISORY  READ 42 fd:01:78 124 124",
            "1: FLOCK  ADVISORY  READ 42 fd:01:77 124 124",
            "1: POSIX  ADVISORY  READ -1 fd:01:77 124 124",
        ])
    func others(line: String) {
        #expect(locks(line).isEmpty)
    }

    @Test("A process in a read transaction is found, and only while it is in it")
    func real() throws {
        let scratch = try Scratch()
        let holder = try Holder(
            efDatabase(GateTests.ids) + "db.execute('BEGIN')\n"
                + "db.execute('SELECT count(*) FROM Categories').fetchone()\n", path: scratch.path)
        let first = LogReaders.of(scratch.path)
        #expect(first.staying(in: LogReaders.of(scratch.path)) == [holder.pid])
        holder.release()
        #expect(LogReaders.of(scratch.path).locks.isEmpty)
    }

    @Test("A log is large above 64 MiB and above half of the database")
    func large() {
        #expect(!InspectionLooks.isLarge(log: 64 << 20, main: 0))
        #expect(InspectionLooks.isLarge(log: (64 << 20) + 1, main: 128 << 20))
        #expect(!InspectionLooks.isLarge(log: 100 << 20, main: 200 << 20))
        #expect(InspectionLooks.isLarge(log: (100 << 20) + 1, main: 200 << 20))
    }
}
