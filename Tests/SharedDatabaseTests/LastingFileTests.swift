import Foundation
import Kernel
import Testing

@testable import SharedDatabase

@Suite("Files that stay open", .timeLimit(.minutes(1)))
struct LastingFileTests {
    /// Descriptors of this process that lead to a file.
    private func descriptors(of path: String) throws -> Int {
        let place = try #require(Files.place(path))
        return try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            .filter { Files.place("/proc/self/fd/\($0)") == place }.count
    }

    @Test("A thousand looks at the locks take one descriptor a file")
    func looks() throws {
        let scratch = try Scratch()
        let holder = try Holder(
            efDatabase(GateTests.ids, extra: "db.execute('BEGIN IMMEDIATE')"), path: scratch.path)
        for _ in 0..<1_000 {
            #expect(LockHolders.writers(of: scratch.path).processes == [holder.pid])
        }
        #expect(try descriptors(of: scratch.path) == 1)
        #expect(try descriptors(of: scratch.path + "-shm") == 1)
        holder.release()
    }

    @Test("A file that takes the name of another is opened anew")
    func replaced() throws {
        let scratch = try Scratch()
        for text in ["one", "two"] {
            // Beside the first, which keeps its number for as long as it is open.
            let other = scratch.path + "-new"
            try Data(text.utf8).write(to: URL(filePath: other))
            try Files.rename("test.rename", from: other, to: scratch.path)
            let octets = try LastingFiles.open("test.open", scratch.path).beginning(count: 3)
            #expect(String(decoding: octets, as: UTF8.self) == text)
        }
    }

    @Test("Where the locks cannot be seen, it is not certain that there are none")
    func blind() {
        #expect(LockHolders(processes: []).areNone)
        let blind = LockHolders(processes: [], blindness: "no descriptor is free")
        #expect(!blind.areNone)
        #expect("\(blind)" == "perhaps a process that cannot be seen (no descriptor is free)")
    }

    @Test("A file that was written in its place, as long as before, is not untouched")
    func touched() throws {
        let scratch = try Scratch()
        try Data("before".utf8).write(to: URL(filePath: scratch.path))
        let file = try SharedFile(at: scratch.path)
        #expect(file.isUntouched)
        let handle = try #require(FileHandle(forWritingAtPath: scratch.path))
        // The clock of files may take some milliseconds to go on.
        let end = Instant.now.advanced(byNanoseconds: 5_000_000_000)
        while file.isUntouched, Instant.now < end {
            try handle.seek(toOffset: 0)
            try handle.write(contentsOf: Data("behind".utf8))
        }
        try handle.close()
        #expect(!file.isUntouched)
    }
}
