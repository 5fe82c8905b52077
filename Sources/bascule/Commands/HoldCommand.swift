import ArgumentParser
import Console
import Control

struct HoldCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Lets new requests wait; ends by itself.")

    @OptionGroup var connection: ConnectionOptions

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("hold_timeout where it is left out.", valueName: "duration"),
        transform: timeSpan)
    var duration: TimeSpan?

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let service = try session.service(service)
        return session.show(
            ControlRequest(
                .post, Route.service(ControlClient.encoded(service), "hold"),
                body: try ControlClient.body(HoldBody(duration: duration))),
            as: PhaseAnswer.self, PhaseView.lines)
    }
}

struct ReleaseCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Ends a hold: requests that wait are let go.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let service = try session.service(service)
        return session.show(
            ControlRequest(
                .post, Route.service(ControlClient.encoded(service), "release"),
                body: try ControlClient.body(EmptyBody())),
            as: PhaseAnswer.self, PhaseView.lines)
    }
}
