internal import Glibc

/// What changes when a file does: cheap to look at, and enough to tell that it should be read
/// again.
public struct FileStamp: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    private let bytes: Int64
    /// When its content, and when anything of it was changed (stat(2)), in nanoseconds.
    private let modified: Int64
    private let changed: Int64

    /// Of what the name leads to, links followed; nil where nothing stands there.
    public init?(_ path: String) {
        var status = stat()
        // SAFETY: the kernel writes one structure during the call.
        guard unsafe stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        bytes = Int64(status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
