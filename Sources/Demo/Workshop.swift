internal import Foundation
internal import Kernel
internal import LoadClient

/// The folder, the ports and the processes of a demo; `close` ends and removes them all.
final class Workshop {
    /// For a process to end by itself after TERM; Bascule and the ledgers need less.
    private static let endingMax = Duration.seconds(15)

    let folder: String
    let executable: String
    private let ledger: String
    private let patience: Patience
    let ports: Ports
    private var programs: [(name: String, program: Program)] = []

    /// Ports of this machine that nobody listened at a moment ago.
    struct Ports {
        let front: UInt16
        let admin: UInt16
        let blue: UInt16
        let green: UInt16

        func address(_ port: UInt16) -> SocketAddress { .ipv4(0x7f00_0001, port: port) }
    }

    init(patience: Patience) throws {
        self.patience = patience
        executable = try FileManager.default.destinationOfSymbolicLink(
            atPath: ChildProcess.thisExecutable)
        ledger = (executable as NSString).deletingLastPathComponent + "/bascule-ledger"
        guard FileManager.default.isExecutableFile(atPath: ledger) else {
            throw DemoFailure(
                description: "\(ledger) is missing: the demo needs bascule-ledger beside bascule")
        }
        ports = try Self.freePorts()
        // Short, because the control socket's path has 107 octets at most.
        let base = FileManager.default.temporaryDirectory.path
        folder = "\(base)/bascule-demo-\(ThisProcess.identifier)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
    }

    var database: String { folder + "/ledger.db" }
    var socket: String { folder + "/control.sock" }
    func acceptedLog(_ color: String) -> String { "\(folder)/\(color).accepted" }

    // MARK: Processes

    func startLedger(_ color: String, level: Int, migrates: Bool) throws -> Program {
        let port = color == "blue" ? ports.blue : ports.green
        return try start(
            "ledger \(color)", executable: ledger,
            [
                "--color", color, "--port", "\(port)", "--database", database,
                "--schema-level", "\(level)", "--log", acceptedLog(color),
                migrates ? "--migrate" : "--no-migrate",
            ])
    }

    func startBascule() throws -> Program {
        let file = folder + "/bascule.yaml"
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        return try start("bascule", executable: executable, ["serve", "--config", file])
    }

    /// Runs a command of Bascule to its end; its output is shown as it comes.
    func command(_ words: [String]) throws -> Int32 {
        let program = try Program(
            "demo.command", executable: executable, arguments: ["bascule"] + words,
            environment: environment, output: .shared)
        do {
            let what = "bascule \(words.joined(separator: " "))"
            try patience.wait(for: what, atMost: .seconds(40)) { program.ending() != nil }
        } catch {
            program.send(.kill)
            while program.ending() == nil { Thread.sleep(forTimeInterval: 0.01) }
            throw error
        }
        guard case .exited(let code) = program.ending() else {
            throw DemoFailure(description: "bascule \(words[0]) was killed")
        }
        return code
    }

    /// Ends one process before the story does.
    func end(_ program: Program) throws {
        program.send(.terminate)
        try patience.wait(for: "the end of process \(program.pid)", atMost: Self.endingMax) {
            program.ending() != nil
        }
        programs.removeAll { $0.program === program }
    }

    /// Throws where a process of the story has ended by itself.
    func checkRunning() throws {
        for (name, program) in programs {
            if let ending = program.ending() {
                throw DemoFailure(description: "\(name) has ended with \(ending)")
            }
        }
    }

    private func start(
        _ name: String, executable: String, _ arguments: [String]
    ) throws -> Program {
        let file = "\(folder)/\(name.replacing(" ", with: "-")).log"
        let program = try Program(
            "demo.start", executable: executable,
            arguments: [(executable as NSString).lastPathComponent] + arguments,
            environment: environment, output: .file(file))
        programs.append((name, program))
        return program
    }

    private var environment: [String] {
        ThisProcess.environment(without: ["BASCULE_SOCKET"]) + ["BASCULE_SOCKET=\(socket)"]
    }

    // MARK: The end

    /// Ends everything, the last started first, and removes the folder. Returns what could not be
    /// ended or removed.
    func close() -> [String] {
        var left: [String] = []
        for (_, program) in programs.reversed() { program.send(.terminate) }
        let deadline = ContinuousClock.now + Self.endingMax
        for (name, program) in programs.reversed() {
            while program.ending() == nil, ContinuousClock.now < deadline {
                Thread.sleep(forTimeInterval: 0.01)
            }
            guard program.ending() == nil else { continue }
            left.append("\(name) did not end within \(Self.endingMax) and was killed")
            program.send(.kill)
            while program.ending() == nil { Thread.sleep(forTimeInterval: 0.01) }
        }
        programs = []
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            left.append("\(folder): \(error)")
        }
        return left
    }

    /// The last lines of every process, for a story that failed.
    func showLogs(on console: DemoConsole) {
        for (name, _) in programs {
            let file = "\(folder)/\(name.replacing(" ", with: "-")).log"
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { continue }
            console.say(console.dim("the last lines of \(name):"))
            for line in text.split(separator: "\n").suffix(8) { console.say("  \(line)") }
        }
    }

    // MARK: Configuration

    private var configuration: String {
        """
        listen:
          - address: 127.0.0.1:\(ports.front)
        workers: 2
        user: ""
        worker_user: ""
        control: {socket: \(socket), mode: "0600", group: ""}
        admin: {address: "127.0.0.1:\(ports.admin)"}
        state: \(folder)/state
        access_log: {path: "off"}
        services:
          ledger:
            colors:
              blue:  {targets: ["127.0.0.1:\(ports.blue)"]}
              green: {targets: ["127.0.0.1:\(ports.green)"]}
            initial: blue
            health: {path: /health, interval: 200ms, timeout: 1s, rise: 1, fall: 2}
            switchover: {watch: 0s}
            expose_color: true
            database:
              sqlite: \(database)
              migrations: efcore
              expect: {health_field: migration}

        """
    }

    /// Taken all at once and then let go, so that they differ.
    private static func freePorts() throws -> Ports {
        let front = try listener()
        let admin = try listener()
        let blue = try listener()
        let green = try listener()
        return try Ports(
            front: port(of: front), admin: port(of: admin), blue: port(of: blue),
            green: port(of: green))
    }

    private static func listener() throws -> Descriptor {
        try Socket.listen("demo.port", on: .ipv4(0x7f00_0001, port: 0), backlog: 1)
    }

    private static func port(of listener: borrowing Descriptor) throws -> UInt16 {
        guard case .ipv4(_, let port)? = Socket.localAddress(listener.number) else {
            throw DemoFailure(description: "the kernel gives no free port")
        }
        return port
    }
}
