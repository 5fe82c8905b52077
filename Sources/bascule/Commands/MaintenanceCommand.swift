import ArgumentParser
import Console
import Control

struct MaintenanceCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintenance",
        abstract: "Answers every request with 503, a page and Retry-After; off: serves again.",
        usage: "bascule maintenance [<service>] on|off [--message <text>] [--for <duration>]")

    @OptionGroup var connection: ConnectionOptions

    @Option(help: ArgumentHelp("What clients read.", valueName: "text"))
    var message: String?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("Until it is turned off where this is left out.", valueName: "duration"),
        transform: timeSpan)
    var duration: TimeSpan?

    @Argument(help: ArgumentHelp("The service, then on or off.", valueName: "service-state"))
    var names: [String]

    /// The service, where it is named.
    var service: String? { names.count == 2 ? names[0] : nil }

    /// nil where the last name is neither `on` nor `off`.
    var isOn: Bool? {
        switch names.last {
        case "on": true
        case "off": false
        case _: nil
        }
    }

    func validate() throws {
        guard 1...2 ~= names.count else {
            throw ValidationError(
                "found \(names.count) names, expected on or off, or a service and one of them")
        }
        guard let isOn else {
            throw ValidationError("found \"\(names.last ?? "")\", expected on or off")
        }
        if !isOn, message != nil || duration != nil {
            throw ValidationError("off takes neither --message nor --for")
        }
    }

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let service = try session.service(service)
        let body = MaintenanceBody(on: isOn ?? false, message: message, duration: duration)
        return session.show(
            ControlRequest(
                .post, Route.service(ControlClient.encoded(service), "maintenance"),
                body: try ControlClient.body(body)),
            as: PhaseAnswer.self, PhaseView.lines)
    }
}
