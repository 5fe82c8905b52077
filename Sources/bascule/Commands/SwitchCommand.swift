import ArgumentParser
import Board
import Console
import Control

struct SwitchCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch",
        abstract: "Makes the other color serve; prints each step as it happens.",
        usage: "bascule switch [<service>] <color> [<options>]")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var options: SwitchOptions

    @Argument(help: ArgumentHelp("The service, then blue or green.", valueName: "service-color"))
    var names: [String]

    /// The service, where it is named.
    var service: String? { names.count == 2 ? names[0] : nil }

    var color: Color? { names.last.flatMap { Color(name: $0) } }

    func validate() throws {
        guard 1...2 ~= names.count else {
            throw ValidationError(
                "found \(names.count) names, expected a color, or a service and a color")
        }
        guard color != nil else {
            let last = names.last ?? ""
            throw ValidationError("found \"\(last)\" as color, expected blue or green")
        }
    }

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let service = try session.service(service)
        var body = options.body
        body.to = color
        return session.follow(
            ControlRequest(
                .post, Route.service(ControlClient.encoded(service), "switch"),
                body: try ControlClient.body(body)),
            service: service, isDetached: options.detach)
    }
}

struct RollbackCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Switches back to the color before.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var options: SwitchOptions

    @Flag(help: "Restore the newest backup that the color before can use.")
    var restoreDatabase = false

    @Flag(help: "With --restore-database: do not ask.")
    var yes = false

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let service = try session.service(service)
        var body = options.body
        body.restoreDatabase = restoreDatabase ? true : nil
        let target = Route.service(ControlClient.encoded(service), "rollback")
        if restoreDatabase, !yes, session.canAsk {
            var look = body
            look.dryRun = true
            look.detach = nil
            if let code = session.asks(
                "Roll \(service) back, and its database with it?",
                after: ControlRequest(.post, target, body: try ControlClient.body(look)),
                service: service, no: "nothing was restored, and nothing was switched")
            {
                return code
            }
        }
        return session.follow(
            ControlRequest(.post, target, body: try ControlClient.body(body)),
            service: service, isDetached: options.detach)
    }
}
