internal import CKernel
internal import Glibc

/// What a process can say of itself and change about itself.
public enum ThisProcess {
    public static var identifier: Int32 { getpid() }
    public static var parent: Int32 { getppid() }
    public static var isRoot: Bool { geteuid() == 0 }
    public static var userIdentifier: UInt32 { geteuid() }

    /// Processors that this process may run on; at least 1.
    public static var processors: Int { Int(ck_processors()) }

    public static func environment(_ name: String) -> String? {
        // SAFETY: nothing in Bascule changes the environment, and the text is copied at once.
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(validatingCString: value)
    }

    /// `NAME=value` for everything but the named ones.
    public static func environment(without names: [String]) -> [String] {
        var list: [String] = []
        // SAFETY: environ ends in NULL; nothing changes it, and each text is copied at once.
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if !names.contains(where: { text.hasPrefix($0 + "=") }) { list.append(text) }
            unsafe next += 1
        }
        return list
    }

    /// What ps(1) shows, cut to the room that the arguments had.
    public static func setTitle(_ title: String) {
        unsafe ck_set_title(CommandLine.argc, CommandLine.unsafeArgv, title)
    }

    /// Has TERM sent to this process when its parent ends. False where the parent is not the
    /// expected one any more: it ended before this call, and nothing will be sent.
    ///
    /// Call it after the last change of user, which clears it (prctl(2), PR_SET_PDEATHSIG).
    public static func endWithParent(expecting parent: Int32) -> Bool {
        _ = ck_prctl(PR_SET_PDEATHSIG, CUnsignedLong(SIGTERM))
        return getppid() == parent
    }

    /// Leaves the terminal and whatever belongs to it: its keys, its end, input and output. HUP,
    /// INT and TERM end this process no more.
    ///
    /// Call it before any thread starts, in a process that leads no group (setsid(2)).
    public static func leaveTerminal() {
        _ = setsid()
        var set = sigset_t()
        // SAFETY: the calls fill a local value, and keep no pointer to it.
        _ = unsafe sigemptyset(&set)
        for signal in [SIGHUP, SIGINT, SIGTERM] { _ = unsafe sigaddset(&set, signal) }
        _ = unsafe sigprocmask(SIG_BLOCK, &set, nil)
        let nowhere = unsafe ck_open("/dev/null", O_RDWR | O_CLOEXEC, 0)
        guard nowhere >= 0 else { return }
        for number: CInt in 0...2 { _ = ck_duplicate(nowhere, number) }
        if nowhere > 2 { _ = close(nowhere) }
    }

    /// Raises the limit of open descriptors to what is allowed, and returns it.
    public static func raiseOpenFilesLimit() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(7), &limit) == 0 else { return 1_024 }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            _ = unsafe setrlimit(__rlimit_resource_t(7), &limit)
            _ = unsafe getrlimit(__rlimit_resource_t(7), &limit)
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Writes to standard error, or to standard output, at once and whole; false where it cannot.
    @discardableResult
    public static func write(_ text: String, to output: Output = .standardError) -> Bool {
        var octets = Array(text.utf8)[...]
        while !octets.isEmpty {
            let count = unsafe octets.withUnsafeBytes {
                unsafe Glibc.write(output.rawValue, $0.baseAddress, $0.count)
            }
            // Where nobody listens there is nobody to tell.
            if count <= 0 { return false }
            octets = octets.dropFirst(count)
        }
        return true
    }

    public enum Output: CInt, Sendable {
        case standardOutput = 1
        case standardError = 2
    }

    /// Gives others precedence on a core that more than one wants (nice(2), 19 steps at most; each
    /// is about a tenth of the time), and interrupts nobody who is at work there (SCHED_BATCH).
    /// Threads and processes that begin later have it too; the right to take it back is given up,
    /// since libdispatch would do that for each of its threads.
    public static func standBack(steps: Int32) {
        _ = Glibc.nice(steps)
        _ = ck_batch()
        _ = ck_forgo_precedence()
    }

    /// Asks for a core soon and for a short time, rather than later for a long one, which is no
    /// larger share of it: on Linux 6.12 and newer it then interrupts who asks for longer.
    /// `nanoseconds`: from 100 000 to 100 000 000.
    public static func comeSoon(for nanoseconds: UInt64) { _ = ck_slice(nanoseconds) }

    /// Lets another process run first.
    public static func yield() { _ = sched_yield() }

    /// Sleeps: for a process that has nothing else to do meanwhile.
    public static func pause(milliseconds: Int) {
        var time = timespec(tv_sec: milliseconds / 1_000, tv_nsec: milliseconds % 1_000 * 1_000_000)
        _ = unsafe nanosleep(&time, nil)
    }

    /// Ends this process without running anything else of it.
    public static func exit(_ code: Int32) -> Never { _exit(code) }
}
