internal import CKernel
internal import Glibc

/// A lock on a file that lasts as long as the process that took it, however that ends (flock(2)).
public struct FileLock: ~Copyable, Sendable {
    private let file: Descriptor

    /// Takes the lock, or says that another process has it; never waits. The file is made (0600)
    /// where it is missing, and stays: a lock file that is removed can be taken twice.
    ///
    /// nil where another process has it.
    public static func take(
        _ operation: StaticString, _ path: String
    ) throws(SystemError) -> FileLock? {
        let file = try Files.open(operation, path, .appending(mode: 0o600))
        guard flock(file.number, LOCK_EX | LOCK_NB) != 0 else { return FileLock(file: file) }
        let code = Errno.current
        guard code == .wouldBlock else { throw SystemError("\(operation)", code, subject: path) }
        return nil
    }
}

extension Files {
    /// Whether a name still stands for an open file: false where that was removed, renamed, or
    /// replaced by another.
    public static func isNamed(_ path: String, _ file: borrowing Descriptor) -> Bool {
        // SAFETY: the calls here write into values of ours and read the path as a C string, both of
        // which live as long as the call.
        var opened = stat()
        var named = stat()
        guard unsafe fstat(file.number, &opened) == 0, unsafe lstat(path, &named) == 0 else {
            return false
        }
        return opened.st_dev == named.st_dev && opened.st_ino == named.st_ino
    }

    /// What could be written to the file system that an open file is on, in octets; an error where
    /// it takes none at all.
    public static func room(
        _ operation: StaticString, _ file: borrowing Descriptor
    ) throws(SystemError) -> UInt64 {
        if let injected = Faults.injected(operation) { throw SystemError("\(operation)", injected) }
        var facts = statvfs()
        guard unsafe fstatvfs(file.number, &facts) == 0 else {
            throw SystemError("\(operation)", .current)
        }
        guard facts.f_flag & UInt(ST_RDONLY) == 0 else {
            throw SystemError("\(operation)", .readOnlyFileSystem)
        }
        return UInt64(facts.f_bavail) * UInt64(facts.f_frsize)
    }

    /// Sets so many octets of the disk aside for what is to be written from `offset` on, without
    /// making the file longer (fallocate(2)). It fails as the write would: also by a quota, a file
    /// that may not be changed, and a file system that takes nothing any more.
    ///
    /// False where the file system knows no such thing.
    public static func reserve(
        _ operation: StaticString, _ file: borrowing Descriptor, at offset: Int, bytes: Int
    ) throws(SystemError) -> Bool {
        if let injected = Faults.injected(operation) { throw SystemError("\(operation)", injected) }
        while ck_reserve(file.number, Int64(offset), Int64(bytes)) != 0 {
            switch Errno.current {
            case .interrupted: continue
            case .notSupported, .noSuchCall: return false
            case let code: throw SystemError("\(operation)", code)
            }
        }
        return true
    }

    /// Whether everybody may put files into a folder and take away those of others: it can be
    /// written by all and has no sticky bit.
    public static func isOpenToAll(_ path: String) -> Bool {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return false }
        return facts.st_mode & S_IWOTH != 0 && facts.st_mode & S_ISVTX == 0
    }
}
