import ArgumentParser
import Console
import Control

/// `reload`, `upgrade` and `stop` differ only in their word.
struct ReloadCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Uses the configuration file as it is now; returns when every worker does.")

    @OptionGroup var connection: ConnectionOptions

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        try session.tell(Route.reload)
    }
}

struct UpgradeCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade", abstract: "Uses the executable that is on disk now.")

    @OptionGroup var connection: ConnectionOptions

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        try session.tell(Route.upgrade)
    }
}

struct StopCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Ends gracefully, without dropping a request.")

    @OptionGroup var connection: ConnectionOptions

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        try session.tell(Route.stop)
    }
}

extension Session {
    /// Asks for something that concerns all services, and prints the answer's message.
    fileprivate mutating func tell(_ target: String) throws(ControlFailure) -> Int32 {
        show(
            ControlRequest(.post, target, body: try ControlClient.body(EmptyBody())),
            as: MessageAnswer.self
        ) { answer, _ in [answer.message] }
    }
}
