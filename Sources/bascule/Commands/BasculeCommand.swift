import ArgumentParser
import Control

/// `bascule`: the command line. It holds no state; every verb but `serve`, `config check` and
/// `demo` is a question to the controller.
struct BasculeCommand: CommandGroup {
    static let configuration = CommandConfiguration(
        commandName: "bascule",
        abstract: "Switches between two copies of an app without losing a request.",
        discussion: """
            The socket is --socket, else BASCULE_SOCKET, else /run/bascule/control.sock. SERVICE \
            may be left out while only one is configured.

            Exit codes: 0 done, nothing lost; 1 failed; 3 refused, nothing changed; 4 out of \
            time, all is back as it was; 5 switched and rolled back; 6 requests were lost; 7 \
            another operation holds the service; 64 wrong usage; 69 no controller answers; 77 \
            not permitted; 78 the configuration is not valid.
            """,
        version: BasculeVersion.current,
        subcommands: [
            StatusCommand.self, CheckCommand.self, SwitchCommand.self, RollbackCommand.self,
            DeployCommand.self,
            HoldCommand.self, ReleaseCommand.self, MaintenanceCommand.self, RequestsCommand.self,
            HistoryCommand.self, EventsCommand.self, DatabaseCommand.self, ConfigCommand.self,
            ReloadCommand.self, UpgradeCommand.self,
            StopCommand.self, ServeCommand.self, DemoCommand.self,
        ])

    @OptionGroup var connection: ConnectionOptions
}
