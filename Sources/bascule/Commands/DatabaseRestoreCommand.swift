import ArgumentParser
import Console
import Control
import Kernel

struct DatabaseRestoreCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Puts a backup into the live database while the applications run.",
        discussion: """
            Says first which rows would be lost, and asks once on a terminal. Requests are held \
            while it works; a safety copy is made before, and anything that fails puts \
            everything back.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Only say what would be lost.")
    var dryRun = false

    @Option(help: ArgumentHelp("A check that may refuse and shall not.", valueName: "check"))
    var override: [CheckName] = []

    @Option(
        help: ArgumentHelp("Longest that requests wait.", valueName: "duration"),
        transform: timeSpan)
    var holdTimeout: TimeSpan?

    @Option(
        help: ArgumentHelp("For what is in flight.", valueName: "duration"), transform: timeSpan)
    var drainTimeout: TimeSpan?

    @Argument(help: "A name as `db backups` lists it, or a path.")
    var file: String

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        guard case .named(let name) = try BackupPlace(file, service, &session) else {
            throw .problem(
                Problem(
                    .notServed, "\(file) is not in backup.directory",
                    hint: "copy it and its .json there, as the owner of the database"))
        }
        let service = try session.service(service)
        var body = RestoreBody(file: name)
        body.override = override.isEmpty ? nil : override
        body.holdTimeout = holdTimeout
        body.drainTimeout = drainTimeout
        let target = DatabaseCommand.target(service, "restore")
        if !dryRun, !yes, session.canAsk {
            body.dryRun = true
            let code = session.follow(
                ControlRequest(.post, target, body: try ControlClient.body(body)),
                service: service)
            guard code == 0 else { return code }
            guard session.confirms("Restore \(name) into \(service)?") else {
                return Exit.refused.rawValue
            }
        }
        body.dryRun = dryRun ? true : nil
        return session.follow(
            ControlRequest(.post, target, body: try ControlClient.body(body)), service: service)
    }
}
