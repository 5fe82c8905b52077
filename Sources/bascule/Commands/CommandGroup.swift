import ArgumentParser
import Control
import Kernel

/// A command that only holds others. Alone it asks for nothing: wrong usage, with its help where
/// errors go.
protocol CommandGroup: ParsableCommand {}

extension CommandGroup {
    func run() throws {
        ThisProcess.write(BasculeCommand.helpMessage(for: Self.self) + "\n")
        throw ExitCode(Exit.usage.rawValue)
    }
}
