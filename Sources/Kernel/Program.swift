internal import CKernel
internal import Glibc

/// A program that runs beside this one: started with its output where it belongs, told to end,
/// and waited for.
public final class Program {
    public enum Output: Hashable, Sendable {
        /// Ours, and in our process group, so that a terminal's Ctrl-C reaches it too.
        case shared
        /// A file that is begun anew, in a process group of its own.
        case file(String)
    }

    public let pid: Int32
    private let hasOwnGroup: Bool
    private var known: ChildProcess.Ending?

    /// Starts it with default signal handling, no signal blocked, and nothing to read.
    ///
    /// `arguments` begins with its name; `environment` is all that it gets. Throws what fork or
    /// exec reported.
    public init(
        _ operation: StaticString, executable: String, arguments: [String],
        environment: [String], output: Output
    ) throws(SystemError) {
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: executable)
        }
        // SAFETY: actions and attributes are initialised here, used by one call, and destroyed when
        // it has returned; the vectors live as long as that call.
        var actions = unsafe posix_spawn_file_actions_t()
        _ = unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        _ = unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if case .file(let path) = output {
            _ = unsafe posix_spawn_file_actions_addopen(
                &actions, 1, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            _ = unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        var attributes = Self.attributes(ownGroup: output != .shared)
        defer { _ = unsafe posix_spawnattr_destroy(&attributes) }
        var started: pid_t = 0
        let failure = unsafe ChildProcess.withVector(arguments) { arguments in
            unsafe ChildProcess.withVector(environment) { environment in
                unsafe posix_spawn(
                    &started, executable, &actions, &attributes, arguments, environment)
            }
        }
        guard failure == 0 else {
            throw SystemError("\(operation)", Errno(rawValue: failure), subject: executable)
        }
        pid = started
        hasOwnGroup = output != .shared
    }

    /// How it ended; nil while it runs.
    public func ending() -> ChildProcess.Ending? {
        if known == nil {
            var status: CInt = 0
            if unsafe waitpid(pid, &status, WNOHANG) == pid {
                known = ChildProcess.Ending(status: status)
            }
        }
        return known
    }

    /// Nothing happens where it has ended.
    public func send(_ signal: Signal) {
        if ending() == nil { ChildProcess.send(signal, to: pid) }
    }

    /// Kills whatever is left of it and of what it started, and waits for its own end. It has to
    /// have a process group of its own.
    public func killGroup() {
        precondition(hasOwnGroup, "our own process group is not killed")
        // A number is not given again while a process group has it; right after the end of the
        // whole group nobody else can have got it either.
        _ = kill(-pid, SIGKILL)
        guard known == nil else { return }
        var status: CInt = 0
        while unsafe waitpid(pid, &status, 0) < 0, Errno.current == .interrupted {}
        known = ChildProcess.Ending(status: status)
    }

    static func attributes(ownGroup: Bool) -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        _ = unsafe posix_spawnattr_init(&attributes)
        var none = sigset_t()
        _ = unsafe sigemptyset(&none)
        _ = unsafe posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        _ = unsafe sigfillset(&all)
        _ = unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        let group = ownGroup ? POSIX_SPAWN_SETPGROUP : 0
        _ = unsafe posix_spawnattr_setflags(
            &attributes, CShort(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group))
        return attributes
    }
}
