internal import Glibc

/// Folders that Bascule makes for itself.
public enum Folder {
    /// Makes the folder, and what is missing above it (0755), where it is missing.
    ///
    /// `owner` is given the new folder; one that stands is left as it is. Returns whether it was
    /// made.
    @discardableResult
    public static func make(
        _ operation: StaticString, _ path: String, mode: UInt32, owner: Identity? = nil
    ) throws(SystemError) -> Bool {
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: path)
        }
        // SAFETY: the calls here read the path as a C string that lives as long as the call.
        if unsafe mkdir(path, mode) != 0 {
            let code = Errno.current
            if code == .fileExists { return false }
            guard code == .noSuchFile, let slash = path.lastIndex(of: "/"),
                slash != path.startIndex
            else { throw SystemError("\(operation)", code, subject: path) }
            try make(operation, String(path[..<slash]), mode: 0o755)
            return try make(operation, path, mode: mode, owner: owner)
        }
        // mkdir(2) takes the umask away from the mode.
        guard unsafe chmod(path, mode) == 0 else {
            throw SystemError("\(operation)", .current, subject: path)
        }
        if let owner, unsafe chown(path, owner.user, owner.group) != 0 {
            throw SystemError("\(operation)", .current, subject: path)
        }
        return true
    }
}
