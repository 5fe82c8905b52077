import ArgumentParser
import Console
import Control

struct HistoryCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Past operations, or one of them with its steps.",
        usage: "bascule history [<service>] [<operation>] [<options>]")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: ArgumentHelp("A service, an operation's ID, or both.", valueName: "name"))
    var names: [String] = []

    func validate() throws {
        guard names.count <= 2 else {
            throw ValidationError(
                "found \(names.count) names, expected a service, an operation, or both")
        }
        if names.count == 2, !Self.isOperation(names[1]) {
            throw ValidationError(
                "found \"\(names[1])\" as operation, expected an ID of 26 characters")
        }
    }

    /// A ULID: 26 characters of Crockford's alphabet.
    static func isOperation(_ name: String) -> Bool {
        name.utf8.count == 26
            && name.allSatisfy { "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains($0) }
    }

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        if let operation = names.last, Self.isOperation(operation) {
            return session.show(
                ControlRequest(.get, Route.operation(operation)), as: HistoryEntry.self,
                HistoryView.lines)
        }
        let query = names.first.map { "?service=\(ControlClient.encoded($0))" } ?? ""
        return session.show(
            ControlRequest(.get, Route.history + query), as: HistoryAnswer.self,
            HistoryView.lines)
    }
}

struct EventsCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "What happens, as it happens, until interrupted.")

    @OptionGroup var connection: ConnectionOptions

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        session.watch(ControlRequest(.get, Route.events))
    }
}
