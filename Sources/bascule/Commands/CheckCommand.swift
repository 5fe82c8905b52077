import ArgumentParser
import Board
import Console
import Control

struct CheckCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Every preflight check of a switch, none of its effects. Exits 0 or 3.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    @Option(name: .customLong("to"), help: ArgumentHelp("blue or green.", valueName: "color"))
    var color: ColorArgument

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let service = try session.service(service)
        let request = ControlRequest(
            .post, Route.service(ControlClient.encoded(service), "check"),
            body: try ControlClient.body(CheckBody(to: color.color)))
        return session.show(
            request, as: CheckAnswer.self, CheckView.lines,
            exit: { $0.passed ? .done : .refused })
    }
}

/// A color on the command line.
struct ColorArgument: ExpressibleByArgument {
    let color: Color

    init?(argument: String) {
        guard let color = Color(name: argument) else { return nil }
        self.color = color
    }

    static var allValueStrings: [String] { Color.allCases.map(\.name) }
}
