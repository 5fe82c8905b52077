internal import CKernel
internal import Glibc

/// A file that is opened for reading and stays open until the process ends.
///
/// Closing any descriptor of a file drops every POSIX lock that the process holds on it, whoever
/// took them (fcntl(2)). So a process that may have SQLite at work on a file closes none of its
/// own. For processes that live for one job only.
public struct LastingFile: Sendable {
    private let number: CInt

    /// Does not wait for the other end of a pipe.
    public init(_ operation: StaticString, _ path: String) throws(SystemError) {
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: path)
        }
        number = unsafe ck_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0)
        guard number >= 0 else { throw SystemError("\(operation)", .current, subject: path) }
    }

    /// The first octets, fewer where the file is shorter or cannot be read.
    public func beginning(count: Int) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: count)
        let read = unsafe octets.withUnsafeMutableBytes {
            // SAFETY: pread(2) writes at most `count` octets into the array, which outlives it.
            unsafe pread(number, $0.baseAddress, $0.count, 0)
        }
        return Array(octets.prefix(max(0, read)))
    }

    /// The process that holds a POSIX write lock on any of these octets: one of them where there
    /// are several, 0 for one of another pid namespace. nil where nobody does.
    public func writeLockHolder(from start: Int64, count: Int64) -> Int32? {
        var holder: Int32 = 0
        // SAFETY: the call writes one integer before it returns, and keeps nothing.
        let found = unsafe ck_write_lock_holder(number, start, count, &holder)
        return found == 1 ? max(0, holder) : nil
    }

    /// The same of a lock of any kind.
    public func lockHolder(from start: Int64, count: Int64) -> Int32? {
        var holder: Int32 = 0
        // SAFETY: the call writes one integer before it returns, and keeps nothing.
        let found = unsafe ck_lock_holder(number, start, count, &holder)
        return found == 1 ? max(0, holder) : nil
    }
}

extension Files {
    /// The numbers of a file: equal numbers at one moment are the same file (stat(2)).
    public struct Place: Hashable, Sendable {
        public let device: UInt64
        public let inode: UInt64
    }

    /// Links are followed, those of /proc/PID/fd included. nil where nothing stands there, or it
    /// cannot be looked at.
    public static func place(_ path: String) -> Place? {
        var status = stat()
        // SAFETY: the kernel writes one `stat` during the call.
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Place(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }
}
