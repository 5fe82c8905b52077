import ArgumentParser
import Console
import Control

struct RequestsCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "requests",
        abstract: "What is in flight now: method, path, color, age, client.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let service = try session.service(service)
        return session.show(
            ControlRequest(.get, Route.service(ControlClient.encoded(service), "requests")),
            as: RequestsAnswer.self, RequestsView.lines)
    }
}
