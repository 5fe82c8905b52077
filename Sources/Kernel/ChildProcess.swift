internal import CKernel
internal import Glibc

/// Processes that this one starts.
public enum ChildProcess {
    /// How a child ended.
    public enum Ending: Hashable, Sendable, CustomStringConvertible {
        case exited(code: Int32)
        case killed(signal: Int32)

        init(status: CInt) {
            let signal = status & 0x7f
            self = signal == 0 ? .exited(code: status >> 8 & 0xff) : .killed(signal: signal)
        }

        public var description: String {
            switch self {
            case .exited(let code): "exit code \(code)"
            case .killed(let signal): "signal \(signal)"
            }
        }
    }

    public struct Reaped: Hashable, Sendable {
        public let pid: Int32
        public let ending: Ending
    }

    /// The running executable, even when the file behind its path was replaced.
    public static let thisExecutable = "/proc/self/exe"

    /// Starts a program that has these descriptors as 3, 4, 5 and so on, and 0 to 2 of ours.
    ///
    /// `arguments` begins with what ps(1) shows as the program. Returns its process id; throws what
    /// fork or exec reported.
    public static func start(
        _ operation: StaticString, executable: String, arguments: [String],
        environment: [String], descriptors: [CInt]
    ) throws(SystemError) -> Int32 {
        if let injected = Faults.injected(operation) { throw SystemError("\(operation)", injected) }
        var pid: pid_t = 0
        let failure = unsafe withVector(arguments) { arguments in
            unsafe withVector(environment) { environment in
                unsafe ck_spawn(
                    executable, arguments, environment, descriptors, CInt(descriptors.count), &pid)
            }
        }
        guard failure == 0 else {
            // The child that could not become the program has ended; take its status.
            if pid > 0 { _ = waitpid(pid, nil, 0) }
            throw SystemError("\(operation)", Errno(rawValue: failure), subject: executable)
        }
        return pid
    }

    /// The next child that has ended, a stranger's too when this is process 1; nil while none has.
    public static func reap() -> Reaped? {
        var status: CInt = 0
        let pid = unsafe waitpid(-1, &status, WNOHANG)
        return pid > 0 ? Reaped(pid: pid, ending: Ending(status: status)) : nil
    }

    /// Waits until a child has ended; nil where it is no child of this process.
    public static func wait(for pid: Int32) -> Ending? {
        var status: CInt = 0
        var result: pid_t
        repeat {
            result = unsafe waitpid(pid, &status, 0)
        } while result < 0
            && Errno.current == .interrupted
        return result == pid ? Ending(status: status) : nil
    }

    /// False where that process is gone already.
    @discardableResult
    public static func send(_ signal: Signal, to pid: Int32) -> Bool {
        precondition(pid > 1, "signals go to one process, never to a group or to init")
        return kill(pid, signal.rawValue) == 0
    }

    /// Calls with a vector of C strings that ends in NULL, valid during the call.
    static func withVector<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        // SAFETY: every copy is freed after the call, which does not keep them.
        var copies: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) }
        unsafe copies.append(nil)
        defer { unsafe copies.forEach { unsafe free($0) } }
        return unsafe copies.withUnsafeBufferPointer { vector in
            guard let base = vector.baseAddress else { preconditionFailure("a vector has an end") }
            return unsafe body(base)
        }
    }
}
