import ArgumentParser
import Control
import Kernel
import Settings

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs Bascule: opens the listeners, starts controller and workers.")

    @Option(help: "The YAML file.")
    var config = "/etc/bascule/bascule.yaml"

    func run() throws {
        switch ConfigurationFile.load(config) {
        case .invalid(let errors, let warnings):
            Self.say(errors.map(\.description) + warnings.map(\.warning))
            throw ExitCode(Exit.configuration.rawValue)
        case .valid(let loaded, let text):
            Self.say(loaded.warnings.map(\.warning) + loaded.unserved.map(\.description))
            // Valid, but not to be left undone in silence.
            guard loaded.unserved.isEmpty else { throw ExitCode(Exit.configuration.rawValue) }
            let missing = Machine.missing(loaded.needs.filter { $0.kind == .user })
            guard missing.isEmpty || !ThisProcess.isRoot else {
                Self.say(missing.map(\.description))
                throw ExitCode(Exit.configuration.rawValue)
            }
            throw ExitCode(ServeMain.run(loaded, text: text, file: config))
        }
    }

    private static func say(_ lines: [String]) {
        for line in lines { ThisProcess.write("\(line)\n") }
    }
}
