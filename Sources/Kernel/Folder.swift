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
        var failure = made(path, mode)
        if failure == .noSuchFile, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try make(operation, String(path[..<slash]), mode: 0o755)
            // Once more and no oftener: a link to nowhere stands, and takes no folder.
            failure = made(path, mode)
        }
        if failure == .fileExists { return false }
        if let failure { throw SystemError("\(operation)", failure, subject: path) }
        // mkdir(2) takes the umask away from the mode.
        // SAFETY: the calls here read the path as a C string that lives as long as the call.
        guard unsafe chmod(path, mode) == 0 else {
            throw SystemError("\(operation)", .current, subject: path)
        }
        if let owner, unsafe chown(path, owner.user, owner.group) != 0 {
            throw SystemError("\(operation)", .current, subject: path)
        }
        return true
    }

    /// Why it could not be made; nil where it was.
    private static func made(_ path: String, _ mode: UInt32) -> Errno? {
        // SAFETY: the path is read as a C string that lives as long as the call.
        unsafe mkdir(path, mode) == 0 ? nil : Errno.current
    }
}
