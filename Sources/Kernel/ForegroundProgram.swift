internal import CKernel
internal import Glibc

/// A program that has the terminal while it runs, as a shell gives it: our input and output, a
/// process group of its own, and the terminal's keys.
public final class ForegroundProgram {
    public let pid: Int32
    /// It, and what it started.
    public let group: ProcessGroup
    private var hasTerminal = false
    private var known: ChildProcess.Ending?

    /// What has become of it since the last look.
    public enum State: Hashable, Sendable {
        case running
        /// It was stopped, by a key or a signal, and goes on: nobody could wake it later.
        case woken
        /// It was stopped for asking for the terminal, which is not ours: it goes on when we have
        /// that (the shell's `fg`).
        case waiting
        case ended(ChildProcess.Ending)
    }

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
        // In the child, before the command begins: a key that is pressed as soon as it says
        // something is for it already.
        let passesKeys = Self.hasKeys
        if passesKeys { _ = unsafe ck_spawn_gets_keys(&actions, 0) }
        Self.outliveTerminalRules()
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
            if passesKeys { _ = tcsetpgrp(0, getpgrp()) }
            throw SystemError("\(operation)", Errno(rawValue: failure), subject: arguments[0])
        }
        pid = started
        group = ProcessGroup(leader: started)
        hasTerminal = passesKeys
    }

    /// Whether it runs, and what stopped it.
    public func look() -> State {
        if let known { return .ended(known) }
        if !hasTerminal { passTerminal() }
        var state = State.running
        var status: CInt = 0
        while unsafe waitpid(pid, &status, WNOHANG | WUNTRACED) == pid {
            // WIFSTOPPED and WSTOPSIG (wait(2)).
            guard status & 0xff == 0x7f else {
                let ending = ChildProcess.Ending(status: status)
                known = ending
                if hasTerminal { _ = tcsetpgrp(0, getpgrp()) }
                return .ended(ending)
            }
            let signal = status >> 8 & 0xff
            let wantsTerminal = signal == SIGTTIN || signal == SIGTTOU
            if wantsTerminal, !hasTerminal {
                state = .waiting
            } else {
                _ = kill(-pid, SIGCONT)
                // It may have asked for a key before it had the terminal.
                if !wantsTerminal { state = .woken }
            }
        }
        return state
    }

    /// Whether the terminal's keys are ours: a job in the background does not have them, until a
    /// shell brings it to the foreground.
    private static var hasKeys: Bool { isatty(0) == 1 && tcgetpgrp(0) == getpgrp() }

    /// Gives it the terminal where we have that by now.
    private func passTerminal() {
        guard Self.hasKeys else { return }
        hasTerminal = tcsetpgrp(0, pid) == 0
        // It may have asked for a key before, and was stopped for it.
        _ = kill(-pid, SIGCONT)
    }

    /// Whoever writes to a terminal that it has given away, or takes it back, is stopped by SIGTTOU
    /// (with `stty tostop`, or always), unless that is blocked: nobody must stop us while others
    /// wait for what we say.
    private static func outliveTerminalRules() {
        var set = sigset_t()
        // SAFETY: the calls fill a local value, and keep no pointer to it.
        _ = unsafe sigemptyset(&set)
        _ = unsafe sigaddset(&set, SIGTTOU)
        _ = unsafe sigprocmask(SIG_BLOCK, &set, nil)
    }
}
