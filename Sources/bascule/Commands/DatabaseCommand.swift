import ArgumentParser
import Console
import Control
import Kernel
import SharedDatabase

/// `bascule db …`: the shared database.
struct DatabaseCommand: CommandGroup {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "The shared database: backups, restore, state.",
        subcommands: [
            DatabaseStatusCommand.self, DatabaseBackupCommand.self, DatabaseBackupsCommand.self,
            DatabaseVerifyCommand.self, DatabaseRestoreCommand.self, DatabasePruneCommand.self,
            DatabaseDrillCommand.self, DatabaseLintCommand.self, DatabaseRehearseCommand.self,
            DatabaseOptimizeCommand.self, DatabaseUnlockCommand.self,
        ])

    @OptionGroup var connection: ConnectionOptions

    /// `rest`: `backup`, `backups`.
    static func target(_ service: String, _ rest: String) -> String {
        Route.service(ControlClient.encoded(service), "database")
            + (rest.isEmpty ? "" : "/" + rest)
    }
}

struct DatabaseStatusCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Size, log, disk, locks, migrations, last backup.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let target = DatabaseCommand.target(try session.service(service), "")
        return session.show(ControlRequest(.get, target), as: DatabaseReport.self) {
            DatabaseView.lines($0, $1, now: .now)
        }
    }
}

struct DatabaseBackupCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Makes a verified backup now.")

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Return when the operation has its lock; it goes on.")
    var detach = false

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let service = try session.service(service)
        var body = BackupBody()
        body.detach = detach ? true : nil
        return session.follow(
            ControlRequest(
                .post, DatabaseCommand.target(service, "backup"),
                body: try ControlClient.body(body)),
            service: service, isDetached: detach)
    }
}

struct DatabaseBackupsCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "backups", abstract: "Lists the backups, newest first.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let target = DatabaseCommand.target(try session.service(service), "backups")
        return session.show(ControlRequest(.get, target), as: BackupsAnswer.self) {
            DatabaseView.lines($0, $1, now: .now)
        }
    }
}

struct DatabaseVerifyCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compares a backup with its manifest, octet by octet. Exits 0 or 3.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "A name as `db backups` lists it, or a path.")
    var file: String

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        guard case .named(let name) = try place(&session) else {
            return session.show(
                BackupVerification.run(path: file), DatabaseView.lines,
                exit: { $0.verified ? .done : .refused })
        }
        let service = try session.service(service)
        return session.follow(
            ControlRequest(
                .post, DatabaseCommand.target(service, "verify"),
                body: try ControlClient.body(VerifyBody(file: name))),
            service: service)
    }

    /// A path needs no controller: a backup may be verified where none runs.
    private func place(_ session: inout Session) throws(ControlFailure) -> BackupPlace {
        do throws(ControlFailure) {
            return try BackupPlace(file, service, &session)
        } catch {
            guard case .noController = error, file.contains("/") else { throw error }
            return .elsewhere
        }
    }
}

struct DatabasePruneCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Removes old backups now.")

    @OptionGroup var connection: ConnectionOptions

    @Option(help: "How many of each kind stay; backup.keep where it is left out.")
    var keep: Int?

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let target = DatabaseCommand.target(try session.service(service), "prune")
        return session.show(
            ControlRequest(
                .post, target, body: try ControlClient.body(PruneBody(keep: keep))),
            as: PruneAnswer.self, DatabaseView.lines)
    }
}

/// Where a backup is that was named on the command line.
enum BackupPlace {
    /// A name in `backup.directory`.
    case named(String)
    /// Anywhere else.
    case elsewhere

    /// A path that leads into `backup.directory` is as good as the name; a file of the working
    /// folder that nothing there is named like is meant itself.
    init(
        _ file: String, _ service: String?, _ session: inout Session
    ) throws(ControlFailure) {
        guard let slash = file.lastIndex(of: "/") else {
            self = try Self.plain(file, service, &session)
            return
        }
        let target = DatabaseCommand.target(try session.service(service), "backups")
        let answer = try session.ask(ControlRequest(.get, target), as: BackupsAnswer.self)
        let name = String(file[file.index(after: slash)...])
        let isInside =
            Files.resolved(String(file[..<slash])) == Files.resolved(answer.directory)
            && Files.resolved(answer.directory) != nil
        self = isInside ? .named(name) : .elsewhere
    }

    private static func plain(
        _ name: String, _ service: String?, _ session: inout Session
    ) throws(ControlFailure) -> BackupPlace {
        guard Files.facts(name) != nil else { return .named(name) }
        let target = DatabaseCommand.target(try session.service(service), "backups")
        let answer = try session.ask(ControlRequest(.get, target), as: BackupsAnswer.self)
        return answer.backups.contains { $0.file == name } ? .named(name) : .elsewhere
    }
}
