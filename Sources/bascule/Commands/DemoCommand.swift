import ArgumentParser
import Demo

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Tells the whole story on this machine: load, a migration, switches, the count.",
        discussion: """
            Two ledgers on one SQLite file behind a Bascule of their own, on free ports; takes \
            half a minute and leaves nothing behind.
            """)

    func run() throws { throw ExitCode(Demo.run()) }
}
