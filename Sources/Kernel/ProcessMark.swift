internal import Glibc

/// A process by its number and its start: the number alone may be another's later.
public struct ProcessMark: Hashable, Sendable {
    public let pid: Int32
    /// Ticks of the clock from the boot to its start (proc_pid_stat(5)); nil where that may not be
    /// read.
    public let started: UInt64?

    public init(pid: Int32, started: UInt64?) {
        self.pid = pid
        self.started = started
    }

    /// The process that has this number now; nil where none has, or it has ended and nobody has
    /// asked how.
    public init?(running pid: Int32) {
        self.init(running: pid, seenBy: Self.facts)
    }

    /// `look`: what reads the facts of a process.
    init?(running pid: Int32, seenBy look: (Int32) -> Facts?) {
        guard Self.exists(pid) else { return nil }
        guard let facts = look(pid) else {
            // Not to be seen; or it was reaped between the two looks, and nobody is there any more.
            guard Self.exists(pid) else { return nil }
            self.init(pid: pid, started: nil)
            return
        }
        guard !facts.hasEnded else { return nil }
        self.init(pid: pid, started: facts.started)
    }

    /// Whether a process has this number, ended and not asked after ones too.
    private static func exists(_ pid: Int32) -> Bool {
        pid > 0 && (kill(pid, 0) == 0 || Errno.current != .noSuchProcess)
    }

    /// Whether this very process still runs.
    public var isRunning: Bool {
        guard let now = ProcessMark(running: pid) else { return false }
        guard let started, let other = now.started else { return true }
        return started == other
    }

    /// What is looked at of a process.
    struct Facts {
        let hasEnded: Bool
        let group: Int32?
        let started: UInt64?
    }

    private static let statBytesMax = 4_096

    /// nil where it is not there, or not to be seen.
    static func facts(of pid: Int32) -> Facts? {
        guard
            let octets = try? Files.contents(
                "process.stat", "/proc/\(pid)/stat", bytesMax: statBytesMax)
        else { return nil }
        // The program's name may hold anything, a parenthesis too; the state comes behind it.
        let text = String(decoding: octets, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard let state = fields.first else { return nil }
        // The state is field 3, the group field 5, the start field 22.
        return Facts(
            hasEnded: ["Z", "X", "x"].contains(state),
            group: fields.count > 2 ? Int32(fields[2]) : nil,
            started: fields.count > 19 ? UInt64(fields[19]) : nil)
    }
}
