import ArgumentParser
import Console
import Kernel

/// Accepted before the verb and after it; what stands after it counts.
struct ConnectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The control socket.", valueName: "path"))
    var socket: String?

    @Flag(help: "One JSON document, or one object a line: the objects of the control API.")
    var json = false

    func validate() throws {
        guard let socket else { return }
        guard SocketAddress("unix:\(socket)") != nil else {
            throw ValidationError(
                "--socket: found \"\(socket)\", expected a path of 1 to"
                    + " \(SocketAddress.unixPathBytesMax) octets")
        }
    }

    func session(_ before: ConnectionOptions) -> Session {
        Session(socket: socket ?? before.socket, isJSON: json || before.json)
    }
}

/// A verb that speaks to the controller.
protocol ControlCommand: ParsableCommand {
    /// What stood before the verb.
    var root: BasculeCommand { get }
    /// What stood after it.
    var connection: ConnectionOptions { get }

    /// Returns the exit code.
    func run(_ session: inout Session) throws(ControlFailure) -> Int32
}

extension ControlCommand {
    func run() throws {
        var session = connection.session(root.connection)
        let code: Int32
        do {
            code = try run(&session)
        } catch {
            code = session.fail(error)
        }
        throw ExitCode(code)
    }
}
