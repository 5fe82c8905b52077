public import Control
public import Kernel

/// Why the controller gave no answer, or not the one that was asked for.
public enum ControlFailure: Error, Equatable, Sendable {
    /// Nobody listens at the socket.
    case noController(socket: String, Errno)
    /// The socket may not be opened.
    case notPermitted(socket: String)
    /// The socket's path is none.
    case unusable(socket: String)
    /// No answer in time.
    case silent(socket: String, TimeSpan)
    /// The connection ended, or what came is no answer.
    case broken(String)
    /// The controller says no.
    case problem(Problem)
    /// SIGINT.
    case interrupted

    public var exit: Exit? {
        switch self {
        case .noController, .silent: .unavailable
        case .notPermitted: .notPermitted
        case .unusable: .usage
        case .broken: .failed
        case .problem(let problem): problem.reason.exit
        case .interrupted: nil
        }
    }

    /// As a problem, so that `--json` prints one kind of error document whoever found it.
    public var problem: Problem {
        switch self {
        case .noController(let socket, let errno):
            Problem(
                .unavailable, "no controller answers at \(socket): \(errno.message)",
                hint: "is `bascule serve` running? --socket or BASCULE_SOCKET name another socket")
        case .notPermitted(let socket):
            Problem(
                .notPermitted, "\(socket) may not be opened by this user",
                hint: "root, the configured user and members of control.group may")
        case .unusable(let socket):
            Problem(
                .badRequest,
                "found \"\(socket)\" as socket, expected a path of 1 to"
                    + " \(SocketAddress.unixPathBytesMax) octets")
        case .silent(let socket, let limit):
            Problem(
                .unavailable, "no answer at \(socket) within \(limit)",
                hint: "the controller is stopped or stuck; the workers go on serving")
        case .broken(let message): Problem(.failed, message)
        case .problem(let problem): problem
        case .interrupted: Problem(.failed, "interrupted")
        }
    }
}
