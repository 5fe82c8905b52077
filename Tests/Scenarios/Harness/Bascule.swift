import Control
import Foundation
import Kernel

/// `bascule serve` with its configuration, in a folder of its own, on free ports.
final class Bascule: Sendable {
    let program: Program
    let addresses: [SocketAddress]
    let folder: Scratch
    private let configuration: Configuration
    private static let attemptsMax = 5

    struct DidNotStart: Error {
        let output: String
    }

    /// Returns when it accepts traffic. `wrapper`: a program that starts it, before its arguments.
    init(
        _ configuration: Configuration, listeners: Int = 1, wrapper: [String] = [],
        folder: Scratch? = nil
    ) throws {
        let folder = try folder ?? Scratch()
        self.folder = folder
        self.configuration = configuration
        var output = ""
        for _ in 0..<Self.attemptsMax {
            let addresses = try (0..<listeners).map { _ in
                SocketAddress.ipv4(0x7f00_0001, port: try FreePort.next())
            }
            let text = configuration.text(
                listen: addresses.map(\.description), folder: folder.path)
            let file = try folder.write(text, to: "bascule.yaml")
            let line = wrapper + [BuildFolder.path(of: "bascule"), "serve", "--config", file]
            let program = try Program(line[0], Array(line.dropFirst()))
            do {
                try Wait.until("bascule accepts or ends") {
                    program.standardOutput.contains("\n") || !program.isRunning
                }
            } catch {
                throw DidNotStart(output: "\(error): \(program.standardError)")
            }
            if program.isRunning {
                (self.program, self.addresses) = (program, addresses)
                return
            }
            output = program.standardError
            // Somebody was faster on one of the ports: take others.
            guard output.contains(Errno.addressInUse.message) else { break }
        }
        throw DidNotStart(output: output)
    }

    deinit { if program.isRunning { endByForce() } }

    /// The roles end with the supervisor; what does not is killed by its pid.
    private func endByForce() {
        let roles = Roles.of(program.pid)
        program.kill()
        for role in roles where ProcessFacts.isRunning(role.pid) {
            ChildProcess.send(.kill, to: role.pid)
        }
    }

    /// Ends it with TERM and returns its exit code; throws where something of it is left.
    @discardableResult
    func stop(within seconds: Double = Wait.seconds) throws -> Int32 {
        let roles = Roles.of(program.pid)
        program.send(.terminate)
        let code = try program.ending(within: seconds)
        try Wait.until("nothing is left of \(roles)", seconds: 1) {
            !roles.contains { ProcessFacts.isRunning($0.pid) }
        }
        return code
    }

    // MARK: Traffic

    var address: SocketAddress { addresses[0] }

    func connect() throws -> RawConnection { try RawConnection(to: address) }

    /// One request on a connection of its own.
    func get(_ path: String, _ fields: String...) throws -> Message {
        let connection = try connect()
        return try connection.ask(
            RawConnection.request("GET", path, fields + ["Connection: close"]))
    }

    // MARK: Commands

    var socket: String { folder.file("run/control.sock") }

    /// Runs the command line against this Bascule, to its end.
    @discardableResult
    func run(_ arguments: String...) throws -> Command { try Command(start(arguments)) }

    /// Starts the command line against this Bascule.
    func start(_ arguments: [String]) throws -> Program {
        try Command.start(arguments, environment: ["BASCULE_SOCKET": socket])
    }

    func status() throws -> Status {
        let command = try run("status", "--json")
        guard command.code == 0 else { throw DidNotStart(output: command.errors) }
        return try command.answer(Status.self)
    }

    /// The status of the only service.
    func service() throws -> ServiceStatus {
        guard let service = try status().services.first else {
            throw DidNotStart(output: "no service")
        }
        return service
    }

    /// Waits until both colors are healthy.
    func waitForHealth() throws {
        try Wait.until("every color is healthy") {
            try service().colors.allSatisfy(\.healthy)
        }
    }

    // MARK: Processes

    var roles: [Roles.Role] { Roles.of(program.pid) }

    /// The process of a role: `worker 0`, `controller`.
    func pid(of role: String) throws -> Int32 {
        try Wait.forValue("the role \(role)") {
            roles.first { $0.title == "bascule: \(role)" }?.pid
        }
    }
}
