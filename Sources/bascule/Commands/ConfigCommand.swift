import ArgumentParser
import Console
import Control
import Kernel
import Settings

struct ConfigCommand: CommandGroup {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Validates a configuration or shows the running one.",
        subcommands: [ConfigCheckCommand.self, ConfigShowCommand.self])

    @OptionGroup var connection: ConnectionOptions
}

struct ConfigCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Names every mistake in a file. Exits 0 or 78.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "A YAML file.")
    var file: String

    func run() throws {
        let report = ConfigurationReport(ConfigurationFile.load(file), file: file)
        if connection.json {
            ThisProcess.write(try ControlJSON.text(report) + "\n", to: .standardOutput)
        } else {
            for finding in report.errors + report.warnings + report.unserved {
                ThisProcess.write("\(finding.text)\n")
            }
            ThisProcess.write("\(file): \(report.verdict)\n", to: .standardOutput)
        }
        throw ExitCode((report.valid ? Exit.done : Exit.configuration).rawValue)
    }
}

struct ConfigShowCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Prints the running configuration with its defaults filled in.")

    @OptionGroup var connection: ConnectionOptions

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        session.show(ControlRequest(.get, Route.configuration)) { document, isJSON in
            // JSON is YAML, so the controller's document reads back to the settings.
            let settings = try Settings.load(text: document, file: Route.configuration).settings
            return isJSON ? settings.json : settings.yaml
        }
    }
}
