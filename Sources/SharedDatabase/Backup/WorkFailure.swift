/// Why a job did not do what it was asked to.
public struct WorkFailure: Error, Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Hashable, Sendable {
        /// A state forbids it; nothing changed.
        case refused
        /// The same, and `--override backup` lets it pass.
        case manifest
        /// It took longer than it may; nothing changed.
        case timedOut
        /// Waited for a lock in vain; nothing changed.
        case locked
        /// Not everybody holds the file that is at its place; nothing changed.
        case split
        /// The live database itself is damaged; nothing changed.
        case corrupt
        /// A backup or another copy is damaged; nothing changed.
        case corruptCopy
        /// The disk, its rights, or SQLite said no; nothing changed but what the message names.
        case failed
        /// The live database may not be what it was.
        case broken
        /// Its process ended before it could say how it went.
        case died
        /// The controller closed the channel.
        case cancelled
    }

    public let kind: Kind
    public let message: String
    public let hint: String

    public init(_ kind: Kind, _ message: String, hint: String = "") {
        self.kind = kind
        self.message = message
        self.hint = hint
    }
}
