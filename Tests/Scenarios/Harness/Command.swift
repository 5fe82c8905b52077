import Control
import Foundation
import Kernel

/// A run of a program that has ended.
struct Command {
    let code: Int32
    let output: String
    let errors: String

    /// Runs `bascule` to its end.
    @discardableResult
    init(_ arguments: String..., environment: [String: String] = [:]) throws {
        try self.init(Self.start(arguments, environment: environment))
    }

    /// Waits for a program that runs; it has to end within the time.
    init(_ program: Program, seconds: Double = 30) throws {
        code = try program.ending(within: seconds)
        output = program.standardOutput
        errors = program.standardError
    }

    /// Starts `bascule` and lets it run.
    static func start(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Program {
        try Program(BuildFolder.path(of: "bascule"), arguments, environment: environment)
    }

    /// What an operation told, one event a line (`--json`).
    func events() throws -> [Event] {
        try output.split(separator: "\n").map {
            try ControlJSON.decode(Event.self, from: Data($0.utf8))
        }
    }

    /// How the operation ended (`--json`).
    func ending() throws -> Event.Ending {
        guard let ending = try events().last?.ending else { throw NoEnding(command: self) }
        return ending
    }

    /// The one document that a command answers (`--json`).
    func answer<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try ControlJSON.decode(type, from: Data(output.utf8))
    }

    struct NoEnding: Error {
        let command: Command
    }
}
