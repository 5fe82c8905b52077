internal import Glibc

/// Whom a file belongs to, and who may do what with it.
public struct FileAccess: Hashable, Sendable {
    public let user: UInt32
    public let group: UInt32
    /// The twelve bits that chmod(2) sets.
    public let mode: UInt32

    /// nil where nothing stands there. Links are followed.
    public init?(of path: String) {
        var status = stat()
        // SAFETY: it reads the path as a C string and writes into a value of ours.
        guard unsafe stat(path, &status) == 0 else { return nil }
        user = status.st_uid
        group = status.st_gid
        mode = status.st_mode & 0o7777
    }

    /// Gives a file all three. Only root may give one away, and only to a group of one's own may
    /// anybody else.
    public func give(
        _ operation: StaticString, to file: borrowing Descriptor
    ) throws(SystemError) {
        if let injected = Faults.injected(operation) { throw SystemError("\(operation)", injected) }
        // The owner first: chown(2) takes bits of the mode away.
        guard fchown(file.number, user, group) == 0, fchmod(file.number, mode) == 0 else {
            throw SystemError("\(operation)", .current)
        }
    }
}
