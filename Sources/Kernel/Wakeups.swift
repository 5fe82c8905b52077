internal import CKernel
internal import Glibc

/// A counter that wakes whoever polls it: eventfd(2). May be shared between processes.
public struct EventCounter: ~Copyable, Sendable {
    public let descriptor: Descriptor

    public init(_ operation: StaticString) throws(SystemError) {
        let number = eventfd(0, CInt(EFD_NONBLOCK) | CInt(EFD_CLOEXEC))
        guard number >= 0 else { throw SystemError("\(operation)", .current) }
        descriptor = Descriptor(owning: number)
    }

    public init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Gives the descriptor away.
    public consuming func intoDescriptor() -> Descriptor { descriptor }

    /// Wakes; several calls before the other side looks are one waking.
    public func signal() {
        _ = eventfd_write(descriptor.number, 1)
    }

    /// Takes the wakings so far.
    public func drain() {
        var value: eventfd_t = 0
        // SAFETY: the calls on this page fill a local value of the size they are given, and keep no
        // pointer to it.
        _ = unsafe eventfd_read(descriptor.number, &value)
    }
}

/// Signals as something to be read: signalfd(2), for a process that waits in a poller.
public struct SignalReader: ~Copyable {
    public let descriptor: Descriptor

    /// Blocks the signals for the whole process (call before any thread starts) and reads them
    /// from here instead.
    public init(_ operation: StaticString, _ signals: [Signal]) throws(SystemError) {
        var set = sigset_t()
        _ = unsafe sigemptyset(&set)
        for signal in signals { _ = unsafe sigaddset(&set, signal.rawValue) }
        _ = unsafe sigprocmask(SIG_BLOCK, &set, nil)
        let number = unsafe signalfd(-1, &set, CInt(SFD_NONBLOCK) | CInt(SFD_CLOEXEC))
        guard number >= 0 else { throw SystemError("\(operation)", .current) }
        descriptor = Descriptor(owning: number)
    }

    /// The next signal; nil when none waits.
    public func next() -> Signal? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard unsafe read(descriptor.number, &info, size) == size else { return nil }
        return Signal(rawValue: CInt(info.ssi_signo))
    }
}

/// The signals that Bascule's processes know.
public enum Signal: Sendable {
    case terminate, interrupt, hangup, user1, user2, child, kill, stop, resume, pipe

    var rawValue: CInt {
        switch self {
        case .terminate: SIGTERM
        case .interrupt: SIGINT
        case .hangup: SIGHUP
        case .user1: SIGUSR1
        case .user2: SIGUSR2
        case .child: SIGCHLD
        case .kill: SIGKILL
        case .stop: SIGSTOP
        case .resume: SIGCONT
        case .pipe: SIGPIPE
        }
    }

    init?(rawValue: CInt) {
        switch rawValue {
        case SIGTERM: self = .terminate
        case SIGINT: self = .interrupt
        case SIGHUP: self = .hangup
        case SIGUSR1: self = .user1
        case SIGUSR2: self = .user2
        case SIGCHLD: self = .child
        case SIGKILL: self = .kill
        case SIGSTOP: self = .stop
        case SIGCONT: self = .resume
        case SIGPIPE: self = .pipe
        default: return nil
        }
    }
}
