import ArgumentParser
import Console
import Control

struct StatusCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Who serves, health, what is in flight and held, and the way back.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "All services where it is left out.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        guard let service else {
            return session.show(ControlRequest(.get, Route.status), as: Status.self) {
                StatusView.lines($0, $1, now: .now)
            }
        }
        let target = Route.service(ControlClient.encoded(service))
        return session.show(ControlRequest(.get, target), as: ServiceStatus.self) {
            StatusView.lines($0, $1, now: .now)
        }
    }
}
