import ArgumentParser
import Console
import Control

struct DatabaseDrillCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Restores the newest backup beside the live database and verifies it.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        try session.operate("drill", on: service)
    }
}

struct DatabaseOptimizeCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "optimize",
        abstract: "Has SQLite look at the tables, for better ways through them.",
        discussion: """
            One short transaction (ANALYZE over a sample): no checkpoint, no VACUUM, no hold.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        try session.operate("optimize", on: service)
    }
}

struct DatabaseUnlockCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock",
        abstract: "Clears the lock that a killed EF Core migration has left.",
        discussion: """
            Only when no color is starting, no process holds the write lock, and the lock is older \
            than ten minutes; else exit 3 names which of these is not so.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        try session.operate("unlock", on: service)
    }
}

struct DatabaseRehearseCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Starts the new version once against a clone, and judges what it did.",
        discussion: """
            Runs database.rehearse with BASCULE_DATABASE naming a clone of the database and \
            BASCULE_REHEARSAL=1. Exits 0, or 3 where older code would not survive the result.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Option(
        help: ArgumentHelp("A finding to live with; may be given again.", valueName: "id"))
    var accept: [String] = []

    @Option(help: ArgumentHelp("A check that may refuse and shall not.", valueName: "check"))
    var override: [CheckArgument] = []

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        var body = RehearseBody()
        body.accept = accept.isEmpty ? nil : accept
        body.override = override.isEmpty ? nil : override.map(\.name)
        return try session.operate("rehearse", on: service, body)
    }
}

extension Session {
    /// Posts to `database/VERB` and follows the operation to its end.
    fileprivate mutating func operate(
        _ verb: String, on service: String?, _ body: some Encodable = EmptyBody()
    ) throws(ControlFailure) -> Int32 {
        let service = try self.service(service)
        return follow(
            ControlRequest(
                .post, DatabaseCommand.target(service, verb), body: try ControlClient.body(body)),
            service: service)
    }
}
