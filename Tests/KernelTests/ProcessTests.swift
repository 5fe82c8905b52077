import Foundation
import Testing

@testable import Kernel

@Suite("Processes and memory")
struct ProcessTests {
    @Test("A child gets its descriptors as 3, 4, 5, its title and its environment, no others")
    func childInherits() throws {
        let first = try MemoryFile.sealed("test.memory", name: "one", contents: Array("one".utf8))
        let second = try MemoryFile.sealed("test.memory", name: "two", contents: Array("two".utf8))
        let output = try MemoryFile.shared("test.memory", name: "output", bytes: 4_096)
        let script = """
            exec >&5; cat /proc/self/fd/3 /proc/self/fd/4; echo " $NAME $0"; ls /proc/$$/fd
            """
        let pid = try ChildProcess.start(
            "test.start", executable: "/bin/sh", arguments: ["sh", "-c", script, "title"],
            environment: ["NAME=value", "PATH=/usr/bin:/bin"],
            descriptors: [first.number, second.number, output.number])
        #expect(ChildProcess.wait(for: pid) == .exited(code: 0))
        let text = String(
            decoding: try MemoryFile.contents("test.read", of: output).prefix { $0 != 0 },
            as: UTF8.self)
        #expect(text == "onetwo value title\n0\n1\n2\n3\n4\n5\n")
    }

    @Test("A program that is not there is an error of exec, and no child stays")
    func missingProgram() {
        #expect(throws: SystemError("test.start", .noSuchFile, subject: "/no/such/program")) {
            _ = try ChildProcess.start(
                "test.start", executable: "/no/such/program", arguments: ["x"], environment: [],
                descriptors: [])
        }
    }

    @Test("How a child ended is told: by its code or by a signal")
    func endings() throws {
        func run(_ script: String) throws -> ChildProcess.Ending? {
            let pid = try ChildProcess.start(
                "test.start", executable: "/bin/sh", arguments: ["sh", "-c", script],
                environment: [], descriptors: [])
            return ChildProcess.wait(for: pid)
        }
        #expect(try run("exit 78") == .exited(code: 78))
        #expect(try run("kill -9 $$") == .killed(signal: 9))
    }

    @Test("A sealed file cannot be changed by anybody who has it")
    func sealed() throws {
        let file = try MemoryFile.sealed("test.memory", name: "sealed", contents: Array("abc".utf8))
        let path = "/proc/self/fd/\(file.number)"
        #expect(FileManager.default.contents(atPath: path) == Data("abc".utf8))
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        #expect(throws: (any Error).self) { try handle.write(contentsOf: Data("x".utf8)) }
        #expect(throws: (any Error).self) { try handle.truncate(atOffset: 1) }
    }

    @Test("An eventfd wakes a poller, once for several signals")
    func wakes() throws {
        let counter = try EventCounter("test.event")
        var poller = try Poller("test.poll")
        #expect(poller.add(counter.descriptor.number, .readable, token: 3) == nil)
        #expect(poller.wait(milliseconds: 0) == 0)
        counter.signal()
        counter.signal()
        #expect(poller.wait(milliseconds: 1_000) == 1)
        counter.drain()
        #expect(poller.wait(milliseconds: 0) == 0)
    }

    @Test("A moment that cannot be represented is never")
    func saturating() {
        let late = Instant(nanoseconds: .max - 1)
        #expect(late.advanced(byNanoseconds: 1) == Instant(nanoseconds: .max))
        #expect(late.advanced(byNanoseconds: 2) == .never)
        #expect(Instant(nanoseconds: 5).nanoseconds(since: Instant(nanoseconds: 6)) == 0)
    }

    @Test("A folder is made with what is missing above it, and left alone when it stands")
    func folders() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(
            "bascule-folder-\(UUID())")
        defer { #expect((try? FileManager.default.removeItem(at: root)) != nil) }
        let path = root.appendingPathComponent("a/b").path
        #expect(try Folder.make("test.folder", path, mode: 0o700))
        #expect(try Folder.make("test.folder", path, mode: 0o755) == false)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
    }
}
