import Foundation
import Kernel
import Testing

/// Where the lines go: files that are rotated, pipes that nobody reads, disks that are full.
@Suite("The access log's file", .serialized, .timeLimit(.minutes(1)))
struct LogFileTests {
    @Test("After a rename and USR1 lines go to the new file, and none is lost")
    func rotation() throws {
        let app = try ScriptedUpstream()
        let (bascule, log) = try Bascule.logging(app)
        let crowd = Crowd(4, to: bascule.address)
        try log.wait(for: 50)
        for turn in 0..<3 {
            try FileManager.default.moveItem(
                atPath: log.path, toPath: bascule.folder.file("access.log.\(turn)"))
            bascule.program.send(.user1)
            try Wait.until("lines in the new file") { log.lines.count >= 50 }
        }
        let results = try crowd.stop()
        #expect(results.failures.isEmpty)
        #expect(try bascule.stop() == 0)
        let files = ["access.log.0", "access.log.1", "access.log.2", "access.log"]
        let objects = try files.flatMap { try LogLines(bascule.folder, $0).objects() }
        #expect(objects.count == results.count)
    }

    @Test("A worker that starts after a rotation writes to the new file")
    func restart() throws {
        let app = try ScriptedUpstream()
        let (bascule, log) = try Bascule.logging(app) { $0.workers = 1 }
        _ = try bascule.get("/first")
        _ = try log.object(of: "/first")
        let old = bascule.folder.file("access.log.0")
        try FileManager.default.moveItem(atPath: log.path, toPath: old)
        bascule.program.send(.user1)
        try Wait.until("a new file") { Files.kind(log.path) == .file }
        let pid = try bascule.pid(of: "worker 0")
        ChildProcess.send(.kill, to: pid)
        try Wait.until("another worker") { try bascule.pid(of: "worker 0") != pid }
        _ = try bascule.get("/second")
        _ = try log.object(of: "/second")
        #expect(LogLines(bascule.folder, "access.log.0").lines.count == 1)
    }

    @Test("A file that cannot be opened anew leaves the old one in use")
    func stays() throws {
        let app = try ScriptedUpstream()
        let (bascule, log) = try Bascule.logging(app)
        try FileManager.default.moveItem(atPath: log.path, toPath: bascule.folder.file("moved"))
        try FileManager.default.createDirectory(
            atPath: log.path, withIntermediateDirectories: false)
        bascule.program.send(.user1)
        try Wait.until("the failure is said: \(bascule.program.standardError)") {
            bascule.program.standardError.contains("USR1: the access log stays as it was")
        }
        _ = try bascule.get("/after")
        _ = try LogLines(bascule.folder, "moved").object(of: "/after")
    }

    @Test("A file that cannot be opened at all is said at the start")
    func missingFolder() throws {
        let app = try ScriptedUpstream()
        let error = #expect(throws: Bascule.DidNotStart.self) {
            try Bascule.logging(app, path: "/nowhere/at/all/access.log")
        }
        #expect(error?.output.contains("/nowhere/at/all/access.log: No such file") == true)
    }

    @Test("A full disk costs lines, never a request, and says how many")
    func fullDisk() throws {
        let app = try ScriptedUpstream()
        let full = try Bascule.logging(app, path: "/dev/full") { $0.workers = 1 }.bascule
        for number in 0..<10 { #expect(try full.get("/\(number)").status == 200) }
        try Wait.until("it is said: \(full.program.standardError)") {
            full.program.standardError.contains("access log: No space left on device")
        }
        #expect(try full.stop() == 0)
        #expect(full.program.standardError.contains("access log: 10 lines were dropped"))
    }

    @Test("A pipe that nobody reads stops no request, and what fits is whole when it is read")
    func stuckPipe() throws {
        let app = try ScriptedUpstream()
        let folder = try Scratch()
        let path = folder.file("pipe")
        #expect(try Command(Program("/usr/bin/mkfifo", [path])).code == 0)
        let (bascule, _) = try Bascule.logging(app, path: path) { $0.workers = 1 }
        let agent = String(repeating: "a", count: 3_000)
        let client = try bascule.connect()
        let count = 600
        for number in 0..<count {
            #expect(try client.get("/\(number)", "User-Agent: \(agent)").status == 200)
        }
        let reader = try Program("/bin/cat", [path])
        // It has to have the pipe open before it is closed.
        try Wait.until("the pipe is read") { !reader.standardOutput.isEmpty }
        #expect(try bascule.stop() == 0)
        #expect(try reader.ending() == 0)
        let lines = reader.standardOutput.split(separator: "\n")
        for line in lines {
            _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
        }
        let dropped = bascule.program.standardError
            .matches(of: #/access log: (\d+) lines were dropped/#)
            .compactMap { Int($0.1) }.reduce(0, +)
        #expect(lines.count + dropped == count, "\(bascule.program.standardError)")
        #expect(dropped > 0)
    }

    @Test("Standard output gets whole lines of all workers")
    func standardOutput() throws {
        let app = try ScriptedUpstream()
        let (bascule, _) = try Bascule.logging(app, path: "stdout")
        for number in 0..<20 { _ = try bascule.get("/\(number)") }
        #expect(try bascule.stop() == 0)
        let lines = bascule.program.standardOutput.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("{\"time\":") }.count == 20)
        #expect(lines.count == 21, "and the line that it accepts")
    }
}
