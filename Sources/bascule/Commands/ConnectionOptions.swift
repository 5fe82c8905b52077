import ArgumentParser
import Console
import Kernel

/// Accepted before the verb and after it; what stands after it counts. Every command on the way
/// declares them, and the parser hands down what it found.
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
}

/// A verb that speaks to the controller.
protocol ControlCommand: ParsableCommand {
    var connection: ConnectionOptions { get }

    /// Returns the exit code.
    func run(_ session: inout Session) throws(ControlFailure) -> Int32
}

extension ControlCommand {
    func run() throws {
        var session = Session(socket: connection.socket, isJSON: connection.json)
        let code: Int32
        do {
            code = try run(&session)
        } catch {
            code = session.fail(error)
        }
        throw ExitCode(code)
    }
}
