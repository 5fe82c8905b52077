internal import Glibc

/// A process group, by the process that began it: that one and whatever it has started, unless
/// that went into a group of its own (setpgid(2)).
public struct ProcessGroup: Hashable, Sendable {
    public let leader: Int32

    /// `leader`: more than 1, so that neither our own group nor every process is meant.
    public init(leader: Int32) {
        precondition(leader > 1, "a group has a leader")
        self.leader = leader
    }

    /// Whether nothing of it is left. While something is, the kernel gives its number to no other
    /// process.
    public var isEmpty: Bool {
        kill(-leader, 0) != 0 && Errno.current == .noSuchProcess
    }

    /// Whether anything of it runs. What has ended and waits for its parent does not: in a
    /// container that may be for ever.
    public var isRunning: Bool {
        if isEmpty { return false }
        if ProcessMark(running: leader) != nil { return true }
        guard let names = try? Files.names("process.group", in: "/proc") else { return true }
        return names.lazy.compactMap { Int32($0) }.contains { process in
            guard let facts = ProcessMark.facts(of: process) else { return false }
            return facts.group == leader && !facts.hasEnded
        }
    }

    /// To everything in it that we may send one to.
    public func send(_ signal: Signal) { _ = kill(-leader, signal.rawValue) }
}
