internal import CKernel
internal import Glibc

/// A program that is run for what it prints.
public struct CommandOutput: Hashable, Sendable {
    public enum Ending: Hashable, Sendable {
        case ended(ChildProcess.Ending)
        /// It ran past the deadline and was killed, with everything in its process group.
        case timedOut
        /// It printed more than was asked for and was killed likewise.
        case tooLong
    }

    public let ending: Ending
    /// Its standard output; at most what was asked for.
    public let octets: [UInt8]

    /// Waits for its end, at most until the deadline. It reads nothing, its standard error goes
    /// nowhere, and it gets no descriptor and no environment but these.
    ///
    /// `arguments` begins with the program, which is searched in our own PATH where it has no
    /// slash. Throws what starting it reported.
    public static func run(
        _ operation: StaticString, _ arguments: [String], environment: [String], bytesMax: Int,
        until deadline: Instant
    ) throws(SystemError) -> CommandOutput {
        precondition(!arguments.isEmpty, "a command has a name")
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: arguments[0])
        }
        var ends: [CInt] = [-1, -1]
        // SAFETY: two descriptors are written into an array of two.
        guard unsafe ck_pipe(&ends) == 0 else {
            throw SystemError("\(operation)", .current, subject: arguments[0])
        }
        let reader = Descriptor(owning: ends[0])
        let writer = Descriptor(owning: ends[1])
        // Ours alone: the program's end would be the same open file.
        try reader.setNonBlocking(operation)
        let pid = try start(operation, arguments, environment, writer)
        var running = Running(pid: pid, bytesMax: bytesMax)
        let ending = running.toTheEnd(reader, until: deadline)
        return CommandOutput(ending: ending, octets: running.octets)
    }

    private static func start(
        _ operation: StaticString, _ arguments: [String], _ environment: [String],
        _ output: consuming Descriptor
    ) throws(SystemError) -> pid_t {
        // SAFETY: actions and attributes are initialised here, used by one call, and destroyed when
        // it has returned; the vectors live as long as that call.
        var actions = unsafe posix_spawn_file_actions_t()
        _ = unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        _ = unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        _ = unsafe posix_spawn_file_actions_adddup2(&actions, output.number, 1)
        _ = unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = Program.attributes(ownGroup: true)
        defer { _ = unsafe posix_spawnattr_destroy(&attributes) }
        let program = arguments[0]
        var started: pid_t = 0
        let failure = unsafe ChildProcess.withVector(arguments) { arguments in
            unsafe ChildProcess.withVector(environment) { environment in
                unsafe posix_spawnp(
                    &started, program, &actions, &attributes, arguments, environment)
            }
        }
        guard failure == 0 else {
            throw SystemError("\(operation)", Errno(rawValue: failure), subject: arguments[0])
        }
        return started
    }
}

/// A program under way, and what it has printed.
private struct Running {
    let pid: pid_t
    let bytesMax: Int
    var octets: [UInt8] = []

    mutating func toTheEnd(
        _ reader: borrowing Descriptor, until deadline: Instant
    ) -> CommandOutput.Ending {
        while true {
            switch readOnce(reader) {
            case .end: return waitForEnd(until: deadline)
            case .moved where octets.count > bytesMax:
                octets.removeLast(octets.count - bytesMax)
                return kill(.tooLong)
            case .moved: continue
            case .wouldBlock, .failed:
                guard Waiting.wait(.readable, of: reader.number, until: deadline) else {
                    return kill(.timedOut)
                }
            }
        }
    }

    private mutating func readOnce(_ reader: borrowing Descriptor) -> Transfer {
        var piece = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe piece.withUnsafeMutableBytes {
            // SAFETY: read(2) writes within the array, which outlives the call.
            unsafe read(reader.number, $0.baseAddress, $0.count)
        }
        if count == 0 { return .end }
        if count < 0 {
            let code = Errno.current
            return code == .wouldBlock || code == .interrupted ? .wouldBlock : .failed(code)
        }
        octets += piece.prefix(count)
        return .moved(count)
    }

    /// Its output has ended; it may go on for a while.
    private func waitForEnd(until deadline: Instant) -> CommandOutput.Ending {
        while Instant.now < deadline {
            var status: CInt = 0
            if unsafe waitpid(pid, &status, WNOHANG) == pid {
                return .ended(ChildProcess.Ending(status: status))
            }
            ThisProcess.pause(milliseconds: 2)
        }
        return kill(.timedOut)
    }

    private func kill(_ ending: CommandOutput.Ending) -> CommandOutput.Ending {
        _ = Glibc.kill(-pid, SIGKILL)
        var status: CInt = 0
        while unsafe waitpid(pid, &status, 0) < 0, Errno.current == .interrupted {}
        return ending
    }
}
