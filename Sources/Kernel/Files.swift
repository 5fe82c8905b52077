internal import CKernel
internal import Glibc

/// Calls on files with a name: what a journal and a socket file need.
public enum Files {
    /// How a file is opened. All are closed on exec.
    public enum Use: Sendable {
        case reading
        /// Every write goes to its end; made with this mode (less the umask) where it is missing.
        case appending(mode: UInt32)
        /// Emptied where it stands, made with this mode (less the umask) where it is missing.
        case replacing(mode: UInt32)
    }

    public static func open(
        _ operation: StaticString, _ path: String, _ use: Use
    ) throws(SystemError) -> Descriptor {
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: path)
        }
        let (flags, mode): (CInt, UInt32) =
            switch use {
            case .reading: (O_RDONLY, 0)
            case .appending(let mode): (O_RDWR | O_APPEND | O_CREAT, mode)
            case .replacing(let mode): (O_RDWR | O_TRUNC | O_CREAT, mode)
            }
        let number = unsafe ck_open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode)
        guard number >= 0 else { throw SystemError("\(operation)", .current, subject: path) }
        return Descriptor(owning: number)
    }

    /// Writes all of it; where only a part went through, the rest is tried again.
    public static func write(
        _ operation: StaticString, to file: borrowing Descriptor, _ octets: [UInt8]
    ) throws(SystemError) {
        if let injected = Faults.injected(operation) { throw SystemError("\(operation)", injected) }
        var written = 0
        while written < octets.count {
            let count = unsafe octets.withUnsafeBytes {
                // SAFETY: `written` is less than the count, so the rest lies within the array.
                unsafe Glibc.write(
                    file.number, $0.baseAddress.map { unsafe $0 + written }, $0.count - written)
            }
            if count < 0, Errno.current == .interrupted { continue }
            guard count > 0 else { throw SystemError("\(operation)", .current) }
            written += count
        }
    }

    /// Returns when what was written is on the disk (fsync(2)). After a failure nobody knows what
    /// is: the kernel may have dropped the pages, and a second call may pass without them.
    public static func sync(
        _ operation: StaticString, _ file: borrowing Descriptor
    ) throws(SystemError) {
        if let injected = Faults.injected(operation) { throw SystemError("\(operation)", injected) }
        guard fsync(file.number) == 0 else { throw SystemError("\(operation)", .current) }
    }

    /// Cuts the file to so many octets.
    public static func truncate(
        _ operation: StaticString, _ file: borrowing Descriptor, to bytes: Int
    ) throws(SystemError) {
        if let injected = Faults.injected(operation) { throw SystemError("\(operation)", injected) }
        guard ftruncate(file.number, off_t(bytes)) == 0 else {
            throw SystemError("\(operation)", .current)
        }
    }

    /// Puts a file in the place of another, in one step.
    public static func rename(
        _ operation: StaticString, from old: String, to new: String
    ) throws(SystemError) {
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: new)
        }
        guard unsafe Glibc.rename(old, new) == 0 else {
            throw SystemError("\(operation)", .current, subject: new)
        }
    }

    /// Returns when the names in a folder are on the disk: a new or renamed file is only safe then.
    public static func syncFolder(
        _ operation: StaticString, _ path: String
    ) throws(SystemError) {
        let number = unsafe ck_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard number >= 0 else { throw SystemError("\(operation)", .current, subject: path) }
        try sync(operation, Descriptor(owning: number))
    }

    /// Removes a name. Returns false where there was none.
    @discardableResult
    public static func remove(
        _ operation: StaticString, _ path: String
    ) throws(SystemError) -> Bool {
        if unsafe unlink(path) == 0 { return true }
        let code = Errno.current
        guard code == .noSuchFile else { throw SystemError("\(operation)", code, subject: path) }
        return false
    }

    /// What stands behind a name. Links are not followed.
    public enum Kind: Hashable, Sendable {
        case file, folder, socket, other
    }

    /// nil where nothing stands there, or it cannot be looked at.
    public static func kind(_ path: String) -> Kind? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFSOCK: return .socket
        case _: return .other
        }
    }

    /// Whether this process may read what stands there (access(2)).
    public static func mayRead(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }

    /// Why this process may not write there (access(2)); nil where it may.
    public static func writeRefusal(_ path: String) -> Errno? {
        unsafe access(path, W_OK) == 0 ? nil : .current
    }

    /// Sets the permissions; `group` of nil stays.
    public static func setAccess(
        _ operation: StaticString, _ path: String, mode: UInt32, group: UInt32?
    ) throws(SystemError) {
        // The group first: between the two calls nobody may gain anything.
        if let group, unsafe chown(path, uid_t.max, group) != 0 {
            throw SystemError("\(operation)", .current, subject: path)
        }
        guard unsafe chmod(path, mode) == 0 else {
            throw SystemError("\(operation)", .current, subject: path)
        }
    }

    /// What is taken from the permissions of every file that this process makes (umask(2)).
    public static func setCreationMask(_ mask: UInt32) {
        _ = umask(mask)
    }
}
