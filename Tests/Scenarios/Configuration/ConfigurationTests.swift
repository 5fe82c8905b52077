import Control
import Foundation
import Kernel
import Testing

/// The configuration file, as an operator meets it.
@Suite("Configuration", .serialized, .timeLimit(.minutes(1)))
struct ConfigurationTests {
    /// Every kind of mistake: where it stands and a word that has to be said about it.
    private static let mistakes = """
        listen:
          - address: not-an-address
          - adress: 127.0.0.1:8080
        workers: many
        user: [a, b]
        state: 17
        control: {socket: relative.sock, mode: "0999"}
        trusted_proxies: ["10.0.0.0/99"]
        limits:
          header_bytes: 32
          header_count: -1
        timeouts: {response: 60, idle: soon}
        colour: blue
        services:
          web:
            hosts: ["*.*.example"]
            paths: ["no-slash"]
            colors:
              blue: {targets: ["127.0.0.1"]}
              purple: {targets: ["127.0.0.1:5002"]}
            initial: green
            health: {interval: 0s, rise: 0}
            switchover: {mode: sideways, hold_timeout: 5s, drain_timeout: 8s}
        """

    @Test("A file with every kind of mistake gets all of them in one run, by line and column")
    func everyMistake() throws {
        let folder = try Scratch()
        let file = try folder.write(Self.mistakes, to: "wrong.yaml")
        let command = try Command("config", "check", file)
        #expect(command.code == 78)
        let said = command.output + command.errors
        // The line of each mistake, counted from 1.
        for line in [2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17, 19, 20, 22, 23] {
            let place = "\(file):\(line):"
            #expect(said.contains(place), "line \(line): \(said)")
        }
        for line in command.errors.split(separator: "\n") {
            let parts = line.dropFirst(file.utf8.count + 1).split(separator: ":")
            #expect(parts.count >= 3, "\(line)")
            #expect(parts.prefix(2).allSatisfy { Int($0) ?? 0 > 0 }, "\(line)")
        }
        for word in ["adress", "colour", "purple", "sideways", "many", "expected"] {
            #expect(said.contains(word), "\(word)")
        }
        // The same mistakes keep a server from starting, with the same exit code.
        let serve = try Command("serve", "--config", file)
        #expect(serve.code == 78)
        #expect(serve.output.isEmpty)
        #expect(serve.errors.contains("\(file):2:"))
    }

    @Test("A file that is no YAML, and one that is not there, are 78 with their place")
    func unreadable() throws {
        let folder = try Scratch()
        let file = try folder.write("listen: [\n", to: "broken.yaml")
        let broken = try Command("config", "check", file)
        #expect(broken.code == 78)
        #expect((broken.output + broken.errors).contains(file))
        let missing = try Command("config", "check", folder.file("missing.yaml"))
        #expect(missing.code == 78)
        #expect((missing.output + missing.errors).contains("missing.yaml"))
    }

    @Test("Every configuration that the repository carries is valid")
    func delivered() throws {
        let repository = BuildFolder.repository
        var files: [String] = []
        for folder in ["conf", "deploy"] {
            let names = FileManager.default.enumerator(
                atPath: repository.appending(path: folder).path)
            while let name = names?.nextObject() as? String {
                guard name.hasSuffix(".yaml"), !name.contains("compose") else { continue }
                files.append(repository.appending(path: "\(folder)/\(name)").path)
            }
        }
        #expect(files.contains { $0.hasSuffix("conf/bascule.yaml") })
        for file in files {
            let command = try Command("config", "check", file)
            #expect(command.code == 0, "\(file): \(command.output)\(command.errors)")
        }
    }

    @Test("config show prints what runs with every default, and that parses back to the same")
    func show() throws {
        let app = try ScriptedUpstream()
        let bascule = try Bascule(Configuration(blue: [app]))
        let shown = try bascule.run("config", "show")
        #expect(shown.code == 0)
        for word in ["header_bytes: 32KiB", "response: 60s", "hold_requests: 10000"] {
            #expect(shown.output.contains(word), "\(word)")
        }
        let folder = try Scratch()
        let file = try folder.write(shown.output, to: "shown.yaml")
        #expect(try Command("config", "check", file).code == 0)
        try bascule.stop()
        let again = try Program(
            BuildFolder.path(of: "bascule"), ["serve", "--config", file])
        defer { again.send(.terminate) }
        try Wait.until("it accepts") { again.standardOutput.contains("\n") || !again.isRunning }
        #expect(try bascule.run("config", "show").output == shown.output)
        again.send(.terminate)
        #expect(try again.ending() == 0)
    }
}
