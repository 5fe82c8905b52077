import Foundation
import Kernel
import Testing

@Suite("bascule demo, as a person runs it", .timeLimit(.minutes(4)))
struct DemoRunTests {
    /// A folder that the demo takes for its temporary one.
    private final class Home {
        let folder: String

        init() throws {
            // Short: the demo's control socket lies below it, and has 107 octets at most.
            folder = "/tmp/bd-\(UUID().uuidString.prefix(8))"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: false)
        }

        func start() throws -> Program {
            let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
                .deletingLastPathComponent().appendingPathComponent("bascule").path
            return try Program(
                "test.demo", executable: executable, arguments: ["bascule", "demo"],
                environment: ["PATH=/usr/bin:/bin", "TMPDIR=\(folder)"],
                output: .file(folder + "/output"))
        }

        var output: String {
            get throws { try String(contentsOfFile: folder + "/output", encoding: .utf8) }
        }

        /// What the demo left in its temporary folder.
        var leftovers: [String] {
            get throws {
                try FileManager.default.contentsOfDirectory(atPath: folder).filter {
                    $0 != "output"
                }
            }
        }

        /// Processes that were told of something in this folder.
        var processes: [String] {
            get throws {
                try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
                    guard Int(name) != nil,
                        let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
                    else { return false }
                    return String(decoding: line, as: UTF8.self).contains(folder)
                }
            }
        }

        deinit {
            do {
                try FileManager.default.removeItem(atPath: folder)
            } catch {
                Issue.record("the folder stays: \(error)")
            }
        }
    }

    private func end(of program: Program, within limit: Duration) throws -> ChildProcess.Ending? {
        let deadline = ContinuousClock.now + limit
        while program.ending() == nil {
            guard ContinuousClock.now < deadline else {
                program.send(.kill)
                return nil
            }
            usleep(20_000)
        }
        return program.ending()
    }

    @Test("The whole story ends with exit 0, nothing lost, and nothing left behind")
    func wholeStory() throws {
        let home = try Home()
        let program = try home.start()
        let ending = try end(of: program, within: .seconds(120))
        let output = try home.output
        #expect(ending == .exited(code: 0), "\(output)")
        #expect(output.contains("Nothing was lost."))
        for step in [
            "$ bascule switch green\n", "database-behind", "exit code 3",
            "$ bascule check --to blue\n", "database-ahead", "(safe)", "$ bascule rollback\n",
            "longest hold", "█",
        ] {
            #expect(output.contains(step), "\(step)")
        }
        #expect(try home.leftovers.isEmpty)
        #expect(try home.processes.isEmpty)
    }

    @Test("A demo that is interrupted under load says so and leaves nothing behind")
    func interrupted() throws {
        let home = try Home()
        let program = try home.start()
        let deadline = ContinuousClock.now + .seconds(60)
        while try !home.output.contains("8 clients") {
            try #require(ContinuousClock.now < deadline)
            usleep(20_000)
        }
        program.send(.interrupt)
        #expect(try end(of: program, within: .seconds(40)) == .exited(code: 1))
        #expect(try home.output.contains("interrupted"))
        #expect(try home.leftovers.isEmpty)
        #expect(try home.processes.isEmpty)
    }
}
