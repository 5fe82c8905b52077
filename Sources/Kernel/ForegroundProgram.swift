internal import CKernel
internal import Glibc

/// A program that has the terminal while it runs, as a shell gives it: our input and output, a
/// process group of its own, and the terminal's keys.
public final class ForegroundProgram {
    public let pid: Int32
    private let hasTerminal: Bool
    private var known: ChildProcess.Ending?

    /// Starts it. `arguments` begins with the program, searched in PATH where it has no slash.
    /// `outputIsError`: what it prints goes to our standard error. Throws what starting it
    /// reported.
    public init(
        _ operation: StaticString, _ arguments: [String], outputIsError: Bool
    ) throws(SystemError) {
        precondition(!arguments.isEmpty, "a command has a name")
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: arguments[0])
        }
        // SAFETY: actions and attributes are initialised here, used by one call, and destroyed when
        // it has returned; the vectors live as long as that call.
        var actions = unsafe posix_spawn_file_actions_t()
        _ = unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        if outputIsError { _ = unsafe posix_spawn_file_actions_adddup2(&actions, 2, 1) }
        var attributes = Program.attributes(ownGroup: true)
        defer { _ = unsafe posix_spawnattr_destroy(&attributes) }
        let environment = ThisProcess.environment(without: [])
        var started: pid_t = 0
        let failure = unsafe ChildProcess.withVector(arguments) { vector in
            unsafe ChildProcess.withVector(environment) { environment in
                unsafe posix_spawnp(
                    &started, arguments[0], &actions, &attributes, vector, environment)
            }
        }
        guard failure == 0 else {
            throw SystemError("\(operation)", Errno(rawValue: failure), subject: arguments[0])
        }
        pid = started
        // Only whoever has the terminal may give it away; a script in the background has not.
        hasTerminal = isatty(0) == 1 && tcgetpgrp(0) == getpgrp()
        if hasTerminal { Self.giveTerminal(to: started) }
        // It may have asked for a key before it had the terminal, and was stopped for it.
        _ = kill(-started, SIGCONT)
    }

    /// How it ended; nil while it runs. One that was stopped goes on: nobody could wake it later.
    public func ending() -> ChildProcess.Ending? {
        if let known { return known }
        var status: CInt = 0
        while unsafe waitpid(pid, &status, WNOHANG | WUNTRACED) == pid {
            // WIFSTOPPED (wait(2)).
            guard status & 0xff == 0x7f else {
                known = ChildProcess.Ending(status: status)
                if hasTerminal { Self.giveTerminal(to: getpgrp()) }
                return known
            }
            _ = kill(-pid, SIGCONT)
        }
        return nil
    }

    /// To everything in its process group.
    public func send(_ signal: Signal) { _ = kill(-pid, signal.rawValue) }

    /// Whoever is not in the foreground is stopped for this by SIGTTOU, unless that is blocked.
    private static func giveTerminal(to group: pid_t) {
        var set = sigset_t()
        var before = sigset_t()
        // SAFETY: the calls fill local values, and keep no pointer to them.
        _ = unsafe sigemptyset(&set)
        _ = unsafe sigaddset(&set, SIGTTOU)
        _ = unsafe sigprocmask(SIG_BLOCK, &set, &before)
        _ = tcsetpgrp(0, group)
        _ = unsafe sigprocmask(SIG_SETMASK, &before, nil)
    }
}
