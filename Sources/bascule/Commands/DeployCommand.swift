import ArgumentParser
import Board
import Console
import Control

struct DeployCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Starts the other color by a command, with nothing written meanwhile, and "
            + "switches to it.",
        usage: "bascule deploy [<service>] <color> [<options>] -- <command> ...",
        discussion: """
            For a version that migrates the shared database by itself when it starts. Writes wait \
            from before the command to the switch; what fails is taken back. The command runs \
            here, with your rights, terminal and folder; with --json what it prints goes to \
            standard error. --hold-timeout stands for deploy.hold_timeout here, and --timeout, \
            of the command and the start behind it, for deploy.timeout.
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var options: SwitchOptions

    @Option(help: "What waits while the command runs: writes, all or none.")
    var hold: DeployHold?

    @Flag(help: "Run the new version once against a copy first (database.rehearse).")
    var rehearse = false

    // Not one list, which nothing may follow: a build for debugging would refuse every deploy.
    @Argument(help: ArgumentHelp("The service, then blue or green.", valueName: "service-color"))
    var first: String?

    @Argument(help: ArgumentHelp(visibility: .hidden))
    var second: String?

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("What starts the new version.", valueName: "command"))
    var command: [String] = []

    private var names: [String] { [first, second].compactMap(\.self) }

    /// The service, where it is named.
    var service: String? { second == nil ? nil : first }

    var color: Color? { names.last.flatMap { Color(name: $0) } }

    func validate() throws {
        guard let last = names.last else {
            throw ValidationError("found no name, expected a color, or a service and a color")
        }
        guard color != nil else {
            throw ValidationError("found \"\(last)\" as color, expected blue or green")
        }
        guard !command.isEmpty else {
            throw ValidationError("no command, expected -- and what starts the new version")
        }
        guard !options.detach else {
            throw ValidationError("--detach: the command needs whoever runs it")
        }
    }

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let service = try session.service(service)
        var body = options.body
        body.to = color
        let deploy = DeployBody(
            body, hold: hold, rehearse: rehearse ? true : nil, command: command)
        return session.deploy(
            ControlRequest(
                .post, Route.service(ControlClient.encoded(service), "deploy"),
                body: try ControlClient.body(deploy)),
            service: service, command: command)
    }
}
