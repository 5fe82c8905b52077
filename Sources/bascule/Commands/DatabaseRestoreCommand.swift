import ArgumentParser
import Console
import Control
import Kernel
import SharedDatabase

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
    var override: [RestoreCheck] = []

    @Option(
        help: ArgumentHelp("Longest that requests wait.", valueName: "duration"),
        transform: timeSpan)
    var holdTimeout: TimeSpan?

    @Option(
        help: ArgumentHelp("For what is in flight.", valueName: "duration"), transform: timeSpan)
    var drainTimeout: TimeSpan?

    @Argument(
        help: "A name as `db backups` lists it, or a path: its .json is read from beside it.")
    var file: String

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let place = try BackupPlace(file, service, &session)
        let service = try session.service(service)
        var body: RestoreBody
        let sent: SentFile?
        switch place {
        case .named(let name): (body, sent) = (RestoreBody(file: name), nil)
        case .elsewhere: (body, sent) = try SentFile.backup(at: file)
        }
        body.override = override.isEmpty ? nil : override.map(\.name)
        body.holdTimeout = holdTimeout
        body.drainTimeout = drainTimeout
        if !dryRun, !yes, session.canAsk {
            body.dryRun = true
            if let code = session.asks(
                "Restore \(body.file) into \(service)?", after: try request(body, sent, service),
                service: service, no: "nothing was restored")
            {
                return code
            }
        }
        body.dryRun = dryRun ? true : nil
        return session.follow(try request(body, sent, service), service: service)
    }

    /// A file from elsewhere is sent anew each time: what was asked about is checked again.
    private func request(
        _ body: RestoreBody, _ sent: SentFile?, _ service: String
    ) throws(ControlFailure) -> ControlRequest {
        ControlRequest(
            .post, DatabaseCommand.target(service, "restore"),
            body: try ControlClient.body(body), file: sent)
    }
}

/// The checks of a restore that can be overridden, by their names.
enum RestoreCheck: String, CaseIterable, ExpressibleByArgument {
    case migrations, schema, backup

    var name: CheckName {
        switch self {
        case .migrations: .migrations
        case .schema: .schema
        case .backup: .backup
        }
    }
}

extension SentFile {
    /// What stands beside a backup is no longer.
    private static let manifestBytesMax = 4 << 20

    /// A backup that the controller may not be able to read: with the text of its manifest, or
    /// without one where there is none.
    fileprivate static func backup(
        at path: String
    ) throws(ControlFailure) -> (RestoreBody, SentFile) {
        guard let real = Files.resolved(path), Files.kind(real) == .file,
            let facts = Files.facts(real)
        else {
            throw .problem(
                Problem(
                    .refused, "\(path) is no file that can be read",
                    hint: "`bascule db backups` lists those in backup.directory"))
        }
        if let log = LeftLog.beside(real) {
            throw .problem(
                Problem(
                    .refused, "\(path) is not all of its database: \(log) belongs to it",
                    hint: LeftLog.remedy(of: real)))
        }
        var body = RestoreBody(file: String(path.split(separator: "/").last ?? ""))
        do throws(SystemError) {
            // That it may be read is known before anybody is asked for anything.
            _ = try Files.open("command.file", real, .reading)
            body.manifest = try String(
                decoding: Files.contents(
                    "command.manifest", path + ".json", bytesMax: manifestBytesMax), as: UTF8.self)
        } catch {
            let isMissing = error.errno == .noSuchFile && error.subject == path + ".json"
            guard isMissing else {
                throw .problem(Problem(.refused, "\(path) cannot be read: \(error)"))
            }
        }
        return (body, SentFile(path: real, bytes: facts.bytes))
    }
}
