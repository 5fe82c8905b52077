import Kernel

/// The chaos proxy in front of an address: `["--down", "reset@20"]`.
final class Chaos: Sendable {
    let program: Program
    let address: SocketAddress

    struct DidNotStart: Error {
        let output: String
    }

    init(to target: SocketAddress, _ arguments: [String]) throws {
        let program = try Program(
            BuildFolder.path(of: "chaos-proxy"), ["--to", target.description] + arguments)
        self.program = program
        address = try Wait.forValue("the chaos proxy listens: \(program.standardError)") {
            guard program.isRunning else { throw DidNotStart(output: program.standardError) }
            return program.standardOutput.split(separator: "\n").first.flatMap {
                SocketAddress(String($0))
            }
        }
    }
}
