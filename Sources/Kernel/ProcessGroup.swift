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

    /// To everything in it that we may send one to.
    public func send(_ signal: Signal) { _ = kill(-leader, signal.rawValue) }
}
